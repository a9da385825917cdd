//! `accountd authorized-keys`: what sshd runs for each login.
//!
//! It reads the database file and writes nothing near it, or asks a server. Whatever goes wrong, stdout stays empty.

use super::arguments::Common;
use super::database;
use super::outcome::{Failure, Outcome, print};
use super::when::span;
use crate::domain::{Fingerprint, KeyPolicy, SshKey, Token};
use crate::ssh::cache::Cache;
use crate::ssh::remote::{NoAnswer, Remote, question};
use crate::ssh::{Entry, LineOptions, Template, spool};
use crate::store::{KeyLookup, read_only};
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use std::path::{Path, PathBuf};

#[derive(Args, Debug)]
#[command(after_help = "\
Examples; in sshd_config each is one line, AuthorizedKeysCommand and /usr/local/bin/accountd …:
  # The database is on this machine
  accountd authorized-keys --db /var/lib/accountd/accountd.db %u
  # One login for everybody, whose keys say who they are
  accountd authorized-keys --db /var/lib/accountd/accountd.db --fingerprint %f \\
    --restrict --command '/usr/local/bin/git-as {username}'
  # The database is elsewhere
  accountd authorized-keys --server https://accounts.example.com \\
    --token-file /etc/accountd/token --cache /var/cache/accountd %u

Unknown and blocked users: nothing, and exit code 0.")]
pub struct AuthorizedKeysArgs {
    /// Whose keys (sshd's %u); without it, the owner of the key that is being offered
    #[arg(required_unless_present_any = ["fingerprint", "key"])]
    username: Option<String>,
    /// Only the key with this fingerprint (sshd's %f)
    #[arg(long, value_name = "SHA256:…", conflicts_with = "key")]
    fingerprint: Option<Fingerprint>,
    /// The type of --key (sshd's %t)
    #[arg(long, value_name = "TYPE", requires = "key")]
    key_type: Option<String>,
    /// Only this key, in base64 (sshd's %k)
    #[arg(long, value_name = "BASE64", requires = "key_type")]
    key: Option<String>,
    /// Write `restrict` before each key
    #[arg(long)]
    restrict: bool,
    /// Write this option before each key, such as no-pty or from="10.0.0.0/8"; may be given again
    #[arg(long, value_name = "OPT")]
    option: Vec<String>,
    /// Force this command, with {username} {user_id} {key_id} {fingerprint} filled in
    #[arg(long, value_name = "TEMPLATE", value_parser = template)]
    command: Option<Template>,
    /// Note that the key was offered, for last_used_at; needs --fingerprint or --key, and a folder PATH-spool beside the database
    #[arg(long, conflicts_with = "server")]
    record: bool,
    /// Ask this server instead of a database file
    #[arg(long, value_name = "URL", requires = "token_file", value_parser = server)]
    server: Option<String>,
    /// A file with an administrator's token of the scope read_user, for --server
    #[arg(long, value_name = "FILE", requires = "server")]
    token_file: Option<PathBuf>,
    /// A folder to keep the server's answers in, for when it is away
    #[arg(long, value_name = "DIR", requires = "server")]
    cache: Option<PathBuf>,
    /// How old an answer from the cache may be
    #[arg(long, value_name = "SPAN", default_value = "24h", value_parser = stale)]
    max_stale: SignedDuration,
}

fn template(text: &str) -> Result<Template, String> {
    Template::parse(text).map_err(|error| error.to_string())
}

fn stale(text: &str) -> Result<SignedDuration, String> {
    span(text).filter(|span| !span.is_negative()).ok_or_else(|| "a span such as 24h or 7d is wanted".into())
}

fn server(text: &str) -> Result<String, String> {
    let url = url::Url::parse(text).map_err(|error| error.to_string())?;
    if matches!(url.scheme(), "http" | "https") { Ok(text.to_owned()) } else { Err("must be http or https".into()) }
}

