//! A rotated token that is used again.

use super::*;
use crate::domain::{Token, TokenId};

async fn rotate(accounts: &Accounts, user: &User, id: TokenId) -> (TokenId, Token) {
    let access = operator().access_to(user.id).into();
    let (record, secret) = accounts.rotate_token(&access, id, None, None).await.unwrap();
    (record.id, secret)
}

async fn uses(accounts: &Accounts, token: &Token) -> bool {
    accounts.authenticate(Credential::Token(token.clone()), LOCALHOST).await.is_ok()
}

#[tokio::test]
async fn any_use_of_a_rotated_token_revokes_the_last_of_its_family_with_one_write() {
    let accounts = accounts();
    let jane = add_user(&accounts, "jane").await;
    let access = operator().access_to(jane.id);
    let (first, first_secret) = accounts.create_token(&access, new_token()).await.unwrap();
    let (second, second_secret) = rotate(&accounts, &jane, first.id).await;
    let (_, third_secret) = rotate(&accounts, &jane, second).await;
    let (_, unrelated) = accounts.create_token(&access, new_token()).await.unwrap();
    assert!(uses(&accounts, &third_secret).await && uses(&accounts, &unrelated).await);
    let writes = || accounts.store.write_stats().writes;
    let before = writes();
    assert!(!uses(&accounts, &second_secret).await);
    assert!(!uses(&accounts, &third_secret).await);
    assert_eq!(writes(), before + 1);
    // From now on there is nothing to revoke, so a flood of uses reaches no writer.
    for token in [&first_secret, &second_secret, &third_secret] {
        for _ in 0..10 {
            assert!(!uses(&accounts, token).await);
        }
    }
    assert_eq!(writes(), before + 1);
    assert!(uses(&accounts, &unrelated).await);
}

#[tokio::test]
async fn a_token_that_was_revoked_and_never_rotated_costs_no_write() {
    let accounts = accounts();
    let jane = add_user(&accounts, "jane").await;
    let access = operator().access_to(jane.id);
    let (record, secret) = accounts.create_token(&access, new_token()).await.unwrap();
    accounts.revoke_token(&access.into(), record.id).await.unwrap();
    let before = accounts.store.write_stats().writes;
    assert!(!uses(&accounts, &secret).await);
    assert_eq!(accounts.store.write_stats().writes, before);
}
