//! Creating and changing users.

use super::*;
use crate::domain::{Field, Identity, Scope, WebUrl};
use crate::store::counter::STATEMENTS;

/// Every attribute that a new user can be given.
fn everything() -> CreateUser {
    let mut new = new_user("Jane");
    new.attributes = UserAttributes {
        admin: Some(true),
        public_email: Some(Some(address("JANE@example.com"))),
        bio: Some(Some(line("bio"))),
        skype: Some(line("skype")),
        linkedin: Some(line("linkedin")),
        twitter: Some(line("twitter")),
        discord: Some(line("discord")),
        pronouns: Some(Some(line("she"))),
        note: Some(Some(line("note"))),
        external: Some(true),
        private_profile: Some(true),
        theme_id: Some(2),
        color_scheme_id: Some(3),
        dark_scheme: Some(true),
        can_create_group: Some(false),
        projects_limit: Some(7),
        identity: IdentityChange { provider: Some("ldap".into()), extern_uid: Some("1".into()) },
        identities: vec![Identity { provider: line("saml"), extern_uid: line("2") }],
        profile: ProfileChange {
            name: Some(line("Jane Doe")),
            location: Some(line("here")),
            company: Some(line("us")),
            profile_url: Some(WebUrl::parse("https://example.com/").unwrap()),
            gravatar_email: Some(Some(address("g@example.com"))),
        },
        ..new.attributes
    };
    new
}

/// Statements that `work` runs on this thread and on the writer's.
async fn statements<T>(accounts: &Accounts, work: impl Future<Output = T>) -> (usize, T) {
    async fn run(accounts: &Accounts) -> usize {
        let written = accounts.store.write(|_| Ok::<_, Error>(STATEMENTS.get())).await.unwrap();
        written + STATEMENTS.get()
    }
    let before = run(accounts).await;
    let done = work.await;
    (run(accounts).await - before, done)
}

#[tokio::test]
async fn creating_a_user_over_http_takes_at_most_six_statements() {
    let accounts = accounts();
    let root = add_admin(&accounts, "root").await;
    let (_, token) = accounts.create_token(&operator().access_to(root.id), new_token()).await.unwrap();
    let create = |new: CreateUser| {
        let token = token.clone();
        let accounts = &accounts;
        async move {
            let actor = accounts.authenticate(Credential::Token(token), LOCALHOST).await.unwrap();
            let admin = access::admin(&actor, Scope::Api).unwrap();
            let user = accounts.create_user(&admin, new).await.unwrap();
            assert_eq!(admin.user().map(|creator| creator.id), user.created_by);
        }
    };
    let mut with_identity = new_user("joe");
    with_identity.attributes.identities = everything().attributes.identities;
    // The token, the permission, the user, the address and the event; an identity is one more.
    assert_eq!(statements(&accounts, create(new_user("jim"))).await.0, 5);
    assert_eq!(statements(&accounts, create(with_identity)).await.0, 6);
}

#[tokio::test]
async fn a_created_user_is_returned_as_it_is_stored() {
    let accounts = accounts();
    for new in [everything(), new_user("joe")] {
        let created = accounts.create_user(&operator(), new).await.unwrap();
        let stored = accounts.user(&operator(), created.id).unwrap();
        assert_eq!(format!("{created:?}"), format!("{stored:?}"));
    }
    let findings = write(&accounts, |tx| tx.emails(crate::domain::UserId(1))).await;
    assert!(findings.len() == 1 && findings[0].email.primary && findings[0].email.is_verified());
}

#[tokio::test]
async fn ids_of_addresses_are_not_used_again_by_new_users() {
    let accounts = accounts();
    let jane = add_user(&accounts, "jane").await;
    let access = operator().access_to(jane.id);
    let second = accounts.add_email(&access, address("second@example.com"), true).await.unwrap();
    accounts.remove_email_by_id(&access, second.id).await.unwrap();
    let joe = add_user(&accounts, "joe").await;
    let emails = write(&accounts, move |tx| tx.emails(joe.id)).await;
    assert!(emails[0].id > second.id, "{emails:?}");
}

