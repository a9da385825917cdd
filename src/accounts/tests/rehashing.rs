//! Hashes with outdated parameters.

use super::*;
use crate::domain::{PasswordAttempt, PasswordHash, UserId};

/// argon2id of "correct horse" with m=16, t=2, p=1.
async fn import_other_hash(accounts: &Accounts, user: UserId) -> PasswordHash {
    use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version, password_hash::SaltString};
    let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(16, 2, 1, None).unwrap());
    let salt = SaltString::encode_b64(b"saltsaltsalt").unwrap();
    let hash = hasher.hash_password(PASSWORD.as_bytes(), &salt).unwrap().to_string();
    let hash = PasswordHash::parse(&hash).unwrap();
    let stored = hash.clone();
    write(accounts, move |tx| tx.set_password(user, &stored)).await;
    hash
}

async fn stored_hash(accounts: &Accounts, user: UserId) -> PasswordHash {
    write(accounts, move |tx| tx.user_with_hash(user)).await.unwrap().1.unwrap()
}

fn basic(password: &str) -> Credential {
    let secret = PasswordAttempt::new(password.into());
    Credential::Login { login: "jane".into(), secret }
}

#[tokio::test]
async fn a_sign_in_replaces_a_hash_with_outdated_parameters_and_keeps_sessions() {
    let accounts = accounts();
    let jane = add_user(&accounts, "jane").await;
    let secret = PasswordAttempt::new(PASSWORD.into());
    let (_, session) = accounts.sign_in("jane", &secret, LOCALHOST).await.unwrap();
    let other = import_other_hash(&accounts, jane.id).await;

    assert!(matches!(accounts.authenticate(basic("wrong password"), LOCALHOST).await, Err(Error::Unauthenticated)));
    assert_eq!(stored_hash(&accounts, jane.id).await, other, "a wrong password replaces nothing");
    let actor = accounts.authenticate(basic(PASSWORD), LOCALHOST).await.unwrap();
    let new = stored_hash(&accounts, jane.id).await;
    assert!(new.expose().starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{}", new.expose());

    // What was authenticated before and during the change can still write.
    let own = access::oneself(&actor, crate::domain::Scope::Api).unwrap();
    accounts.update_profile(&own, ProfileChange::default(), None).await.unwrap();
    accounts.authenticate(Credential::Token(session), LOCALHOST).await.unwrap();
    accounts.authenticate(basic(PASSWORD), LOCALHOST).await.unwrap();
    assert_eq!(stored_hash(&accounts, jane.id).await, new, "a current hash stays");
}

#[tokio::test]
async fn a_new_password_is_not_overwritten_by_a_rehash() {
    let accounts = accounts();
    let jane = add_user(&accounts, "jane").await;
    let verified = import_other_hash(&accounts, jane.id).await;
    let mut change = UpdateUser::default();
    change.attributes.password = Some(Password::parse("another password").unwrap());
    accounts.update_user(&operator(), jane.id, change).await.unwrap();
    let new = stored_hash(&accounts, jane.id).await;
    let secret = PasswordAttempt::new(PASSWORD.into());
    let kept = accounts.rehash_if_outdated(jane.id, &secret, Some(verified.clone())).await;
    assert_eq!((kept, stored_hash(&accounts, jane.id).await), (Some(verified), new));
}
