//! `accountd key …`

use super::arguments::Common;
use super::database::{Database, wait};
use super::key_import::{self, ImportArgs};
use super::outcome::{Failure, Outcome, print};
use super::show;
use super::when::when;
use crate::accounts::Error;
use crate::domain::ssh_key::Refusal;
use crate::domain::{Field, KeyId, KeyPolicy, KeyUsage, NewKey, SshKey, Title};
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
    /// Remove a key, at once
    #[command(after_help = "Example: accountd key remove 3")]
    Remove(KeyArgs),
    /// Add the keys of an authorized_keys file or a .keys address, and say for each line what became of it
    #[command(after_help = "\
Examples:
  accountd key import jane --from ~/.ssh/authorized_keys
  accountd key import jane --from https://github.com/jane.keys --strict")]
    Import(ImportArgs),
    /// Say whether a file is a key that would be accepted, and if not, why; needs no database
    #[command(after_help = "Example: accountd key check ~/.ssh/id_rsa.pub")]
    Check(CheckArgs),
}

#[derive(Args, Debug)]
pub struct UserArgs {
    /// The user's name
    username: String,
}

#[derive(Args, Debug)]
pub struct KeyArgs {
    /// The key's id
    id: KeyId,
}

#[derive(Args, Debug)]
pub struct AddArgs {
    /// The user's name
    username: String,
    /// A public key file; - is stdin
    file: String,
    /// [default: the key's comment]
    #[arg(long)]
    title: Option<String>,
    /// When it stops opening anything: a date (2030-01-01), a time (2030-01-01T12:00:00Z) or a span (90d) [default: never]
    #[arg(long, value_name = "WHEN", value_parser = when)]
    expires: Option<Timestamp>,
    #[command(flatten)]
    policy: PolicyArgs,
}

#[derive(Args, Debug)]
pub struct CheckArgs {
    /// A public key file; - is stdin
    file: String,
    #[command(flatten)]
    policy: PolicyArgs,
}

#[derive(Args, Clone, Copy, Debug)]
pub struct PolicyArgs {
    /// Refuse RSA keys of fewer bits
    #[arg(long, value_name = "N", default_value_t = KeyPolicy::default().min_rsa_bits, value_parser = clap::value_parser!(u32).range(1024..=16384))]
    min_rsa_bits: u32,
}

impl From<PolicyArgs> for KeyPolicy {
    fn from(args: PolicyArgs) -> Self {
        Self { min_rsa_bits: args.min_rsa_bits }
    }
}

pub fn run(common: &Common, command: KeyCommand) -> Outcome {
    match command {
        KeyCommand::Add(args) => add(common, &args),
        KeyCommand::List(args) => {
            let db = Database::open(common)?;
            let access = db.operator.access_to(db.user(&args.username)?.id);
            show::list(common, &db.accounts.keys(&access)?)
        }
        KeyCommand::Show(args) => {
            let db = Database::open(common)?;
            let key = db.accounts.any_key(&db.operator, args.id).map_err(about(args.id))?;
            show::one(common, &key)
        }
        KeyCommand::Remove(args) => {
            let db = Database::open(common)?;
            let key = db.accounts.any_key(&db.operator, args.id).map_err(about(args.id))?;
            let access = db.operator.access_to(key.user_id);
            let key = wait(db.accounts.remove_key(&access, key.id))?.map_err(about(args.id))?;
            if common.json { show::one(common, &key) } else { print(&format!("key {} removed\n", key.id)) }
        }
        KeyCommand::Import(args) => key_import::run(common, &args),
        KeyCommand::Check(args) => check(common, &args),
    }
}

fn about(id: KeyId) -> impl FnOnce(Error) -> Failure {
    Failure::about(format!("key {id}"))
}

fn add(common: &Common, args: &AddArgs) -> Outcome {
    let key = SshKey::parse(&read(&args.file)?, args.policy.into()).map_err(refused)?;
    let title = match &args.title {
        Some(title) => title,
        None if key.comment().is_empty() => {
            return Err(Failure::new("the key has no comment to name it by: give --title"));
        }
        None => key.comment(),
    };
    let title = Title::parse(title).map_err(|problem| Failure::from(Error::invalid(Field::KeyTitle, problem)))?;
    let db = Database::open(common)?;
    let access = db.operator.access_to(db.user(&args.username)?.id);
    let new = NewKey { title, key, usage: KeyUsage::default(), expires_at: args.expires };
    show::one(common, &wait(db.accounts.add_key(&access, new))??)
}

fn check(common: &Common, args: &CheckArgs) -> Outcome {
    let key = SshKey::parse(&read(&args.file)?, args.policy.into()).map_err(refused)?;
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

fn refused(refusal: Refusal) -> Failure {
    Failure::new(refusal)
}

/// At most a byte more than any key: what is longer is refused for its length.
fn read(file: &str) -> Result<String, Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("{file}: {error}"));
    let mut bytes = Vec::new();
    let source: Box<dyn Read> =
        if file == "-" { Box::new(std::io::stdin()) } else { Box::new(std::fs::File::open(file).map_err(failed)?) };
    source.take(64 * 1024).read_to_end(&mut bytes).map_err(failed)?;
    // What is not UTF-8 is no key either, and is told so by the parser.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
