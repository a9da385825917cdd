//! `accountd allowed-signers`

use super::arguments::Common;
use super::database;
use super::outcome::{Failure, Outcome, print};
use crate::domain::EmailTrust;
use crate::ssh::push_signer;
use crate::store::read_only;
use clap::Args;
use clap::builder::BoolishValueParser;

#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  accountd allowed-signers > ~/.config/git/allowed_signers
  git config --global gpg.ssh.allowedSignersFile ~/.config/git/allowed_signers
  git verify-commit HEAD

A user's principals are the addresses that an administrator vouched for. Users of the docker
API can mark their own addresses as verified; these count only with --trust-self-verified.")]
pub struct AllowedSignersArgs {
    /// Only these users [default: all]
    username: Vec<String>,
    /// List also the addresses that users themselves marked as verified
    #[arg(
        long,
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_value_t,
        default_missing_value = "true",
        value_parser = BoolishValueParser::new()
    )]
    trust_self_verified: bool,
}

pub fn run(common: &Common, args: &AllowedSignersArgs) -> Outcome {
    let trust = if args.trust_self_verified { EmailTrust::Everyone } else { EmailTrust::Administrators };
    let (file, unknown) = read_only(&database::path(common)?, |db| {
        let mut unknown = Vec::new();
        for name in &args.username {
            if db.user_by_name(name)?.is_none() {
                unknown.push(name.clone());
            }
        }
        let mut file = String::new();
        db.each_signer(trust, db.now(), |signer, addresses| {
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