#[tokio::test]
async fn a_taken_address_is_reported_before_anything_else() {
    let accounts = accounts();
    add_user(&accounts, "jane").await;
    let taken = |error: Result<User, Error>| match error {
        Err(Error::Taken(field)) => field,
        Err(Error::EmailTakenBy(owner)) if owner.as_str() == "jane" => Field::Email,
        other => panic!("{other:?}"),
    };
    let both = new_user("JANE");
    assert_eq!(taken(accounts.create_user(&operator(), both).await), Field::Email);
    let name = CreateUser { email: address("other@example.com"), ..new_user("JANE") };
    assert_eq!(taken(accounts.create_user(&operator(), name).await), Field::Username);
    let mut half_an_identity = new_user("Jane");
    half_an_identity.attributes.identity.provider = Some("ldap".into());
    assert_eq!(taken(accounts.create_user(&operator(), half_an_identity).await), Field::Email);
}

#[tokio::test]
async fn a_public_address_must_be_the_users_own_and_verified() {
    let accounts = accounts();
    let public = |name: &str, text: &str, verified| {
        let mut new = CreateUser { verified, ..new_user(name) };
        new.attributes.public_email = Some(Some(address(text)));
        new
    };
    for new in [public("jane", "joe@example.com", true), public("jane", "jane@example.com", false)] {
        let refused = accounts.create_user(&operator(), new).await.unwrap_err();
        assert_eq!(refused.to_string(), "public_email is not an email you own");
    }
    accounts.create_user(&operator(), public("jane", "jane@example.com", true)).await.unwrap();
}

#[tokio::test]
async fn another_spelling_of_a_name_or_an_address_is_a_change() {
    let accounts = accounts();
    let mut new = new_user("jane");
    new.attributes.profile.gravatar_email = Some(Some(address("g@example.com")));
    new.attributes.public_email = Some(Some(address("jane@example.com")));
    let jane = accounts.create_user(&operator(), new).await.unwrap();
    let same =
        UpdateUser { username: Some(jane.username.clone()), email: Some(jane.email.clone()), ..UpdateUser::default() };
    let unchanged = accounts.update_user(&operator(), jane.id, same).await.unwrap();
    assert_eq!(unchanged.updated_at, jane.updated_at);

    let username = UpdateUser { username: Some(Username::parse("Jane").unwrap()), ..UpdateUser::default() };
    let email = UpdateUser { email: Some(address("Jane@example.com")), ..UpdateUser::default() };
    let mut gravatar = UpdateUser::default();
    gravatar.attributes.profile.gravatar_email = Some(Some(address("G@example.com")));
    let mut before = jane;
    for change in [username, email, gravatar] {
        let after = accounts.update_user(&operator(), before.id, change).await.unwrap();
        assert!(after.updated_at > before.updated_at);
        before = after;
    }
    let spelling = (before.username.as_str(), before.email.as_str(), before.gravatar_email.as_ref().unwrap().as_str());
    assert_eq!(spelling, ("Jane", "Jane@example.com", "G@example.com"));
    assert_eq!(before.public_email.unwrap().as_str(), "Jane@example.com");
}

#[tokio::test]
async fn a_user_is_created_even_if_its_creator_is_deleted_right_after() {
    let accounts = accounts();
    let root = add_admin(&accounts, "root").await;
    let actor = actor(&accounts, &root).await;
    let admin = access::admin(&actor, Scope::Api).unwrap();
    let jane = accounts.create_user(&admin, new_user("jane")).await.unwrap();
    add_admin(&accounts, "second").await;
    accounts.delete_user(&operator(), root.id).await.unwrap();
    assert_eq!(admin.user().map(|creator| creator.id), Some(root.id));
    assert_eq!(accounts.creator_of(&operator(), &jane).unwrap(), None);
}
