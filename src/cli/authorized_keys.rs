//! `accountd authorized-keys`: sshd runs it for each login.
//!
//! It reads the database file without writing next to it, or asks a server. On any error, stdout stays empty.

use super::arguments::Common;
use super::database;
use super::outcome::{Failure, Outcome, print};
use crate::domain::{Clock, Fingerprint, KeyPolicy, SshKey, Token, timestamp};
use crate::ssh::cache::Cache;
use crate::ssh::remote::{Remote, RemoteError, query};
use crate::ssh::{Entry, LineOptions, Template, spool};
use crate::store::{KeyLookup, read_only};
use clap::Args;
use jiff::SignedDuration;
use std::path::{Path, PathBuf};

#[derive(Args, Debug)]
#[command(after_help = "\
Examples for sshd_config, each as one line after AuthorizedKeysCommand and with the
full path of the program:
  # The database is on this host
  accountd authorized-keys --db /var/lib/accountd/accountd.db %u
  # One account shared by all users, who are identified by their keys
  accountd authorized-keys --db /var/lib/accountd/accountd.db --fingerprint %f \\
    --restrict --command '/usr/local/bin/git-as {username}'
  # The database is on another host
  accountd authorized-keys --server https://accounts.example.com \\
    --token-file /etc/accountd/token --cache /var/cache/accountd %u

For unknown and blocked users it prints nothing and exits with 0.")]
pub struct AuthorizedKeysArgs {
    /// The user whose keys to print (sshd's %u) [default: the owner of the offered key]
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
    /// Put `restrict` before each key
    #[arg(long)]
    restrict: bool,
    /// Put this option before each key, such as no-pty or from="10.0.0.0/8"; may be repeated
    #[arg(long, value_name = "OPT")]
    option: Vec<String>,
    /// Force this command, with {username}, {user_id}, {key_id} and {fingerprint} replaced
    #[arg(long, value_name = "TEMPLATE", value_parser = Template::parse)]
    command: Option<Template>,
    /// Record the use of the key, for last_used_at; needs --fingerprint or --key, and a folder PATH-spool next to the database
    #[arg(long, conflicts_with = "server")]
    record: bool,
    /// Ask this server instead of reading a database file
    #[arg(long, value_name = "URL", requires = "token_file", value_parser = server)]
    server: Option<String>,
    /// A file with an administrator's token with the scope read_user, for --server
    #[arg(long, value_name = "FILE", requires = "server")]
    token_file: Option<PathBuf>,
    /// A folder for the server's answers, which are used while the server is unavailable
    #[arg(long, value_name = "DIR", requires = "server")]
    cache: Option<PathBuf>,
    /// The maximum age of a cached answer while the server accepts no connections
    #[arg(long, value_name = "SPAN", default_value = "24h", value_parser = stale)]
    max_stale: SignedDuration,
    /// The maximum age of a cached answer while the server accepts connections and does not answer, as under attack
    #[arg(long, value_name = "SPAN", default_value = "5m", value_parser = stale)]
    max_stale_reachable: SignedDuration,
    /// Never use a cached answer: without the server there is no login
    #[arg(long, requires = "server")]
    require_fresh: bool,
}

fn stale(text: &str) -> Result<SignedDuration, String> {
    timestamp::span(text).filter(|span| !span.is_negative()).ok_or_else(|| "must be a span such as 24h or 7d".into())
}

fn server(text: &str) -> Result<String, String> {
    let url = url::Url::parse(text).map_err(|error| error.to_string())?;
    if matches!(url.scheme(), "http" | "https") { Ok(text.to_owned()) } else { Err("must be http or https".into()) }
}

pub fn run(common: &Common, args: AuthorizedKeysArgs) -> Outcome {
    let options = LineOptions::new(args.restrict, args.command.clone(), args.option.clone());
    let options = options.map_err(|error| Failure::new(format!("--option {error}")))?;
    let Some(lookup) = args.lookup()? else { return Ok(()) };
    let entries = match (&args.server, &args.token_file) {
        (Some(server), Some(token_file)) => ask_server(&args, server, token_file, &lookup)?,
        _ => {
            let path = database::path(common)?;
            let keys = read_only(&path, |db| db.authorized_keys(&lookup, db.now()))?;
            let entries: Vec<_> = keys.into_iter().map(Entry::from).collect();
            if args.record {
                record_use(&path, &lookup, &entries);
            }
            entries
        }
    };
    print(&entries.iter().map(|entry| options.line(entry)).collect::<String>())
}

impl AuthorizedKeysArgs {
    /// None for a key of a type that is never stored. sshd passes on whatever key a client offers.
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

/// A failure is only reported: it must not prevent the login.
fn record_use(database: &Path, lookup: &KeyLookup, entries: &[Entry]) {
    if matches!(lookup, KeyLookup::ByUser(_)) {
        eprintln!("accountd: --record needs the key that was offered: give --fingerprint %f");
        return;
    }
    let folder = spool::folder(database);
    for entry in entries {
        if let Err(error) = spool::record(&folder, entry.key_id, Clock::MACHINE.now()) {
            eprintln!("accountd: {}: {error}", folder.display());
        }
    }
}

fn ask_server(
    args: &AuthorizedKeysArgs,
    server: &str,
    token_file: &Path,
    lookup: &KeyLookup,
) -> Result<Vec<Entry>, Failure> {
    let file = token_file.display();
    let text = std::fs::read_to_string(token_file).map_err(|error| Failure::new(format!("{file}: {error}")))?;
    let token = Token::parse(text.trim()).map_err(|problem| Failure::new(format!("{file}: the token {problem}")))?;
    let cache = args.cache.as_deref().map(|folder| {
        Cache::open(folder).map_err(|error| Failure::new(format!("--cache {}: {error}", folder.display())))
    });
    let (cache, query) = (cache.transpose()?, query(lookup));
    match Remote::new(server, token).ask(lookup) {
        Ok(entries) => {
            let stored = cache.map(|cache| cache.store(&query, &entries, Clock::MACHINE.now()));
            if let Some(Err(error)) = stored {
                eprintln!("accountd: the answer was not cached: {error}");
            }
            Ok(entries)
        }
        Err(RemoteError::Rejected(reason)) => Err(Failure::new(format!("{server}: {reason}"))),
        Err(RemoteError::Away(reason)) => from_cache(args, server, &reason, cache, &query, args.max_stale),
        Err(RemoteError::Unresponsive(reason)) => {
            let max_stale = args.max_stale.min(args.max_stale_reachable);
            let reason = format!("{reason}, although the server accepts connections");
            from_cache(args, server, &reason, cache, &query, max_stale)
        }
    }
}

/// The cached answer, if it may be used and is recent enough.
fn from_cache(
    args: &AuthorizedKeysArgs,
    server: &str,
    reason: &str,
    cache: Option<Cache>,
    query: &str,
    max_stale: SignedDuration,
) -> Result<Vec<Entry>, Failure> {
    if args.require_fresh {
        return Err(Failure::new(format!("{server}: {reason}; --require-fresh excludes cached answers")));
    }
    let cached = cache.and_then(|cache| cache.get(query, max_stale, Clock::MACHINE.now()));
    let (entries, age) = cached
        .ok_or_else(|| Failure::new(format!("{server}: {reason}; the cache has no answer that is recent enough")))?;
    let age = age.as_secs().max(0);
    eprintln!("accountd: {server}: {reason}; answering from the cache, {age} s old");
    Ok(entries)
}
