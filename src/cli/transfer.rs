//! `accountd import FILE` and `accountd export`

use super::arguments::Common;
use super::database::{Database, wait};
use super::input::read;
use super::outcome::{Failure, Outcome, print};
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
}

pub fn import(common: &Common, args: &ImportArgs) -> Outcome {
    let name = if args.file == "-" { "stdin" } else { &args.file };
    let text = read(&args.file, u64::MAX)?;
    let archive = ParsedArchive::parse(&text, Clock::MACHINE.now()).map_err(Failure::about(name))?;
    // Only now: an archive that is refused creates no database.
    let db = Database::open_or_create(common)?;
    let imported = wait(db.accounts.import(&db.operator, archive))?.map_err(Failure::about(name))?;
    let (users, applications) = (imported.users.len(), imported.applications);
    let json = json!({"users": users, "applications": applications});
    show::either(common, &json, &format!("imported {users} users and {applications} applications"))
}

pub fn export(common: &Common) -> Outcome {
    let db = Database::open(common)?;
    let archive = wait(db.accounts.export(&db.operator))??;
    let text = serde_json::to_string_pretty(&archive).map_err(Failure::new)?;
    print(&format!("{text}\n"))
}
