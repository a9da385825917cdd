//! `accountd key …`

use super::arguments::{Common, KeyPolicyArgs, UserArgs};
use super::database::{Database, wait};
use super::expiry::expiry;
use super::key_import::{self, ImportArgs};
use super::outcome::{Failure, Outcome, print};
use super::show;
use crate::accounts::Error;
use crate::domain::{AnyFingerprint, Field, Key, KeyId, KeyUsage, NewKey, SshKey, Title};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::json;
use std::io::Read;

#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Add a public key to a user
    #[command(after_help = "Example: accountd key add jane ~/.ssh/id_ed25519.pub --title laptop")]
    Add(AddArgs),
    /// List a user's keys
    #[command(after_help = "Example: accountd key list jane")]
    List(UserArgs),
    /// Show one key
    #[command(after_help = "Example: accountd key show 3 --json")]
    Show(KeyArgs),
    /// Remove a key, with immediate effect
    #[command(after_help = "Example: accountd key remove 3")]
    Remove(KeyArgs),
    /// Add the keys of an authorized_keys file or a .keys URL, and report each line
    #[command(after_help = "\
Examples:
  accountd key import jane --from ~/.ssh/authorized_keys
  accountd key import jane --from https://github.com/jane.keys --strict")]
    Import(ImportArgs),
    /// Check whether a public key would be accepted; needs no database
    #[command(after_help = "Example: accountd key check ~/.ssh/id_rsa.pub")]
    Check(CheckArgs),
}

#[derive(Args, Debug)]
pub struct KeyArgs {
    /// The key's id
    id: KeyId,
}

#[derive(Args, Debug)]
pub struct AddArgs {
    /// The user name
    username: String,
    /// A public key file; - is stdin
    file: String,
    /// [default: the key's comment]
    #[arg(long)]
    title: Option<String>,
    /// When the key expires: a date (2030-01-01), a time (2030-01-01T12:00:00Z) or a span (90d) [default: never]
    #[arg(long, value_name = "WHEN", value_parser = expiry)]
    expires: Option<Timestamp>,
    #[command(flatten)]
    policy: KeyPolicyArgs,
}

#[derive(Args, Debug)]
pub struct CheckArgs {
    /// A public key file; - is stdin
    file: String,
    #[command(flatten)]
    policy: KeyPolicyArgs,
}

pub fn run(common: &Common, command: KeyCommand) -> Outcome {
    match command {
        KeyCommand::Add(args) => add(common, &args),
        KeyCommand::List(args) => {
            let db = Database::open(common)?;
            show::list(common, &db.accounts.keys(&db.access(&args.username)?)?)
        }
        KeyCommand::Show(args) => show::one(common, &find(&Database::open(common)?, args.id)?),
        KeyCommand::Remove(args) => {
            let db = Database::open(common)?;
            let access = db.operator.access_to(find(&db, args.id)?.user_id);
            let key = wait(db.accounts.remove_key(&access, args.id))?.map_err(about(args.id))?;
            show::done(common, &key, None, &format!("key {} removed", key.id))
        }
        KeyCommand::Import(args) => key_import::run(common, &args),
        KeyCommand::Check(args) => check(common, &args),
    }
}

fn find(db: &Database, id: KeyId) -> Result<Key, Failure> {
    db.accounts.any_key(&db.operator, id).map_err(about(id))
}

fn about(id: KeyId) -> impl FnOnce(Error) -> Failure {
    Failure::about(format!("key {id}"))
}

fn add(common: &Common, args: &AddArgs) -> Outcome {
    let key = SshKey::parse(&read(&args.file)?, args.policy.into()).map_err(Failure::new)?;
    let title = match &args.title {
        Some(title) => title,
        None if key.comment().is_empty() => {
            return Err(Failure::new("the key has no comment to use as its title: give --title"));
        }
        None => key.comment(),
    };
    let title = Title::parse(title).map_err(|problem| Failure::from(Error::invalid(Field::KeyTitle, problem)))?;
    let db = Database::open(common)?;
    let access = db.access(&args.username)?;
    let fingerprint = AnyFingerprint::Sha256(key.fingerprint());
    let new = NewKey { title, key, usage: KeyUsage::default(), expires_at: args.expires };
    match wait(db.accounts.add_key(&access, new))? {
        Err(Error::Taken(_)) => {
            let key = db.accounts.key_by_fingerprint(&db.operator, &fingerprint)?;
            Err(Failure::new(format!("the key {}", taken(&db, &key)?)))
        }
        added => show::one(common, &added?),
    }
}

/// Names the owner of a key, whom the API keeps to itself.
pub fn taken(db: &Database, key: &Key) -> Result<String, Failure> {
    let owner = db.accounts.user(&db.operator.reader(), key.user_id)?;
    Ok(format!("has already been taken by user {} (key {})", owner.username, key.id))
}

fn check(common: &Common, args: &CheckArgs) -> Outcome {
    let key = SshKey::parse(&read(&args.file)?, args.policy.into()).map_err(Failure::new)?;
    if common.json {
        return show::print_json(&json!({
            "type": key.algorithm(),
            "bits": key.bits(),
            "fingerprint": key.fingerprint().to_string(),
            "comment": key.comment(),
            "key": key.as_str(),
        }));
    }
    print(&format!("accepted: {} {} {} {}\n", key.bits(), key.fingerprint(), key.algorithm(), key.comment()))
}

/// Reads more than the longest key: a longer file is refused for its length.
fn read(file: &str) -> Result<String, Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("{file}: {error}"));
    let mut bytes = Vec::new();
    let source: Box<dyn Read> =
        if file == "-" { Box::new(std::io::stdin()) } else { Box::new(std::fs::File::open(file).map_err(failed)?) };
    source.take(64 * 1024).read_to_end(&mut bytes).map_err(failed)?;
    // The parser refuses the replacement characters with a message of its own.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
