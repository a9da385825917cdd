//! No account can fill the database.

use super::*;
use crate::domain::{Identity, KeyPolicy, KeyUsage, NewKey, RedirectUri, SingleLineText, SshKey};
use jiff::SignedDuration;

#[tokio::test]
async fn a_user_has_a_thousand_active_tokens_and_no_more() {
    let accounts = accounts();
    let (jane, joe) = (add_user(&accounts, "jane").await, add_user(&accounts, "joe").await);
    let access = operator().access_to(jane.id);
    add_tokens(&accounts, &jane, 999, None).await;
    let (last, _) = accounts.create_token(&access, new_token()).await.unwrap();
    let refused = accounts.create_token(&access, new_token()).await.unwrap_err();
    assert_eq!(refused.to_string(), "token is one too many: a user can have 1000 active tokens");
    accounts.create_token(&operator().access_to(joe.id), new_token()).await.unwrap();
    // A revoked token makes room, and a rotated one keeps its own.
    let rotated = accounts.rotate_token(&access.clone().into(), last.id, None, None).await.unwrap().0;
    accounts.revoke_token(&access.clone().into(), rotated.id).await.unwrap();
    let expired = NewPersonalToken { expires_at: Some(accounts.now() + SignedDuration::from_millis(1)), ..new_token() };
    accounts.create_token(&access, expired).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    accounts.create_token(&access, new_token()).await.unwrap();
}

#[tokio::test]
async fn only_the_newest_thousand_revoked_tokens_stay() {
    let accounts = accounts();
    let jane = add_user(&accounts, "jane").await;
    add_tokens(&accounts, &jane, 1400, Some(accounts.now())).await;
    let access = operator().access_to(jane.id);
    let (token, _) = accounts.create_token(&access, new_token()).await.unwrap();
    assert_eq!(count(&accounts, "tokens").await, 1001);
    accounts.rotate_token(&access.into(), token.id, None, None).await.unwrap();
    assert_eq!(count(&accounts, "tokens").await, 1001);
}

#[tokio::test]
async fn only_the_newest_thousand_expired_tokens_of_each_kind_stay() {
    let accounts = accounts();
    let jane = add_user(&accounts, "jane").await;
    add_tokens(&accounts, &jane, 1400, None).await;
    // The first ones have expired last.
    write(&accounts, move |tx| tx.execute("UPDATE tokens SET expires_at = 10000 - id", [])).await;
    add_tokens(&accounts, &jane, 1100, None).await;
    let expire = "UPDATE tokens SET expires_at = 1, kind = 'impersonation' WHERE expires_at IS NULL";
    write(&accounts, move |tx| tx.execute(expire, [])).await;
    let access = operator().access_to(jane.id);
    accounts.create_token(&access, new_token()).await.unwrap();
    assert_eq!(count(&accounts, "tokens WHERE id <= 1000").await, 1000);
    assert_eq!(count(&accounts, "tokens WHERE kind = 'impersonation'").await, 1000);
    assert_eq!(count(&accounts, "tokens").await, 2001);
}

#[tokio::test]
async fn a_user_has_a_hundred_grants_to_one_application_and_a_thousand_to_all() {
    let accounts = accounts();
    let jane = add_user(&accounts, "jane").await;
    let access = operator().access_to(jane.id);
    let mut applications = Vec::new();
    for name in ["Wiki", "Phone"] {
        let new = NewApplication {
            name: line(name),
            redirect_uris: vec![RedirectUri::parse("https://wiki.example.com/").unwrap()],
            scopes: Scopes::SIGN_IN,
            trusted: false,
            public: true,
        };
        applications.push(accounts.register_application(&operator(), new).await.unwrap().0.id);
    }
    let consent = |application| crate::store::Consent {
        application,
        scopes: Scopes::SIGN_IN,
        redirect_uri: None,
        code_challenge: None,
    };
    for _ in 0..101 {
        accounts.authorize(&access, consent(applications[0])).await.unwrap();
    }
    assert_eq!(count(&accounts, "authorizations").await, 100);
    let (user, application, later) = (jane.id.0, applications[0].0, (accounts.now() + SignedDuration::from_hours(1)));
    write(&accounts, move |tx| {
        tx.execute(
            "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 1200)
             INSERT INTO authorizations (user_id, application_id, scopes, created_at, expires_at, code_hash)
             SELECT ?1, ?2, 'api', 0, ?3, randomblob(32) FROM n",
            (user, application, later.as_microsecond()),
        )
    })
    .await;
    accounts.authorize(&access, consent(applications[1])).await.unwrap();
    assert_eq!(count(&accounts, "authorizations").await, 1000);
}

