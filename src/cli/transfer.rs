//! `accountd import FILE` and `accountd export`

use super::arguments::Common;
use super::database::{Database, wait};
use super::outcome::{Failure, Outcome, print};
use crate::accounts::archive::Archive;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

#[derive(Args, Debug)]
#[command(after_help = "Example: accountd import fixtures/demo.json")]
pub struct ImportArgs {
    /// A fixture file
    file: PathBuf,
}

pub fn import(common: &Common, args: &ImportArgs) -> Outcome {
    let file = args.file.display();
    let text = std::fs::read(&args.file).map_err(|error| Failure::new(format!("{file}: {error}")))?;
    let fixture = Archive::parse(&text).map_err(Failure::about(file.to_string()))?;
    let db = Database::open_or_create(common)?;
    let imported = wait(db.accounts.import(&db.operator, fixture))?.map_err(Failure::about(file.to_string()))?;
    if common.json {
        return super::show::print_json(&json!({"users": imported.users, "applications": imported.applications}));
    }
    print(&format!("imported {} users and {} applications\n", imported.users, imported.applications))
}

pub fn export(common: &Common) -> Outcome {
    let db = Database::open(common)?;
    let fixture = wait(db.accounts.export(&db.operator))??;
    let text = serde_json::to_string_pretty(&fixture).map_err(Failure::new)?;
    print(&format!("{text}\n"))
}
