//! `accountd import FILE` and `accountd export`

use super::arguments::Common;
use super::database::{Database, path, wait};
use super::input::read;
use super::outcome::{Failure, Outcome, print};
use super::progress::{Progress, ProgressArgs};
use super::show;
use crate::accounts::archive::ParsedArchive;
use crate::domain::Clock;
use clap::Args;
use serde_json::json;

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  accountd import fixtures/demo.json
  accountd --db old.db export | accountd --db new.db import -")]
pub struct ImportArgs {
    /// A file in the format of `accountd export`; - is stdin
    file: String,
    #[command(flatten)]
    progress: ProgressArgs,
}

pub fn import(common: &Common, args: &ImportArgs) -> Outcome {
    let name = if args.file == "-" { "stdin" } else { &args.file };
    let text = read(&args.file, u64::MAX)?;
    let archive = ParsedArchive::parse(&text, Clock::MACHINE.now()).map_err(Failure::about(name))?;
    // Only now: an archive that is refused creates no database.
    let db = Database::open_or_create(common)?;
    let progress = Progress::start(common, args.progress, "users");
    let importing = db.accounts.import_reporting(&db.operator, archive, progress.reporter());
    let imported = wait(importing)?.map_err(Failure::about(name))?;
    let (users, applications) = (imported.users.len(), imported.applications);
    let took = progress.finish();
    let json = json!({"users": users, "applications": applications});
    show::either(common, &json, &format!("imported {users} users and {applications} applications"))?;
    took.summarize(format!("imported {users} users into {}", path(common)?.display()));
    Ok(())
}

pub fn export(common: &Common, args: ProgressArgs) -> Outcome {
    let db = Database::open(common)?;
    let progress = Progress::start(common, args, "users");
    let archive = wait(db.accounts.export_reporting(&db.operator, progress.reporter()))??;
    let text = serde_json::to_string_pretty(&archive).map_err(Failure::new)?;
    let took = progress.finish();
    print(&format!("{text}\n"))?;
    took.summarize(format!("exported {} from {}", archive.contents(), path(common)?.display()));
    Ok(())
}
