//! Rows without use are deleted in small steps, and nothing finds them before.

use super::*;
use crate::domain::TokenId;
use crate::store::{STEP, TokenOrder, TokenQuery};
use jiff::{SignedDuration, Timestamp};

fn every_token(now: Timestamp) -> TokenQuery {
    TokenQuery {
        kind: TokenKind::Personal,
        user: None,
        search: None,
        revoked: None,
        active: None,
        now,
        created_after: None,
        created_before: None,
        last_used_after: None,
        last_used_before: None,
        expires_after: None,
        expires_before: None,
        order: TokenOrder::Id,
        descending: false,
        offset: 0,
        limit: 10,
    }
}

#[tokio::test]
async fn a_user_with_many_tokens_is_gone_at_once_and_the_rows_go_in_steps() {
    let accounts = accounts();
    let (root, jane) = (add_admin(&accounts, "root").await, add_user(&accounts, "jane").await);
    let access = crate::accounts::access::tokens(&actor(&accounts, &root).await, crate::domain::Scope::Api).unwrap();
    let (token, secret) = accounts.create_token(&operator().access_to(jane.id), new_token()).await.unwrap();
    add_tokens(&accounts, &jane, 6 * STEP, None).await;
    let all = count(&accounts, "tokens").await;
    accounts.delete_user(&operator(), jane.id).await.unwrap();
    assert_eq!(count(&accounts, "tokens").await, all - u64::from(STEP));

    // None of the rows that remain can be found, and the name and the address are free.
    assert!(matches!(accounts.authenticate(Credential::Token(secret), LOCALHOST).await, Err(Error::Unauthenticated)));
    let last = TokenId(token.id.0 + i64::from(6 * STEP));
    assert!(matches!(accounts.token(&access, last), Err(Error::NotFound)));
    assert!(matches!(accounts.any_token(&operator(), last), Err(Error::NotFound)));
    assert!(matches!(accounts.revoke_token(&access, last).await, Err(Error::NotFound)));
    assert!(matches!(accounts.rotate_token(&access, last, None, None).await, Err(Error::NotFound)));
    assert_eq!(accounts.token_list(&access, every_token(accounts.now())).await.unwrap().total, 1);
    let again = add_user(&accounts, "jane").await;
    assert!(again.id > jane.id);

    // Other writes run in between, and each step deletes few rows.
    let before = accounts.store.write_stats().commits;
    let mut seen = Vec::new();
    let watch = async {
        while seen.last() != Some(&1) {
            seen.push(count(&accounts, "tokens").await);
            tokio::time::sleep(std::time::Duration::from_micros(200)).await;
        }
    };
    let (purged, ()) = tokio::join!(accounts.purge(), watch);
    purged.unwrap();
    assert!(seen.iter().any(|rows| (2..all - u64::from(STEP)).contains(rows)), "{seen:?}");
    assert!(accounts.store.write_stats().commits - before >= 5);
    assert_eq!(count(&accounts, "deleted_users").await, 0);
}

#[tokio::test]
async fn a_user_with_few_rows_leaves_none_behind() {
    let accounts = accounts();
    let jane = add_user(&accounts, "jane").await;
    add_tokens(&accounts, &jane, STEP - 1, None).await;
    accounts.delete_user(&operator(), jane.id).await.unwrap();
    assert_eq!(count(&accounts, "tokens").await + count(&accounts, "deleted_users").await, 0);
}

#[tokio::test]
async fn no_token_can_be_added_to_a_deleted_user() {
    let accounts = accounts();
    let jane = add_user(&accounts, "jane").await;
    let access = operator().access_to(jane.id);
    add_tokens(&accounts, &jane, 2 * STEP, None).await;
    accounts.delete_user(&operator(), jane.id).await.unwrap();
    assert!(matches!(accounts.create_token(&access, new_token()).await, Err(Error::NotFound)));
}

