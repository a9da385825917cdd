//! `accountd backup FILE`, `accountd restore FILE` and `accountd check`

use super::arguments::Common;
use super::database::{Database, notice_created, path, path_to_create, wait};
use super::outcome::{Failure, Outcome, notice};
use super::progress::{Progress, ProgressArgs, size};
use super::show;
use crate::store::{self, Replace};
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
    #[command(flatten)]
    progress: ProgressArgs,
}

pub fn backup(common: &Common, args: &BackupArgs) -> Outcome {
    if args.file == Path::new("-") {
        return to_stdout(common, args.progress);
    }
    let db = Database::open(common)?;
    let progress = Progress::start(common, args.progress, "pages");
    db.accounts.backup(&db.operator, &args.file, &progress.reporter()).map_err(|error| match &error {
        store::Error::File { path, error } if error.kind() == ErrorKind::AlreadyExists => {
            Failure::new(format!("{} exists already: a backup never overwrites a file", path.display()))
        }
        _ => Failure::from(error),
    })?;
    let took = progress.finish();
    note(&db);
    let json = json!({"file": args.file.to_string_lossy()});
    show::either(common, &json, &format!("backed up to {}", args.file.display()))?;
    took.summarize(copied(&path(common)?, &args.file, &args.file));
    Ok(())
}

/// Tells the server's page of administrators. The backup is complete, whether or not this succeeds.
fn note(db: &Database) {
    let noted = wait(db.accounts.note_backup(&db.operator)).and_then(|noted| Ok(noted?));
    if let Err(error) = noted {
        notice(format!("the time of the backup was not written to the database: {error}"));
    }
}

/// SQLite can only write a backup to a file, so this goes through a temporary one.
fn to_stdout(common: &Common, args: ProgressArgs) -> Outcome {
    let mut stdout = std::io::stdout().lock();
    if stdout.is_terminal() {
        return Err(Failure::new("a backup is binary and stdout is a terminal: redirect it, or name a file"));
    }
    let db = Database::open(common)?;
    let folder = tempfile::tempdir().map_err(Failure::new)?;
    let file = folder.path().join("backup.db");
    let progress = Progress::start(common, args, "pages");
    db.accounts.backup(&db.operator, &file, &progress.reporter())?;
    let mut backup = std::fs::File::open(&file).map_err(Failure::new)?;
    std::io::copy(&mut backup, &mut stdout).map_err(|error| Failure::new(format!("stdout: {error}")))?;
    progress.finish().summarize(copied(&path(common)?, Path::new("stdout"), &file));
    Ok(())
}

/// A summary, with the size of the copy.
fn copied(from: &Path, to: &Path, copy: &Path) -> String {
    format!("copied {} from {} to {}", size(copy), from.display(), to.display())
}

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
    #[command(flatten)]
    progress: ProgressArgs,
}

pub fn restore(common: &Common, args: &RestoreArgs) -> Outcome {
    let to = path_to_create(common)?;
    let from = std::path::absolute(&args.file).map_err(Failure::new)?;
    let replace = if args.force { Replace::Existing } else { Replace::Never };
    let progress = Progress::start(common, args.progress, "pages");
    let created = store::restore(&from, &to, replace, &progress.reporter()).map_err(|error| match &error {
        store::Error::Exists(_) => {
            Failure::new(format!("{error}: --force replaces it; `accountd backup` keeps a copy"))
        }
        store::Error::Itself(_) => Failure::new(format!("{error}: there is nothing to restore")),
        store::Error::Missing(path) => Failure::new(format!("there is no backup at {}", path.display())),
        store::Error::NotOurs(path) if *path == to => error.into(),
        store::Error::Sqlite(_) if has_log(&from) => Failure::new(format!(
            "{error}: {0} has a log, {0}-wal: combine both with `accountd backup OTHER --db {0}`",
            from.display()
        )),
        _ => Failure::new(error),
    })?;
    let took = progress.finish();
    if created {
        notice_created(&to);
    }
    let json = json!({"file": from.to_string_lossy(), "database": to.to_string_lossy()});
    show::either(common, &json, &format!("restored {} from {}", to.display(), args.file.display()))?;
    took.summarize(copied(&from, &to, &from));
    Ok(())
}

/// Whether the file is a copy of a database in use, not one that `accountd backup` made.
fn has_log(file: &Path) -> bool {
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    Path::new(&log).exists()
}

pub fn check(common: &Common, args: ProgressArgs) -> Outcome {
    let path = path(common)?;
    let progress = Progress::start(common, args, "checks");
    let findings = store::check(&path, &progress.reporter())?;
    let took = progress.finish();
    let mut texts: Vec<&str> = findings.iter().map(String::as_str).collect();
    let json = json!({"findings": texts});
    if texts.is_empty() {
        texts.push("no damage found");
    }
    show::either(common, &json, &texts.join("\n"))?;
    took.summarize(format!("checked {} of {}", size(&path), path.display()));
    match findings.len() {
        0 => Ok(()),
        n => Err(Failure::new(format!(
            "{} is damaged ({n} findings): `accountd restore --force BACKUP` replaces it with a backup",
            path.display()
        ))),
    }
}
