//! The passwords of an archive.

use super::*;
use crate::accounts::archive::ParsedArchive;
use serde_json::json;
use std::time::Duration;
use tokio::time::timeout;

#[tokio::test]
async fn the_passwords_of_an_archive_wait_for_all_cores_together() {
    let store = Store::open(&Location::Memory, Create::IfMissing, Purpose::Command).unwrap();
    let accounts = Accounts::new(store, Cost::Standard, KeyPolicy::default(), LoginRate::Off).unwrap();
    let user = |n| json!({"username": format!("user{n}"), "password": PASSWORD, "emails": [{"email": format!("{n}@x.example")}]});
    let archive = json!({"users": (0..256).map(user).collect::<Vec<_>>()}).to_string();
    let operator = operator();
    let import = accounts.import(&operator, ParsedArchive::parse(archive.as_bytes(), accounts.now()).unwrap());
    assert!(timeout(Duration::ZERO, import).await.is_err(), "it takes seconds");
    // Each core has one, and the others are in the queue.
    assert!(accounts.passwords.waiting() > 0);
}
