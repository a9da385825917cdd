//! `accountd restore FILE`

use super::arguments::Common;
use super::database;
use super::outcome::{Failure, Outcome, print};
use crate::store::{self, Error, Replace};
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  # On a new machine
  accountd restore /var/backups/accountd-2030-01-01.db
  # In place of what is there now; keep that first
  accountd backup before.db && accountd restore --force /var/backups/accountd-2030-01-01.db

A server may go on: it answers from the restored accounts as soon as the command has ended.
Whenever that is, also by a kill, the database is all as it was or all as the backup is.
A backup of an older version is migrated.")]
pub struct RestoreArgs {
    /// What `accountd backup` wrote; it is not changed
    file: PathBuf,
    /// Give up the database that is there
    #[arg(long)]
    force: bool,
}

pub fn run(common: &Common, args: &RestoreArgs) -> Outcome {
    let to = database::path(common)?;
    let from = std::path::absolute(&args.file).map_err(Failure::new)?;
    let replace = if args.force { Replace::Existing } else { Replace::Never };
    store::restore(&from, &to, replace).map_err(|error| match &error {
        Error::Exists(_) => Failure::new(format!("{error}: --force replaces it, `accountd backup` keeps it")),
        Error::Itself(_) => Failure::new(format!("{error}: there is nothing to restore")),
        Error::Missing(path) => Failure::new(format!("there is no backup at {}", path.display())),
        Error::NotOurs(path) if *path == to => {
            Failure::new(format!("{error}: move it away, and a database is made in its place"))
        }
        Error::Sqlite(_) if has_log(&from) => Failure::new(format!(
            "{error}: {0} has a log, {0}-wal: `accountd backup OTHER --db {0}` makes one file of both",
            from.display()
        )),
        _ => Failure::new(error),
    })?;
    if common.json {
        return super::show::print_json(&json!({"file": from.to_string_lossy(), "database": to.to_string_lossy()}));
    }
    print(&format!("restored {} from {}\n", to.display(), args.file.display()))
}

/// A copy of a database in use that was not made by `accountd backup`.
fn has_log(file: &Path) -> bool {
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    Path::new(&log).exists()
}
