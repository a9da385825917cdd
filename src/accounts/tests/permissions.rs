//! What each permission shows.

use super::*;
use crate::accounts::access::{oneself_or_admin, tokens, viewer};
use crate::domain::{ModerationAction, Scope};

async fn list(accounts: &Accounts, viewer: &Viewer, query: UserQuery) -> Result<Vec<String>, Error> {
    let found = accounts.users(viewer, UserQuery { limit: 10, ..query }, 0).await?;
    assert_eq!(found.total, Total::Exactly(found.users.len() as u64));
    Ok(found.users.iter().map(|user| user.username.to_string()).collect())
}

fn named(name: &str) -> UserQuery {
    UserQuery { username: Some(name.into()), ..UserQuery::default() }
}

#[tokio::test]
async fn a_blocked_user_does_not_exist_for_anonymous_callers() {
    let accounts = accounts();
    let jane = add_user(&accounts, "jane").await;
    let everyone = viewer(None).unwrap();
    assert_eq!(list(&accounts, &everyone, named("jane")).await.unwrap(), ["jane"]);
    assert!(accounts.key_list_of(&everyone, "jane").is_ok());
    accounts.moderate(&operator(), jane.id, ModerationAction::Block).await.unwrap();

    assert!(list(&accounts, &everyone, named("jane")).await.unwrap().is_empty());
    for query in [UserQuery { blocked: true, ..named("jane") }, UserQuery { inactive: true, ..named("jane") }] {
        assert!(list(&accounts, &everyone, query).await.unwrap().is_empty());
    }
    assert!(matches!(accounts.user_by_id_or_name(&everyone, "jane"), Err(Error::NotFound)));
    assert!(matches!(accounts.user_by_id_or_name(&everyone, &jane.id.to_string()), Err(Error::NotFound)));
    assert!(matches!(accounts.key_list_of(&everyone, "jane"), Err(Error::NotFound)));
    assert!(matches!(accounts.key_of(&everyone, jane.id, crate::domain::KeyId(1)), Err(Error::NotFound)));
    assert!(matches!(accounts.public_keys(&access::public(), "jane"), Err(Error::NotFound)));

    let joe = add_user(&accounts, "joe").await;
    let signed_in = viewer(Some(&actor(&accounts, &joe).await)).unwrap();
    assert_eq!(list(&accounts, &signed_in, named("jane")).await.unwrap(), ["jane"]);
    assert!(accounts.key_list_of(&signed_in, &jane.id.to_string()).is_ok());
}

#[tokio::test]
async fn a_permission_says_who_may_list_what() {
    let accounts = accounts();
    let (root, jane) = (add_admin(&accounts, "root").await, add_user(&accounts, "jane").await);
    let identity = UserQuery { identity: Some(("ldap".into(), "1".into())), ..named("jane") };
    let everyone = viewer(None).unwrap();
    let refused = list(&accounts, &everyone, UserQuery::default()).await;
    assert!(matches!(refused, Err(Error::Forbidden(Forbidden::AnonymousList))));
    let user = viewer(Some(&actor(&accounts, &jane).await)).unwrap();
    assert!(matches!(user, Viewer::User(_)));
    assert_eq!(list(&accounts, &user, UserQuery::default()).await.unwrap().len(), 2);
    for viewer in [everyone, user] {
        let refused = list(&accounts, &viewer, identity.clone()).await;
        assert!(matches!(refused, Err(Error::Forbidden(Forbidden::NotAdmin))));
    }
    let admin = viewer(Some(&actor(&accounts, &root).await)).unwrap();
    assert!(matches!(admin, Viewer::Admin(_)));
    assert!(list(&accounts, &admin, identity).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_account_is_for_its_owner_and_for_administrators() {
    let accounts = accounts();
    let (root, jane) = (add_admin(&accounts, "root").await, add_user(&accounts, "jane").await);
    let (root_actor, jane_actor) = (actor(&accounts, &root).await, actor(&accounts, &jane).await);
    for (actor, user, allowed) in [
        (&jane_actor, &jane, true),
        (&jane_actor, &root, false),
        (&root_actor, &jane, true),
        (&root_actor, &root, true),
    ] {
        match oneself_or_admin(actor, user.id, Scope::ReadUser) {
            Ok(access) => assert!(allowed && access.user() == user.id),
            Err(error) => assert!(!allowed && matches!(error, Error::Forbidden(Forbidden::NotYou))),
        }
    }
    assert!(matches!(tokens(&jane_actor, Scope::Api), Ok(access) if access.owner() == Some(jane.id)));
    assert!(matches!(tokens(&root_actor, Scope::Api), Ok(access) if access.owner().is_none()));
}

#[tokio::test]
async fn administrators_revoke_any_token_and_users_their_own() {
    let accounts = accounts();
    let (root, jane, joe) =
        (add_admin(&accounts, "root").await, add_user(&accounts, "jane").await, add_user(&accounts, "joe").await);
    let janes = accounts.create_token(&operator().access_to(jane.id), new_token()).await.unwrap().0;
    let (joes_access, root_access) = (
        tokens(&actor(&accounts, &joe).await, Scope::Api).unwrap(),
        tokens(&actor(&accounts, &root).await, Scope::Api).unwrap(),
    );
    assert!(matches!(accounts.revoke_token(&joes_access, janes.id).await, Err(Error::NotFound)));
    accounts.revoke_token(&root_access, janes.id).await.unwrap();
    assert!(matches!(accounts.revoke_token(&root_access, janes.id).await, Err(Error::NotFound)));
}

/// The server opens another database when one was moved into the place of the first.
#[tokio::test]
async fn a_sign_in_does_not_count_in_another_database_with_the_same_ids() {
    let (one, other) = (accounts(), accounts());
    let root = add_admin(&one, "root").await;
    let signed_in = actor(&one, &root).await;
    let same = add_admin(&other, "root").await;
    assert_eq!(actor(&other, &same).await.signed_in().unwrap().token(), signed_in.signed_in().unwrap().token());
    let access = oneself_or_admin(&signed_in, root.id, Scope::Api).unwrap();
    assert!(matches!(other.create_token(&access, new_token()).await, Err(Error::Busy)));
    one.create_token(&access, new_token()).await.unwrap();
}
