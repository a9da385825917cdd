//! `accountd key import`: an `authorized_keys` file, or the `.keys` address of another service.

use super::arguments::Common;
use super::database::{Database, wait};
use super::key::PolicyArgs;
use super::outcome::{Failure, Outcome, print};
use crate::accounts::Error;
use crate::domain::{AnyFingerprint, Key, KeyId, KeyUsage, NewKey, SshKey, Title, User};
use clap::Args;
use serde_json::json;
use std::io::Read;
use std::time::Duration;

/// More than anybody has.
const MOST_BYTES: u64 = 1 << 20;
const TIME: Duration = Duration::from_secs(10);

#[derive(Args, Debug)]
pub struct ImportArgs {
    /// The user's name
    username: String,
    /// An authorized_keys file, - for stdin, or an address such as https://github.com/jane.keys
    #[arg(long, value_name = "FILE|URL")]
    from: String,
    /// Take all keys or none
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    policy: PolicyArgs,
}

/// A line that holds something, and what it is to this user.
struct Line {
    number: usize,
    fingerprint: Option<String>,
    found: Found,
}

enum Found {
    New(NewKey),
    /// The user's already, under this id.
    Known(KeyId),
    Refused(String),
}

pub fn run(common: &Common, args: &ImportArgs) -> Outcome {
    let db = Database::open(common)?;
    let user = db.user(&args.username)?;
    let text = fetch(&args.from)?;
    let mut lines: Vec<Line> = Vec::new();
    for (number, text) in text.lines().enumerate().map(|(at, text)| (at + 1, text.trim())) {
        if !text.is_empty() && !text.starts_with('#') {
            let mut line = look_at(&db, &user, number, text, args.policy)?;
            if lines.iter().any(|earlier| earlier.fingerprint.is_some() && earlier.fingerprint == line.fingerprint) {
                line.found = Found::Refused("is in this file more than once".into());
            }
            lines.push(line);
        }
    }
    let good = lines.iter().filter(|line| !matches!(line.found, Found::Refused(_))).count();
    let (all, none) = (good == lines.len(), good == 0 && !lines.is_empty());
    let access = db.operator.access_to(user.id);
    if args.strict && !all {
        lines.iter().try_for_each(|line| report(common, line, None))?;
        return Err(Failure::new(format!(
            "{} of {} lines refused: nothing was added",
            lines.len() - good,
            lines.len()
        )));
    }
    let new: Vec<NewKey> = lines.iter().filter_map(Line::new_key).collect();
    let added = wait(db.accounts.add_keys(&access, new))?.map_err(|(_, error)| Failure::from(error))?;
    let mut added = added.into_iter();
    for line in &lines {
        let key = if matches!(line.found, Found::New(_)) { added.next() } else { None };
        report(common, line, key.as_ref())?;
    }
    if none { Err(Failure::new("no line could be added")) } else { Ok(()) }
}

fn look_at(db: &Database, user: &User, number: usize, text: &str, policy: PolicyArgs) -> Result<Line, Failure> {
    let refused = |why: String| Line { number, fingerprint: None, found: Found::Refused(why) };
    let key = match SshKey::parse(text, policy.into()) {
        Ok(key) => key,
        Err(refusal) => return Ok(refused(refusal.to_string())),
    };
    let fingerprint = key.fingerprint();
    let found = match db.accounts.key_by_fingerprint(&db.operator, &AnyFingerprint::Sha256(fingerprint)) {
        Ok(known) if known.user_id == user.id => Found::Known(known.id),
        Ok(_) => Found::Refused("has already been taken".into()),
        Err(Error::NotFound) => {
            let title = Title::parse(key.comment()).or_else(|_| Title::parse(&format!("line {number}")));
            let title = title.map_err(|problem| Failure::new(format!("title {problem}")))?;
            Found::New(NewKey { title, key, usage: KeyUsage::default(), expires_at: None })
        }
        Err(other) => return Err(other.into()),
    };
    Ok(Line { number, fingerprint: Some(fingerprint.to_string()), found })
}

impl Line {
    fn new_key(&self) -> Option<NewKey> {
        match &self.found {
            Found::New(new) => Some(new.clone()),
            Found::Known(_) | Found::Refused(_) => None,
        }
    }
}

/// One line for people, or one JSON object a line for programs.
fn report(common: &Common, line: &Line, added: Option<&Key>) -> Outcome {
    let (outcome, key_id, why) = match (&line.found, added) {
        (Found::New(_), Some(key)) => ("added", Some(key.id), None),
        (Found::New(_), None) => ("left out", None, None),
        (Found::Known(id), _) => ("there already", Some(*id), None),
        (Found::Refused(why), _) => ("refused", None, Some(why.as_str())),
    };
    if common.json {
        let id = key_id.map(|id| id.0);
        let row =
            json!({"line": line.number, "fingerprint": line.fingerprint, "outcome": outcome, "key_id": id, "why": why});
        return print(&format!("{row}\n"));
    }
    let name = line.fingerprint.as_deref().map(|text| format!(" {text}")).unwrap_or_default();
    let id = key_id.map(|id| format!(" (key {id})")).unwrap_or_default();
    let why = why.map(|why| format!(": {why}")).unwrap_or_default();
    print(&format!("line {}:{name} {outcome}{id}{why}\n", line.number))
}

fn fetch(from: &str) -> Result<String, Failure> {
    let failed = |why: String| Failure::new(format!("{from}: {why}"));
    if from.starts_with("https://") || from.starts_with("http://") {
        let agent: ureq::Agent = ureq::Agent::config_builder().timeout_global(Some(TIME)).build().into();
        let mut answer = agent.get(from).call().map_err(|error| failed(error.to_string()))?;
        let body = answer.body_mut().with_config().limit(MOST_BYTES);
        return body.read_to_string().map_err(|error| failed(error.to_string()));
    }
    let source: Box<dyn Read> = if from == "-" {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(from).map_err(|error| failed(error.to_string()))?)
    };
    let mut bytes = Vec::new();
    source.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(|error| failed(error.to_string()))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(failed("is larger than 1 MiB".into()));
    }
    // A line that is not UTF-8 is no key, and is told so by the parser.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
