//! States of users.

use super::*;
use crate::domain::{ModerationAction, PasswordAttempt, Scope, State};

#[tokio::test]
async fn unblocking_does_not_lift_a_ban() {
    let accounts = accounts();
    let (operator, jane) = (operator(), add_user(&accounts, "jane").await);
    let moderate = |action| accounts.moderate(&operator, jane.id, action);
    assert_eq!(moderate(ModerationAction::Ban).await.unwrap(), Moderated::Done);
    assert_eq!(moderate(ModerationAction::Unblock).await.unwrap(), Moderated::NoOp(State::Banned));
    assert_eq!(accounts.user(&operator, jane.id).unwrap().state, State::Banned);
    assert_eq!(moderate(ModerationAction::Unban).await.unwrap(), Moderated::Done);
}

#[tokio::test]
async fn administrators_cannot_block_themselves() {
    let accounts = accounts();
    let root = add_admin(&accounts, "root").await;
    add_admin(&accounts, "second").await;
    let admin = access::admin(&actor(&accounts, &root).await, Scope::Api).unwrap();
    let refused = accounts.moderate(&admin, root.id, ModerationAction::Block).await.unwrap();
    assert_eq!(refused, Moderated::Refused(Refused::Oneself));
    assert_eq!(accounts.moderate(&operator(), root.id, ModerationAction::Block).await.unwrap(), Moderated::Done);
}

#[tokio::test]
async fn changing_attributes_keeps_the_state() {
    let accounts = accounts();
    let jane = add_user(&accounts, "jane").await;
    accounts.moderate(&operator(), jane.id, ModerationAction::Ban).await.unwrap();
    let mut change = UpdateUser::default();
    change.attributes.note = Some(Some(line("x")));
    assert_eq!(accounts.update_user(&operator(), jane.id, change).await.unwrap().state, State::Banned);
}

/// A sign-in verifies the password first and reactivates the account afterwards: the password may be another by then.
#[tokio::test]
async fn a_replaced_password_does_not_reactivate_an_account() {
    let accounts = accounts();
    let jane = add_user(&accounts, "jane").await;
    let verified = write(&accounts, move |tx| tx.user_with_hash(jane.id)).await.unwrap().1;
    accounts.moderate(&operator(), jane.id, ModerationAction::Deactivate).await.unwrap();
    let mut change = UpdateUser::default();
    change.attributes.password = Some(Password::parse("another password").unwrap());
    accounts.update_user(&operator(), jane.id, change).await.unwrap();

    assert!(matches!(accounts.reactivate(jane.id, verified, Some(LOCALHOST)).await, Err(Error::Unauthenticated)));
    assert_eq!(accounts.user(&operator(), jane.id).unwrap().state, State::Deactivated);
    let password = PasswordAttempt::new("another password".into());
    accounts.sign_in("jane", &password, LOCALHOST).await.unwrap();
    assert_eq!(accounts.user(&operator(), jane.id).unwrap().state, State::Active);
}