pub fn run(common: &Common, args: AuthorizedKeysArgs) -> Outcome {
    let options = LineOptions::new(args.restrict, args.command.clone(), args.option.clone());
    let options = options.map_err(|error| Failure::new(format!("--option {error}")))?;
    // A key of a kind that is never stored lets nobody in. sshd asks for whatever a stranger offers.
    let Some(lookup) = args.lookup()? else { return Ok(()) };
    let entries = match (&args.server, &args.token_file) {
        (Some(server), Some(token_file)) => ask(&args, server, token_file, &lookup)?,
        _ => {
            let path = database::path(common)?;
            let entries = look(&path, &lookup)?;
            if args.record {
                note(&path, &lookup, &entries);
            }
            entries
        }
    };
    print(&entries.iter().map(|entry| options.line(entry)).collect::<String>())
}

impl AuthorizedKeysArgs {
    /// None for a key that nobody can have.
    fn lookup(&self) -> Result<Option<KeyLookup>, Failure> {
        let offered = match (&self.key_type, &self.key, self.fingerprint) {
            (Some(key_type), Some(key), _) => match SshKey::parse(&format!("{key_type} {key}"), KeyPolicy::default()) {
                Ok(key) => Some(key.fingerprint()),
                Err(_) => return Ok(None),
            },
            (_, _, fingerprint) => fingerprint,
        };
        match (&self.username, offered) {
            (Some(username), None) => Ok(Some(KeyLookup::ByUser(username.clone()))),
            (None, Some(fingerprint)) => Ok(Some(KeyLookup::ByFingerprint(fingerprint))),
            (Some(username), Some(fingerprint)) => {
                Ok(Some(KeyLookup::ByUserAndFingerprint(username.clone(), fingerprint)))
            }
            (None, None) => Err(Failure::new("a user name, --fingerprint or --key is needed")),
        }
    }
}

fn look(path: &Path, lookup: &KeyLookup) -> Result<Vec<Entry>, Failure> {
    let keys = read_only(path, |db| db.authorized_keys(lookup, Timestamp::now()))?;
    Ok(keys.into_iter().map(Entry::from).collect())
}

/// A login must not fail for want of a note.
fn note(database: &Path, lookup: &KeyLookup, entries: &[Entry]) {
    if matches!(lookup, KeyLookup::ByUser(_)) {
        eprintln!("accountd: --record needs to know which key is offered: give --fingerprint %f");
        return;
    }
    let folder = spool::folder(database);
    for entry in entries {
        if let Err(error) = spool::record(&folder, entry.key_id, Timestamp::now()) {
            eprintln!("accountd: {}: {error}", folder.display());
        }
    }
}

fn ask(args: &AuthorizedKeysArgs, server: &str, token_file: &Path, lookup: &KeyLookup) -> Result<Vec<Entry>, Failure> {
    let file = token_file.display();
    let text = std::fs::read_to_string(token_file).map_err(|error| Failure::new(format!("{file}: {error}")))?;
    let token = Token::parse(text.trim()).map_err(|problem| Failure::new(format!("{file}: the token {problem}")))?;
    let cache = args.cache.as_deref().map(|folder| {
        Cache::open(folder).map_err(|error| Failure::new(format!("--cache {}: {error}", folder.display())))
    });
    let cache = cache.transpose()?;
    match Remote::new(server, token).ask(lookup) {
        Ok(entries) => {
            let kept = cache.map(|cache| cache.keep(&question(lookup), &entries, Timestamp::now()));
            if let Some(Err(error)) = kept {
                eprintln!("accountd: the answer was not kept: {error}");
            }
            Ok(entries)
        }
        Err(NoAnswer::Refused(why)) => Err(Failure::new(format!("{server}: {why}"))),
        Err(NoAnswer::Away(why)) => {
            let kept = cache.and_then(|cache| cache.answer(&question(lookup), args.max_stale, Timestamp::now()));
            let (entries, age) =
                kept.ok_or_else(|| Failure::new(format!("{server}: {why}; no fresh answer is kept")))?;
            let age = age.as_secs().max(0);
            eprintln!("accountd: {server}: {why}; answering from the cache, {age} s old");
            Ok(entries)
        }
    }
}
