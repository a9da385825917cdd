//! `accountd import FILE` and `accountd export`

use super::arguments::Common;
use super::database::{Database, wait};
use super::outcome::{Failure, Outcome, print};
use super::show;
use crate::accounts::archive::Archive;
use clap::Args;
use serde_json::json;
use std::io::Read;

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
    let (name, text) = match args.file.as_str() {
        "-" => {
            let mut text = Vec::new();
            ("stdin", std::io::stdin().read_to_end(&mut text).map(|_| text))
        }
        file => (file, std::fs::read(file)),
    };
    let text = text.map_err(|error| Failure::new(format!("{name}: {error}")))?;
    let archive = Archive::parse(&text).map_err(Failure::about(name))?;
    let db = Database::open_or_create(common)?;
    let imported = wait(db.accounts.import(&db.operator, archive))?.map_err(Failure::about(name))?;
    if common.json {
        return show::print_json(&json!({"users": imported.users, "applications": imported.applications}));
    }
    print(&format!("imported {} users and {} applications\n", imported.users, imported.applications))
}

pub fn export(common: &Common) -> Outcome {
    let db = Database::open(common)?;
    let archive = wait(db.accounts.export(&db.operator))??;
    let text = serde_json::to_string_pretty(&archive).map_err(Failure::new)?;
    print(&format!("{text}\n"))
}
