//! `accountd restore FILE`

use super::arguments::Common;
use super::database;
use super::outcome::{Failure, Outcome};
use super::show;
use crate::store::{self, Error, Replace};
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  # On a new machine
  accountd restore /var/backups/accountd-2030-01-01.db
  # Replace the current database, after a backup of it
  accountd backup before.db && accountd restore --force /var/backups/accountd-2030-01-01.db

A server can keep running: it uses the restored accounts as soon as the command ends.
The restore happens completely or not at all, even if it is killed.
A backup of an older version is migrated.")]
pub struct RestoreArgs {
    /// A file that `accountd backup` wrote; it is not modified
    file: PathBuf,
    /// Replace an existing database
    #[arg(long)]
    force: bool,
}

pub fn run(common: &Common, args: &RestoreArgs) -> Outcome {
    let to = database::path_to_create(common)?;
    let from = std::path::absolute(&args.file).map_err(Failure::new)?;
    let replace = if args.force { Replace::Existing } else { Replace::Never };
    let created = store::restore(&from, &to, replace).map_err(|error| match &error {
        Error::Exists(_) => Failure::new(format!("{error}: --force replaces it; `accountd backup` keeps a copy")),
        Error::Itself(_) => Failure::new(format!("{error}: there is nothing to restore")),
        Error::Missing(path) => Failure::new(format!("there is no backup at {}", path.display())),
        Error::NotOurs(path) if *path == to => error.into(),
        Error::Sqlite(_) if has_log(&from) => Failure::new(format!(
            "{error}: {0} has a log, {0}-wal: combine both with `accountd backup OTHER --db {0}`",
            from.display()
        )),
        _ => Failure::new(error),
    })?;
    if created {
        database::notice_created(&to);
    }
    let json = json!({"file": from.to_string_lossy(), "database": to.to_string_lossy()});
    show::either(common, &json, &format!("restored {} from {}", to.display(), args.file.display()))
}

/// Whether the file is a copy of a database in use, not one that `accountd backup` made.
fn has_log(file: &Path) -> bool {
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    Path::new(&log).exists()
}
