//! `accountd backup FILE` and `accountd check`

use super::arguments::Common;
use super::database::{Database, path};
use super::outcome::{Failure, Outcome, print};
use super::show;
use crate::store;
use clap::Args;
use serde_json::json;
use std::io::{ErrorKind, IsTerminal};
use std::path::{Path, PathBuf};

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  accountd backup /var/backups/accountd-2030-01-01.db
  accountd backup - | gzip > accountd.db.gz")]
pub struct BackupArgs {
    /// A file that does not exist yet; - is stdout
    file: PathBuf,
}

pub fn run(common: &Common, args: &BackupArgs) -> Outcome {
    if args.file == Path::new("-") {
        return to_stdout(common);
    }
    let db = Database::open(common)?;
    db.accounts.backup(&db.operator, &args.file).map_err(|error| match &error {
        store::Error::File { path, error } if error.kind() == ErrorKind::AlreadyExists => {
            Failure::new(format!("{} exists already: a backup never overwrites a file", path.display()))
        }
        _ => Failure::from(error),
    })?;
    if common.json {
        return show::print_json(&json!({"file": args.file.to_string_lossy()}));
    }
    print(&format!("backed up to {}\n", args.file.display()))
}

/// SQLite can only write a backup to a file, so this goes through a temporary one.
fn to_stdout(common: &Common) -> Outcome {
    let mut stdout = std::io::stdout().lock();
    if stdout.is_terminal() {
        return Err(Failure::new("a backup is binary and stdout is a terminal: redirect it, or name a file"));
    }
    let db = Database::open(common)?;
    let folder = tempfile::tempdir().map_err(Failure::new)?;
    let file = folder.path().join("backup.db");
    db.accounts.backup(&db.operator, &file)?;
    let mut backup = std::fs::File::open(&file).map_err(Failure::new)?;
    std::io::copy(&mut backup, &mut stdout).map_err(|error| Failure::new(format!("stdout: {error}")))?;
    Ok(())
}

pub fn check(common: &Common) -> Outcome {
    let path = path(common)?;
    let findings = store::check(&path)?;
    if common.json {
        show::print_json(&json!({"findings": findings}))?;
    } else {
        findings.iter().try_for_each(|finding| print(&format!("{finding}\n")))?;
    }
    match findings.len() {
        0 if common.json => Ok(()),
        0 => print("no damage found\n"),
        n => Err(Failure::new(format!(
            "{} is damaged ({n} findings): `accountd restore --force BACKUP` replaces it with a backup",
            path.display()
        ))),
    }
}
