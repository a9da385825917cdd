//! `accountd key import`: reads an `authorized_keys` file, or the `.keys` URL of another service.

use super::arguments::Common;
use super::database::{Database, wait};
use super::input::read;
use super::key::taken;
use super::outcome::{Failure, Outcome, print};
use super::progress::{Progress, ProgressArgs};
use crate::accounts::Error;
use crate::app::KeyPolicyArgs;
use crate::domain::{AnyFingerprint, Key, KeyId, KeyPolicy, KeyUsage, NewKey, SingleLineText, SshKey, User};
use clap::Args;
use serde_json::json;
use std::time::Duration;

/// More than the 1000 keys that a user can have.
const MAX_BYTES: u64 = 1 << 20;
const TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Args, Debug)]
pub struct ImportArgs {
    /// The user name
    username: String,
    /// An authorized_keys file, - for stdin, or a URL such as https://github.com/jane.keys
    #[arg(long, value_name = "FILE|URL")]
    from: String,
    /// Add all keys or none
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    policy: KeyPolicyArgs,
    #[command(flatten)]
    progress: ProgressArgs,
}

/// A line that is neither empty nor a comment.
struct Line {
    number: usize,
    fingerprint: Option<String>,
    status: Status,
}

enum Status {
    New(NewKey),
    /// The user has the key already, with this id.
    Known(KeyId),
    Refused(String),
}

pub fn run(common: &Common, args: &ImportArgs) -> Outcome {
    let db = Database::open(common)?;
    let user = db.user(&args.username)?;
    let progress = Progress::start(common, args.progress, "lines");
    let text = fetch(&args.from)?;
    let mut lines: Vec<Line> = Vec::new();
    for (number, text) in text.lines().enumerate().map(|(at, text)| (at + 1, text.trim())) {
        if !text.is_empty() && !text.starts_with('#') {
            let mut line = classify(&db, &user, number, text, args.policy.into())?;
            if lines.iter().any(|earlier| earlier.fingerprint.is_some() && earlier.fingerprint == line.fingerprint) {
                line.status = Status::Refused("is in this file more than once".into());
            }
            lines.push(line);
            progress.add(1);
        }
    }
    let took = progress.finish();
    let refused = lines.iter().filter(|line| matches!(line.status, Status::Refused(_))).count();
    let access = db.operator.access_to(user.id);
    if args.strict && refused > 0 {
        lines.iter().try_for_each(|line| report(common, line, None))?;
        return Err(Failure::new(format!("{refused} of {} lines refused: nothing was added", lines.len())));
    }
    let new = lines.iter().filter_map(|line| match &line.status {
        Status::New(new) => Some(new.clone()),
        Status::Known(_) | Status::Refused(_) => None,
    });
    let added = wait(db.accounts.add_keys(&access, new.collect()))?.map_err(|(_, error)| Failure::from(error))?;
    let mut added = added.into_iter();
    for line in &lines {
        let key = if matches!(line.status, Status::New(_)) { added.next() } else { None };
        report(common, line, key.as_ref())?;
    }
    took.summarize(format!("read {} lines of {}", lines.len(), args.from));
    if refused > 0 && refused == lines.len() { Err(Failure::new("no line could be added")) } else { Ok(()) }
}

fn classify(db: &Database, user: &User, number: usize, text: &str, policy: KeyPolicy) -> Result<Line, Failure> {
    let key = match SshKey::parse(text, policy) {
        Ok(key) => key,
        Err(refusal) => {
            return Ok(Line { number, fingerprint: None, status: Status::Refused(refusal.to_string()) });
        }
    };
    let fingerprint = key.fingerprint();
    let status = match db.accounts.key_by_fingerprint(&db.operator, &AnyFingerprint::Sha256(fingerprint)) {
        Ok(known) if known.user_id == user.id => Status::Known(known.id),
        Ok(other) => Status::Refused(taken(db, &other)?),
        Err(Error::NotFound) => {
            let title = SingleLineText::required(key.comment())
                .or_else(|_| SingleLineText::required(&format!("line {number}")));
            let title = title.map_err(|problem| Failure::new(format!("title {problem}")))?;
            Status::New(NewKey { title, key, usage: KeyUsage::default(), expires_at: None })
        }
        Err(other) => return Err(other.into()),
    };
    Ok(Line { number, fingerprint: Some(fingerprint.to_string()), status })
}

/// Prints what happened to a line, as text or as a JSON object of one line.
fn report(common: &Common, line: &Line, added: Option<&Key>) -> Outcome {
    let (outcome, key_id, reason) = match (&line.status, added) {
        (Status::New(_), Some(key)) => ("added", Some(key.id), None),
        (Status::New(_), None) => ("left out", None, None),
        (Status::Known(id), _) => ("there already", Some(*id), None),
        (Status::Refused(reason), _) => ("refused", None, Some(reason.as_str())),
    };
    if common.json {
        let id = key_id.map(|id| id.0);
        let (line, fingerprint) = (line.number, &line.fingerprint);
        let row = json!({"line": line, "fingerprint": fingerprint, "outcome": outcome, "key_id": id, "why": reason});
        return print(&format!("{row}\n"));
    }
    let name = line.fingerprint.as_deref().map(|text| format!(" {text}")).unwrap_or_default();
    let id = key_id.map(|id| format!(" (key {id})")).unwrap_or_default();
    let reason = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
    print(&format!("line {}:{name} {outcome}{id}{reason}\n", line.number))
}

fn fetch(from: &str) -> Result<String, Failure> {
    let failed = |error: String| Failure::new(format!("{from}: {error}"));
    if from.starts_with("https://") || from.starts_with("http://") {
        let agent: ureq::Agent = ureq::Agent::config_builder().timeout_global(Some(TIMEOUT)).build().into();
        let mut response = agent.get(from).call().map_err(|error| failed(error.to_string()))?;
        let body = response.body_mut().with_config().limit(MAX_BYTES);
        return body.read_to_string().map_err(|error| failed(error.to_string()));
    }
    let bytes = read(from, MAX_BYTES + 1)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(failed("is larger than 1 MiB".into()));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