#[tokio::test]
async fn a_user_has_a_hundred_identities_and_no_more() {
    let accounts = accounts();
    let (operator, jane) = (operator(), add_user(&accounts, "jane").await);
    let identities = |from: u32, to: u32| {
        let identities = (from..to).map(|n| Identity { provider: line(&format!("p{n}")), extern_uid: line("x") });
        let mut change = UpdateUser::default();
        change.attributes.identities = identities.collect();
        accounts.update_user(&operator, jane.id, change)
    };
    identities(0, 100).await.unwrap();
    let refused = identities(100, 101).await.unwrap_err();
    assert_eq!(refused.to_string(), "provider is one too many: a user can have 100 identities");
    assert_eq!(identities(0, 100).await.unwrap().identities.len(), 100);
}

#[tokio::test]
async fn there_are_a_thousand_applications_and_no_more() {
    let accounts = accounts();
    let register = || NewApplication {
        name: line("Wiki"),
        redirect_uris: vec![RedirectUri::parse("https://wiki.example.com/").unwrap()],
        scopes: Scopes::SIGN_IN,
        trusted: false,
        public: true,
    };
    for _ in 0..1000 {
        accounts.register_application(&operator(), register()).await.unwrap();
    }
    let refused = accounts.register_application(&operator(), register()).await.unwrap_err();
    assert_eq!(refused.to_string(), "client_id is one too many: there can be 1000 applications");
}

#[tokio::test]
async fn adding_and_removing_keys_leaves_no_rows_behind() {
    let accounts = accounts();
    let jane = add_user(&accounts, "jane").await;
    let access = operator().access_to(jane.id);
    let line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
    let new = NewKey {
        title: SingleLineText::required("laptop").unwrap(),
        key: SshKey::parse(line, KeyPolicy::default()).unwrap(),
        usage: KeyUsage::Both,
        expires_at: None,
    };
    let mut last = 0;
    for _ in 0..20 {
        let key = accounts.add_key(&access, new.clone()).await.unwrap();
        assert!(key.id.0 > last, "ids are never used again");
        last = key.id.0;
        accounts.remove_key(&access, key.id).await.unwrap();
    }
    assert_eq!(count(&accounts, "deleted_ids").await, 1);
    let again = write(&accounts, move |tx| {
        Ok(tx.insert_key(jane.id, Some(crate::domain::KeyId(last)), &new, tx.now()).unwrap_err())
    });
    assert!(matches!(again.await, crate::store::Error::RetiredId));
}

#[tokio::test]
async fn an_account_has_one_link_for_a_password_and_all_have_ten_thousand() {
    let accounts = accounts();
    let (jane, joe) = (add_user(&accounts, "jane").await, add_user(&accounts, "joe").await);
    let admin = operator();
    let make = |user| accounts.create_password_link(&admin, user, LinkPurpose::Reset);
    let (first, _) = make(jane.id).await.unwrap();
    make(jane.id).await.unwrap();
    assert_eq!(count(&accounts, "password_links").await, 1);
    assert!(matches!(accounts.user_of_password_link(&first), Err(Error::NotFound)));
    write(&accounts, |tx| {
        tx.execute(
            "WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 10098)
             INSERT INTO users (id, username, primary_email_id, created_at, updated_at) SELECT i, 'u' || i, i, 1, 1 FROM n",
            [],
        )?;
        tx.execute("INSERT INTO emails (id, user_id, address) SELECT id, id, id || '@x' FROM users WHERE id >= 100", [])?;
        tx.execute(
            "INSERT INTO password_links (user_id, hash, purpose, created_at, expires_at)
             SELECT id, randomblob(32), 'invitation', 1, 9000000000000000000 FROM users WHERE id >= 100",
            [],
        )
    })
    .await;
    let refused = make(joe.id).await.unwrap_err();
    assert_eq!(refused.to_string(), "token is one too many: there can be 10000 unused links for passwords");
    // Expired ones do not count.
    write(&accounts, |tx| tx.execute("UPDATE password_links SET expires_at = 1 WHERE user_id = 100", [])).await;
    make(joe.id).await.unwrap();
    accounts.purge().await.unwrap();
    assert_eq!(count(&accounts, "password_links").await, 10_000);
}
