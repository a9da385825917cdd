//! Archives: imported into an empty database, exported, and imported into another.

use super::CANARY;
use accountd::accounts::archive::{ArchiveError, ParsedArchive};
use accountd::accounts::{Accounts, Actor, Admin, Cost, LoginRate};
use accountd::domain::KeyPolicy;
use accountd::store::{Create, Location, Purpose, Store};
use jiff::Timestamp;
use std::sync::LazyLock;
use tokio::runtime::Runtime;

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap());

pub fn check(input: &[u8]) {
    let Ok(fixture) = ParsedArchive::parse(input, Timestamp::now()) else {
        return;
    };
    let (accounts, operator) = empty_database();
    match RUNTIME.block_on(accounts.import(&operator, fixture)) {
        Err(error) => {
            assert!(!matches!(error, ArchiveError::Accounts(accountd::accounts::Error::Internal)), "internal error");
            assert!(!error.to_string().contains(CANARY), "{error} contains the secret");
            // An import is done whole or not at all.
            assert_eq!(exported(&accounts, &operator), exported_from_empty_database());
        }
        Ok(imported) => {
            let text = exported(&accounts, &operator);
            assert!(!text.contains(CANARY) || !is_only_in_secret_fields(input), "the export contains the secret");
            let (second, operator) = empty_database();
            let imported_again = RUNTIME
                .block_on(second.import(&operator, ParsedArchive::parse(text.as_bytes(), Timestamp::now()).unwrap()));
            assert_eq!(imported_again.unwrap(), imported);
            assert_eq!(exported(&second, &operator), text, "the second export differs from the first");
        }
    }
}

/// An empty in-memory database, and the operator of it.
fn empty_database() -> (Accounts, Admin) {
    let store = Store::open(&Location::Memory, Create::IfMissing, Purpose::Command).unwrap();
    let accounts = Accounts::new(store, Cost::Low, KeyPolicy::default(), LoginRate::Off).unwrap();
    (accounts, Admin::operator(&Actor::operator()).unwrap())
}

fn exported(accounts: &Accounts, operator: &Admin) -> String {
    serde_json::to_string(&RUNTIME.block_on(accounts.export(operator)).unwrap()).unwrap()
}

fn exported_from_empty_database() -> &'static str {
    r#"{"users":[],"applications":[]}"#
}

/// Whether the secret occurs only in fields for secrets.
fn is_only_in_secret_fields(input: &[u8]) -> bool {
    let text = String::from_utf8_lossy(input);
    let secret = |key: &str| text.matches(&format!("\"{key}\": \"{CANARY}\"")).count();
    text.matches(CANARY).count() == secret("password") + secret("token") + secret("client_secret")
}
