//! A fixture file, taken into an empty database, written out, and taken into another.

use super::CANARY;
use accountd::accounts::archive::{Archive, ArchiveError};
use accountd::accounts::{Accounts, Actor, Admin, Cost, LoginRate};
use accountd::domain::KeyPolicy;
use accountd::store::{Create, Location, Purpose, Store};
use std::sync::LazyLock;
use tokio::runtime::Runtime;

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap());

pub fn check(input: &[u8]) {
    let Ok(fixture) = Archive::parse(input) else {
        return;
    };
    let (accounts, operator) = nobody();
    match RUNTIME.block_on(accounts.import(&operator, fixture)) {
        Err(error) => {
            assert!(!matches!(error, ArchiveError::Accounts(accountd::accounts::Error::Internal)), "internal error");
            assert!(!error.to_string().contains(CANARY), "the secret is in {error}");
            // Whole or not at all.
            assert_eq!(written(&accounts, &operator), written_by_nobody());
        }
        Ok(imported) => {
            let text = written(&accounts, &operator);
            assert!(!text.contains(CANARY) || !is_secret(input), "the secret is in what is written");
            let (others, operator) = nobody();
            let again = RUNTIME.block_on(others.import(&operator, Archive::parse(text.as_bytes()).unwrap()));
            assert_eq!(again.unwrap(), imported);
            assert_eq!(written(&others, &operator), text, "what is written is read as something else");
        }
    }
}

/// An empty database in memory.
fn nobody() -> (Accounts, Admin) {
    let store = Store::open(&Location::Memory, Create::IfMissing, Purpose::Command).unwrap();
    let accounts = Accounts::new(store, Cost::Low, KeyPolicy::default(), LoginRate::Off).unwrap();
    (accounts, Admin::operator(&Actor::operator()).unwrap())
}

fn written(accounts: &Accounts, operator: &Admin) -> String {
    serde_json::to_string(&RUNTIME.block_on(accounts.export(operator)).unwrap()).unwrap()
}

fn written_by_nobody() -> &'static str {
    r#"{"users":[],"applications":[]}"#
}

/// Whether it stands where only secrets do.
fn is_secret(input: &[u8]) -> bool {
    let text = String::from_utf8_lossy(input);
    let secret = |key: &str| text.matches(&format!("\"{key}\": \"{CANARY}\"")).count();
    text.matches(CANARY).count() == secret("password") + secret("token") + secret("client_secret")
}
