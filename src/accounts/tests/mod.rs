//! Tests of the use cases on a database in memory.

mod auditing;
mod clock;
mod creating;
mod importing;
mod jobs;
mod limits;
mod moderating;
mod permissions;
mod purging;
mod rehashing;
mod rotating;

use super::*;
use crate::domain::{EmailAddress, Password, Scopes, SingleLineText, TokenKind, TokenPrefix, User, Username};
use crate::store::{Create, Location, Purpose, Write};
use std::net::IpAddr;

const LOCALHOST: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
const PASSWORD: &str = "correct horse";

fn accounts() -> Accounts {
    let store = Store::open(&Location::Memory, Create::IfMissing, Purpose::Command).unwrap();
    Accounts::new(store, Cost::Low, KeyPolicy::default(), LoginRate::Off).unwrap()
}

fn operator() -> Admin {
    Admin::operator(&Actor::operator()).unwrap()
}

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

fn line(text: &str) -> SingleLineText {
    SingleLineText::parse(text).unwrap()
}

fn new_user(name: &str) -> CreateUser {
    CreateUser {
        username: Username::parse(name).unwrap(),
        email: address(&format!("{name}@example.com")),
        verified: true,
        attributes: UserAttributes { password: Some(Password::parse(PASSWORD).unwrap()), ..UserAttributes::default() },
    }
}

async fn add_user(accounts: &Accounts, name: &str) -> User {
    accounts.create_user(&operator(), new_user(name)).await.unwrap()
}

async fn add_admin(accounts: &Accounts, name: &str) -> User {
    let mut new = new_user(name);
    new.attributes.admin = Some(true);
    accounts.create_user(&operator(), new).await.unwrap()
}

fn new_token() -> NewPersonalToken {
    NewPersonalToken {
        kind: TokenKind::Personal,
        prefix: TokenPrefix::Own,
        name: line("test"),
        description: line(""),
        scopes: Scopes::EVERYTHING,
        expires_at: None,
    }
}

/// Signs the user in with a new token that has every scope.
async fn actor(accounts: &Accounts, user: &User) -> Actor {
    let access = operator().access_to(user.id);
    let (_, token) = accounts.create_token(&access, new_token()).await.unwrap();
    accounts.authenticate(Credential::Token(token), LOCALHOST).await.unwrap()
}

async fn write<T: Send + 'static>(
    accounts: &Accounts,
    work: impl FnOnce(&Write<'_>) -> Result<T, crate::store::Error> + Send + 'static,
) -> T {
    accounts.store.write(work).await.unwrap()
}

/// Adds personal tokens directly: a thousand calls would be slow.
async fn add_tokens(accounts: &Accounts, user: &User, count: u32, revoked_at: Option<jiff::Timestamp>) {
    let user = user.id.0;
    let revoked_at = revoked_at.map(jiff::Timestamp::as_microsecond);
    write(accounts, move |tx| {
        tx.execute(
            "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < ?2)
             INSERT INTO tokens (user_id, kind, name, hash, scopes, created_at, revoked_at)
             SELECT ?1, 'personal', 'x', randomblob(32), 'api', 0, ?3 FROM n",
            (user, count, revoked_at),
        )
    })
    .await;
}

async fn count(accounts: &Accounts, table: &'static str) -> u64 {
    write(accounts, move |tx| tx.count_rows(table)).await
}
