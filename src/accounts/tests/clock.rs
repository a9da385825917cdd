//! The clock of accounts in memory can be moved.

use super::*;
use jiff::SignedDuration;

const YEAR: SignedDuration = SignedDuration::from_hours(365 * 24);

#[tokio::test]
async fn advancing_past_100_000_tokens_takes_less_than_a_millisecond_and_rewrites_none() {
    let accounts = accounts();
    let jane = add_user(&accounts, "jane").await;
    let new = NewPersonalToken { expires_at: Some(accounts.now() + YEAR), ..new_token() };
    let (_, token) = accounts.create_token(&operator().access_to(jane.id), new).await.unwrap();
    let many = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 100000)
                INSERT INTO tokens (user_id, kind, name, hash, scopes, created_at, expires_at)
                SELECT user_id, kind, name, randomblob(32), scopes, created_at, expires_at FROM n, tokens WHERE id = 1";
    assert_eq!(write(&accounts, |tx| tx.execute(many, [])).await, 100_000);
    accounts.authenticate(Credential::Token(token.clone()), LOCALHOST).await.unwrap();

    let (clock, version) = (accounts.clock().handle().unwrap(), accounts.store.data_version());
    let advance = |by| {
        let start = Instant::now();
        clock.advance(by).unwrap();
        start.elapsed()
    };
    // Another program may have the processor during one of them.
    let shortest = [YEAR, -YEAR, YEAR].map(advance).into_iter().min().unwrap();
    assert!(shortest < std::time::Duration::from_millis(1), "{shortest:?}");
    assert!(matches!(
        accounts.authenticate(Credential::Token(token.clone()), LOCALHOST).await,
        Err(Error::TokenEnded(TokenEnd::Expired))
    ));
    clock.advance(-YEAR).unwrap();
    accounts.authenticate(Credential::Token(token), LOCALHOST).await.unwrap();
    assert!(version.is_some() && accounts.store.data_version() == version, "a row was written");
}

#[tokio::test]
async fn rows_that_the_clock_has_passed_are_purged() {
    let accounts = accounts();
    let jane = add_user(&accounts, "jane").await;
    let password = crate::domain::PasswordAttempt::new(PASSWORD.into());
    let browser = Browser { user_agent: crate::domain::UserAgent::default(), address: LOCALHOST };
    let (_, cookie) = accounts.open_web_session("jane", &password, browser, None).await.unwrap();
    let new = NewPersonalToken { expires_at: Some(accounts.now() + YEAR), ..new_token() };
    accounts.create_token(&operator().access_to(jane.id), new).await.unwrap();
    let clock = accounts.clock().handle().unwrap();
    accounts.purge().await.unwrap();
    accounts.web_session(&cookie, LOCALHOST).unwrap();
    clock.advance(Accounts::WEB_SESSION).unwrap();
    accounts.purge().await.unwrap();
    assert_eq!((count(&accounts, "web_sessions").await, count(&accounts, "tokens").await), (0, 1));
    // An expired token stays for a month.
    clock.advance(YEAR).unwrap();
    accounts.purge().await.unwrap();
    assert_eq!(count(&accounts, "tokens").await, 1);
    clock.advance(SignedDuration::from_hours(31 * 24)).unwrap();
    accounts.purge().await.unwrap();
    assert_eq!(count(&accounts, "tokens").await, 0);
}

#[test]
fn the_clock_of_a_file_cannot_be_moved() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&Location::File(folder.path().join("a.db")), Create::IfMissing, Purpose::Command).unwrap();
    let accounts = Accounts::new(store, Cost::Low, KeyPolicy::default(), LoginRate::Off).unwrap();
    assert!(accounts.clock().handle().is_none());
}
