//! `accountd allowed-signers`

use super::arguments::Common;
use super::database;
use super::outcome::{Failure, Outcome, print};
use crate::ssh::push_signer;
use crate::store::read_only;
use clap::Args;
use jiff::Timestamp;

#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  accountd allowed-signers > ~/.config/git/allowed_signers
  git config --global gpg.ssh.allowedSignersFile ~/.config/git/allowed_signers
  git verify-commit HEAD

Users of the docker API can mark their own addresses as verified, as its documents
specify: name the users you trust, or manage the addresses yourself.")]
pub struct AllowedSignersArgs {
    /// Only these users [default: all]
    username: Vec<String>,
}

pub fn run(common: &Common, args: &AllowedSignersArgs) -> Outcome {
    let (file, unknown) = read_only(&database::path(common)?, |db| {
        let mut unknown = Vec::new();
        for name in &args.username {
            if db.user_by_name(name)?.is_none() {
                unknown.push(name.clone());
            }
        }
        let mut file = String::new();
        db.each_signer(Timestamp::now(), |signer, addresses| {
            if args.username.is_empty() || args.username.iter().any(|name| signer.username.matches(name)) {
                push_signer(&mut file, signer, addresses);
            }
        })?;
        Ok((file, unknown))
    })?;
    // A misspelt name must not leave git with an empty file.
    if !unknown.is_empty() {
        return Err(Failure::new(format!("no such user: {}", unknown.join(", "))));
    }
    print(&file)
}