/// Each of the tokens, by its name, with the times of its end.
async fn add_ended(accounts: &Accounts, user: &User, rows: &'static str) {
    let user = user.id.0;
    let sql = format!(
        "INSERT INTO tokens (id, user_id, kind, name, hash, scopes, created_at, family, revoked_at, expires_at)
         SELECT column1, ?1, column2, column3, randomblob(32), 'api', 0, column4, column5, column6 FROM (VALUES {rows})"
    );
    write(accounts, move |tx| tx.execute(&sql, [user])).await;
}

#[tokio::test]
async fn ended_tokens_are_deleted_after_a_month_unless_a_reuse_would_have_to_be_detected() {
    let accounts = accounts();
    let jane = add_user(&accounts, "jane").await;
    let rows = "(1, 'personal', 'rotated, and its successor is active', NULL, 1, NULL),
                (2, 'personal', 'successor', 1, NULL, NULL),
                (3, 'personal', 'rotated', NULL, 1, NULL),
                (4, 'impersonation', 'revoked successor', 3, 1, NULL),
                (5, 'personal', 'revoked', NULL, 1, NULL),
                (6, 'impersonation', 'expired', NULL, NULL, 1),
                (7, 'session', 'session', NULL, NULL, NULL)";
    add_ended(&accounts, &jane, rows).await;
    let recently = accounts.now() - SignedDuration::from_hours(30 * 24) + SignedDuration::from_mins(1);
    let recently = recently.as_microsecond();
    write(&accounts, move |tx| {
        tx.execute(
            "INSERT INTO tokens (id, user_id, kind, name, hash, scopes, created_at, revoked_at, expires_at)
             SELECT id + 10, user_id, kind, name, randomblob(32), scopes, 0, iif(id = 5, ?1, NULL), iif(id = 6, ?1, NULL)
             FROM tokens WHERE id IN (5, 6)",
            [recently],
        )
    })
    .await;
    accounts.purge().await.unwrap();
    for kept in ["id = 1", "id = 2", "id = 7", "id = 15", "id = 16"] {
        let table: &'static str = format!("tokens WHERE {kept}").leak();
        assert_eq!(count(&accounts, table).await, 1, "{kept}");
    }
    assert_eq!(count(&accounts, "tokens").await, 5);
}

#[tokio::test]
async fn a_purge_with_nothing_to_delete_writes_nothing() {
    let accounts = accounts();
    add_user(&accounts, "jane").await;
    let (writes, version) = (accounts.store.write_stats().writes, accounts.store.data_version());
    accounts.purge().await.unwrap();
    assert_eq!((accounts.store.write_stats().writes, accounts.store.data_version()), (writes, version));
}

#[tokio::test]
async fn expired_sessions_of_browsers_and_grants_are_deleted() {
    let accounts = accounts();
    let jane = add_user(&accounts, "jane").await;
    let (user, in_an_hour) = (jane.id.0, (accounts.now() + SignedDuration::from_hours(1)).as_microsecond());
    write(&accounts, move |tx| {
        tx.execute(
            "INSERT INTO applications (id, name, client_id, scopes, created_at) VALUES (1, 'x', 'x', 'api', 0)",
            [],
        )?;
        for end in [1, in_an_hour] {
            tx.execute(
                "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 700)
                 INSERT INTO authorizations (user_id, application_id, scopes, created_at, expires_at, code_hash)
                 SELECT ?1, 1, 'api', 0, ?2, randomblob(32) FROM n",
                [user, end],
            )?;
            tx.execute(
                "INSERT INTO web_sessions (hash, user_id, created_at, expires_at) VALUES (randomblob(32), ?1, 0, ?2)",
                [user, end],
            )?;
        }
        Ok(())
    })
    .await;
    accounts.purge().await.unwrap();
    assert_eq!(count(&accounts, "authorizations").await, 700);
    assert_eq!(count(&accounts, "web_sessions").await, 1);
}

/// The time that stays is counted from the end of the token, whenever it was created.
#[test]
fn a_month_is_thirty_days() {
    let month = crate::accounts::limits::ENDED_TOKENS_STAY;
    assert_eq!(Timestamp::UNIX_EPOCH + month, "1970-01-31T00:00:00Z".parse::<Timestamp>().unwrap());
}
