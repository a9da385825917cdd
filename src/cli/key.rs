//! `accountd key …`

use super::arguments::{Common, UserArgs};
use super::database::{Database, wait};
use super::expiry::expiry;
use super::input::read;
use super::key_import::{self, ImportArgs};
use super::outcome::{Failure, Outcome};
use super::show;
use crate::accounts::Error;
use crate::app::KeyPolicyArgs;
use crate::domain::{AnyFingerprint, Field, Key, KeyId, KeyPolicy, KeyUsage, NewKey, SingleLineText, SshKey};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::json;

/// More than the longest key: a longer file is refused for its length.
const MAX_BYTES: u64 = 64 << 10;

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
    Show {
        /// The key's id
        id: KeyId,
    },
    /// Remove a key, with immediate effect
    #[command(after_help = "Example: accountd key remove 3")]
    Remove {
        /// The key's id
        id: KeyId,
    },
    /// Add the keys of an authorized_keys file or a .keys URL, and report each line
    #[command(after_help = "\
Examples:
  accountd key import jane --from ~/.ssh/authorized_keys
  accountd key import jane --from https://github.com/jane.keys --strict")]
    Import(ImportArgs),
    /// Check whether a public key would be accepted; needs no database
    #[command(after_help = "Example: accountd key check ~/.ssh/id_rsa.pub")]
    Check {
        /// A public key file; - is stdin
        file: String,
        #[command(flatten)]
        policy: KeyPolicyArgs,
    },
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

pub fn run(common: &Common, command: KeyCommand) -> Outcome {
    match command {
        KeyCommand::Add(args) => add(common, &args),
        KeyCommand::List(args) => {
            let db = Database::open(common)?;
            show::list(common, &db.accounts.keys(&db.access(&args.username)?)?)
        }
        KeyCommand::Show { id } => show::one(common, &find(&Database::open(common)?, id)?),
        KeyCommand::Remove { id } => {
            let db = Database::open(common)?;
            let access = db.operator.access_to(find(&db, id)?.user_id);
            let key = wait(db.accounts.remove_key(&access, id))?.map_err(about(id))?;
            show::done(common, &key, &format!("key {} removed", key.id))
        }
        KeyCommand::Import(args) => key_import::run(common, &args),
        KeyCommand::Check { file, policy } => check(common, &file, policy.into()),
    }
}

fn find(db: &Database, id: KeyId) -> Result<Key, Failure> {
    db.accounts.any_key(&db.operator, id).map_err(about(id))
}

fn about(id: KeyId) -> impl FnOnce(Error) -> Failure {
    Failure::about(format!("key {id}"))
}

fn add(common: &Common, args: &AddArgs) -> Outcome {
    let key = parse(&args.file, args.policy.into())?;
    let title = match &args.title {
        Some(title) => title,
        None if key.comment().is_empty() => {
            return Err(Failure::new("the key has no comment to use as its title: give --title"));
        }
        None => key.comment(),
    };
    let title =
        SingleLineText::required(title).map_err(|problem| Failure::from(Error::invalid(Field::KeyTitle, problem)))?;
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
    let owner = db.accounts.user(&db.operator, key.user_id)?;
    Ok(format!("has already been taken by user {} (key {})", owner.username, key.id))
}

/// Invalid UTF-8 becomes the replacement character, which is in no key.
fn parse(file: &str, policy: KeyPolicy) -> Result<SshKey, Failure> {
    SshKey::parse(&String::from_utf8_lossy(&read(file, MAX_BYTES)?), policy).map_err(Failure::new)
}

fn check(common: &Common, file: &str, policy: KeyPolicy) -> Outcome {
    let key = parse(file, policy)?;
    let (kind, bits, fingerprint, comment) =
        (key.algorithm(), key.bits(), key.fingerprint().to_string(), key.comment());
    let line = format!("accepted: {bits} {fingerprint} {kind} {comment}");
    let json = json!({
        "type": kind, "bits": bits, "fingerprint": fingerprint, "comment": comment, "key": key.as_str(),
    });
    show::either(common, &json, &line)
}
