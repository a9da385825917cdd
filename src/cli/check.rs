//! `accountd backup FILE` and `accountd check`

use super::arguments::Common;
use super::database::{Database, path};
use super::outcome::{Failure, Outcome, print};
use crate::store;
use clap::Args;
use serde_json::json;
use std::io::ErrorKind;
use std::path::PathBuf;

#[derive(Args, Debug)]
#[command(after_help = "Example: accountd backup /var/backups/accountd-2030-01-01.db")]
pub struct BackupArgs {
    /// A file that does not exist yet
    file: PathBuf,
}

pub fn backup(common: &Common, args: &BackupArgs) -> Outcome {
    let db = Database::open(common)?;
    db.accounts.backup(&db.operator, &args.file).map_err(|error| match &error {
        store::Error::File { path, error } if error.kind() == ErrorKind::AlreadyExists => Failure::new(format!(
            "{} exists already, and a backup overwrites nothing: name another file",
            path.display()
        )),
        _ => Failure::new(error),
    })?;
    if common.json {
        return super::show::print_json(&json!({"file": args.file.to_string_lossy()}));
    }
    print(&format!("backed up to {}\n", args.file.display()))
}

pub fn check(common: &Common) -> Outcome {
    let path = path(common)?;
    let findings = store::check(&path)?;
    if common.json {
        let texts: Vec<&str> = findings.iter().map(|finding| finding.0.as_str()).collect();
        super::show::print_json(&json!({"findings": texts}))?;
    } else {
        findings.iter().try_for_each(|finding| print(&format!("{finding}\n")))?;
    }
    match findings.len() {
        0 if common.json => Ok(()),
        0 => print("no damage found\n"),
        n => Err(Failure::new(format!("{}: {n} findings", path.display()))),
    }
}
