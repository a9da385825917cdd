//! `accountd allowed-signers`

use super::arguments::Common;
use super::database;
use super::outcome::{Outcome, print};
use crate::ssh::allowed_signers;
use crate::store::read_only;
use clap::Args;
use jiff::Timestamp;

#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  accountd allowed-signers > ~/.config/git/allowed_signers
  git config --global gpg.ssh.allowedSignersFile ~/.config/git/allowed_signers
  git verify-commit HEAD")]
pub struct AllowedSignersArgs {
    /// Only these users [default: everybody]
    username: Vec<String>,
}

pub fn run(common: &Common, args: &AllowedSignersArgs) -> Outcome {
    let mut signers = read_only(&database::path(common)?, |db| db.signers(Timestamp::now()))?;
    if !args.username.is_empty() {
        signers.retain(|(door, _)| args.username.iter().any(|name| door.username.matches(name)));
    }
    print(&allowed_signers(&signers))
}
