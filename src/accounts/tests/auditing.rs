//! The audit log: every use case that changes something adds exactly one row.

use super::*;
use crate::domain::{
    Identity, KeyUsage, ModerationAction, NewKey, Password, PasswordAttempt, RedirectUri, Scope, SshKey, Token,
    UserAgent, UserId,
};
use audit::EventKind;
use std::path::Path;
use strum::VariantArray;

/// Collects the rows that use cases add.
struct Recorder<'a> {
    accounts: &'a Accounts,
    /// The functions that added a row, and its event.
    seen: Vec<(&'static str, String)>,
}

impl Recorder<'_> {
    /// The rows since the last call.
    async fn new_rows(&self) -> Vec<AuditEvent> {
        let query = AuditQuery { ascending: true, offset: self.seen.len() as u64, limit: 10, ..AuditQuery::default() };
        self.accounts.audit_log(&AuditReader::from(&operator()), query).await.unwrap()
    }

    /// Checks that this function has added one row, of this event.
    #[track_caller]
    fn added(&mut self, rows: Vec<AuditEvent>, function: &'static str, event: EventKind, subject: Option<UserId>) {
        let found: Vec<_> = rows.iter().map(|row| (row.event.as_str(), row.subject_id)).collect();
        assert_eq!(found, [(event.name(), subject)], "{function}: {rows:#?}");
        assert!(rows[0].subject.is_some() == subject.is_some(), "{function}: {rows:#?}");
        self.seen.push((function, event.name().to_owned()));
    }
}

/// The functions of the use cases whose work returns events.
fn functions_with_events() -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/accounts")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if !path.ends_with("tests") {
                    folders.push(path);
                }
                continue;
            }
            let Some(text) =
                path.extension().filter(|end| *end == "rs").map(|_| std::fs::read_to_string(&path).unwrap())
            else {
                continue;
            };
            for function in text.split("async fn ").skip(1) {
                let (name, body) = function.split_once(['(', '<']).unwrap();
                let body = body.split_once('{').unwrap().1.replace(char::is_whitespace, "");
                let calls = ["self.write_for(", "self.write_reducing_for(", "self.write_by(", ".record("];
                let is_helper = ["write_for", "write_reducing_for", "write_by"].contains(&name);
                if !is_helper && calls.iter().any(|call| body.contains(call)) {
                    found.push(name.to_owned());
                }
            }
        }
    }
    found.sort();
    found
}

fn ssh_key(line: &str) -> NewKey {
    let key = SshKey::parse(line.trim(), KeyPolicy::default()).unwrap();
    NewKey { title: super::line("laptop"), key, usage: KeyUsage::default(), expires_at: None }
}

#[tokio::test]
async fn every_use_case_that_writes_adds_exactly_one_row() {
    let accounts = accounts();
    let mut log = Recorder { accounts: &accounts, seen: Vec::new() };
    let admin = operator();
    macro_rules! adds {
        ($function:literal, $event:ident, $subject:expr, $work:expr) => {{
            let result = $work;
            let rows = log.new_rows().await;
            log.added(rows, $function, EventKind::$event, $subject);
            result
        }};
    }

    let archive = br#"{"users": [{"username": "root", "admin": true, "emails": [{"email": "root@example.com"}]}]}"#;
    adds!("load", AccountsImported, None, accounts.load_seed(&admin, archive).await.unwrap().unwrap());
    assert!(accounts.load_seed(&admin, archive).await.unwrap().is_none());
    let jane = adds!("create_user", UserCreated, Some(UserId(2)), add_user(&accounts, "jane").await);
    let (id, access) = (jane.id, admin.access_to(jane.id));

    let created = accounts.create_service_account(&admin, NewServiceAccount::default());
    adds!("create_service_account", UserCreated, Some(UserId(3)), created.await.unwrap());

    let mut change = UpdateUser::default();
    change.attributes.note = Some(Some(line("x")));
    change.attributes.identities =
        vec![Identity { provider: SingleLineText::required("ldap").unwrap(), extern_uid: line("1") }];
    adds!("update_user", UserUpdated, Some(id), accounts.update_user(&admin, id, change.clone()).await.unwrap());
    accounts.update_user(&admin, id, change).await.unwrap();
    let profile = ProfileChange { name: Some(line("Jane")), ..ProfileChange::default() };
    adds!(
        "update_profile",
        UserUpdated,
        Some(id),
        accounts.update_profile(&access, profile.clone(), None).await.unwrap()
    );
    accounts.update_profile(&access, profile, None).await.unwrap();
    let removed = accounts.remove_identity(&admin, id, "ldap".into());
    adds!("remove_identity", IdentityRemoved, Some(id), removed.await.unwrap());

    for (action, event) in [
        (ModerationAction::Block, EventKind::UserBlocked),
        (ModerationAction::Unblock, EventKind::UserUnblocked),
        (ModerationAction::Ban, EventKind::UserBanned),
        (ModerationAction::Unban, EventKind::UserUnbanned),
        (ModerationAction::Deactivate, EventKind::UserDeactivated),
        (ModerationAction::Activate, EventKind::UserActivated),
        (ModerationAction::Approve, EventKind::UserApproved),
    ] {
        if action == ModerationAction::Approve {
            write(&accounts, |tx| tx.execute("UPDATE users SET state = 'blocked_pending_approval' WHERE id = 2", []))
                .await;
        }
        assert_eq!(accounts.moderate(&admin, id, action).await.unwrap(), Moderated::Done, "{action:?}");
        let rows = log.new_rows().await;
        log.added(rows, "moderate", event, Some(id));
    }
    accounts.moderate(&admin, id, ModerationAction::Unblock).await.unwrap();
    let verified = write(&accounts, move |tx| tx.user_with_hash(id)).await.unwrap().1;
    accounts.moderate(&admin, id, ModerationAction::Deactivate).await.unwrap();
    let rows = log.new_rows().await;
    log.added(rows, "moderate", EventKind::UserDeactivated, Some(id));
    adds!(
        "reactivate",
        UserActivated,
        Some(id),
        accounts.reactivate(id, verified.clone(), Some(LOCALHOST)).await.unwrap()
    );
    accounts.reactivate(id, verified, Some(LOCALHOST)).await.unwrap();

    let busy = StatusChange { availability: Some(crate::domain::Availability::Busy), ..StatusChange::default() };
    adds!("change_status", StatusSet, Some(id), accounts.change_status(&access, busy.clone()).await.unwrap());
    accounts.change_status(&access, busy).await.unwrap();
    let clear = StatusChange { emoji: Some(None), availability: Some(Default::default()), ..StatusChange::default() };
    adds!("change_status", StatusCleared, Some(id), accounts.change_status(&access, clear).await.unwrap());

    let attribute = crate::domain::CustomAttribute::parse("team", "storage").unwrap();
    let set = || accounts.set_custom_attribute(&admin, id, attribute.clone());
    adds!("set_custom_attribute", CustomAttributeSet, Some(id), set().await.unwrap());
    set().await.unwrap();
    let removed = accounts.remove_custom_attribute(&admin, id, "team".into());
    adds!("remove_custom_attribute", CustomAttributeRemoved, Some(id), removed.await.unwrap());

    let change = PreferencesChange { view_diffs_file_by_file: Some(true), ..PreferencesChange::default() };
    let changed = accounts.change_preferences(&access, change);
    adds!("change_preferences", PreferencesUpdated, Some(id), changed.await.unwrap());
    accounts.change_preferences(&access, change).await.unwrap();

    let work = address("jane@work.example");
    let row = adds!("add_email", EmailAdded, Some(id), accounts.add_email(&access, work.clone(), false).await.unwrap());
    let verify = EmailChange { verify: true, make_primary: false };
    let changed = accounts.change_email(&access, work.clone(), verify);
    adds!("change_email", EmailUpdated, Some(id), changed.await.unwrap());
    adds!("remove_email_by_id", EmailRemoved, Some(id), accounts.remove_email_by_id(&access, row.id).await.unwrap());
    adds!("add_email", EmailAdded, Some(id), accounts.add_email(&access, work.clone(), false).await.unwrap());
    adds!("remove_email", EmailRemoved, Some(id), accounts.remove_email(&access, work).await.unwrap());

    let first = ssh_key(include_str!("../../../fixtures/keys/accepted/ed25519.pub"));
    let key = adds!("add_key", KeyAdded, Some(id), accounts.add_key(&access, first.clone()).await.unwrap());
    assert!(matches!(accounts.add_key(&access, first.clone()).await, Err(Error::Taken(_))));
    adds!("remove_key", KeyRemoved, Some(id), accounts.remove_key(&access, key.id).await.unwrap());
    adds!("add_keys", KeyAdded, Some(id), accounts.add_keys(&access, vec![first]).await.unwrap());

    let created = accounts.create_token(&access, new_token());
    let (token, secret) = adds!("create_token", TokenCreated, Some(id), created.await.unwrap());
    let tokens: TokenAccess = access.clone().into();
    let rotated = accounts.rotate_token(&tokens, token.id, None, None);
    let (token, _) = adds!("rotate_token", TokenRotated, Some(id), rotated.await.unwrap());
    let used = || accounts.authenticate(Credential::Token(secret.clone()), LOCALHOST);
    adds!("reused", TokenReused, Some(id), used().await.unwrap_err());
    used().await.unwrap_err();
    assert!(matches!(accounts.revoke_token(&tokens, token.id).await, Err(Error::NotFound)));
    let (token, _) =
        adds!("create_token", TokenCreated, Some(id), { accounts.create_token(&access, new_token()).await.unwrap() });
    adds!("revoke_token", TokenRevoked, Some(id), accounts.revoke_token(&tokens, token.id).await.unwrap());

    let password = PasswordAttempt::new(PASSWORD.into());
    adds!("open_session", SessionStarted, Some(id), accounts.sign_in("jane", &password, LOCALHOST).await.unwrap());
    let browser = Browser { user_agent: UserAgent::sanitized(b"Browser/1"), address: LOCALHOST };
    let opened = accounts.open_web_session("jane", &password, browser, None);
    let (_, cookie) = adds!("open_session", SessionStarted, Some(id), opened.await.unwrap());
    let opened = accounts.open_web_session_for(&admin, id);
    adds!("open_web_session_for", SessionStarted, Some(id), opened.await.unwrap());
    let browsing = accounts.web_session(&cookie, LOCALHOST).unwrap();
    let own = access::oneself(&browsing, Scope::Api).unwrap();
    let confirmed = accounts.reauthenticate(&own, &password, LOCALHOST);
    adds!("reauthenticate", SessionConfirmed, Some(id), confirmed.await.unwrap());
    let ended = accounts.end_other_web_sessions(&own);
    adds!("end_other_web_sessions", SessionEnded, Some(id), ended.await.unwrap());
    accounts.end_other_web_sessions(&own).await.unwrap();
    let opened = accounts.open_web_session_for(&admin, id);
    let other = adds!("open_web_session_for", SessionStarted, Some(id), opened.await.unwrap());
    let ended = accounts.end_own_session(&own, other.hash());
    adds!("end_own_session", SessionEnded, Some(id), ended.await.unwrap());
    let new = Password::parse("another password").unwrap();
    let changed = accounts.change_own_password(&own, &password, new, LOCALHOST);
    adds!("change_own_password", UserUpdated, Some(id), changed.await.unwrap());
    let ended = accounts.end_web_session(&cookie, LOCALHOST);
    adds!("end_web_session", SessionEnded, Some(id), ended.await.unwrap());
    accounts.end_web_session(&cookie, LOCALHOST).await.unwrap();
    adds!("end_sessions", SessionEnded, Some(id), accounts.end_sessions(&admin, id).await.unwrap());
    let made = accounts.create_password_link(&admin, id, LinkPurpose::Reset);
    let (link, _) = adds!("create_password_link", PasswordLinkCreated, Some(id), made.await.unwrap());
    let new = || Password::parse(PASSWORD).unwrap();
    let set = accounts.set_password_by_link(&link, new(), LOCALHOST);
    adds!("set_password_by_link", PasswordLinkUsed, Some(id), set.await.unwrap());
    accounts.set_password_by_link(&link, new(), LOCALHOST).await.unwrap_err();
    let made = accounts.create_password_link(&admin, id, LinkPurpose::Invitation);
    adds!("create_password_link", PasswordLinkCreated, Some(id), made.await.unwrap());
    let link = accounts.password_links(&admin, 0, 1).unwrap().0[0].id;
    let revoked = accounts.revoke_password_link(&admin, link);
    adds!("revoke_password_link", PasswordLinkRevoked, Some(id), revoked.await.unwrap());
    let wrong = PasswordAttempt::new("wrong password".into());
    for _ in 0..3 {
        accounts.sign_in("jane", &wrong, LOCALHOST).await.unwrap_err();
    }
    let failed = accounts.write_failed_sign_ins();
    adds!("write_failed_sign_ins", SignInFailed, Some(id), failed.await.unwrap());
    accounts.write_failed_sign_ins().await.unwrap();

    let new = NewApplication {
        name: line("Wiki"),
        redirect_uris: vec![RedirectUri::parse("https://wiki.example.com/").unwrap()],
        scopes: Scopes::SIGN_IN,
        trusted: false,
        public: false,
    };
    let registered = accounts.register_application(&admin, new);
    let (application, _) = adds!("register_application", ApplicationRegistered, None, registered.await.unwrap());
    let client_id = application.registration.client_id.as_str();
    let renamed = || ApplicationChange { name: Some(line("New wiki")), ..ApplicationChange::default() };
    let updated = accounts.update_application(&admin, client_id, renamed());
    adds!("update_application", ApplicationUpdated, None, updated.await.unwrap());
    accounts.update_application(&admin, client_id, renamed()).await.unwrap();
    let rotated = accounts.rotate_secret(&admin, client_id);
    let secret = adds!("rotate_secret", ApplicationSecretRotated, None, rotated.await.unwrap());
    let client = accounts.authenticate_client(client_id, Some(secret.expose()), LOCALHOST).unwrap();
    let consent =
        || Consent { application: application.id, scopes: Scopes::SIGN_IN, redirect_uri: None, code_challenge: None };
    let exchange =
        |code: &Token| CodeExchange { code: code.expose().to_owned(), redirect_uri: None, code_verifier: None };
    let authorized = accounts.authorize(&access, consent());
    let code = adds!("authorize", GrantCreated, Some(id), authorized.await.unwrap());
    let redeemed = accounts.redeem_code(&client, exchange(&code));
    let issued = adds!("redeem_code", GrantRedeemed, Some(id), redeemed.await.unwrap());
    let uri = &application.registration.redirect_uris[0];
    let again = consent();
    let unasked = accounts.authorize_unasked(&access, &application, uri, &again).await.unwrap();
    assert!(adds!("authorize_unasked", GrantCreated, Some(id), unasked).is_some());
    let refreshed = accounts.refresh(&client, issued.refresh.expose(), None);
    adds!("refresh", GrantRefreshed, Some(id), refreshed.await.unwrap());
    let reused = accounts.refresh(&client, issued.refresh.expose(), None);
    adds!("refresh", GrantReused, Some(id), reused.await.unwrap_err());
    accounts.refresh(&client, issued.refresh.expose(), None).await.unwrap_err();
    for revokes in ["revoke_presented", "revoke_application"] {
        let code = adds!("authorize", GrantCreated, Some(id), accounts.authorize(&access, consent()).await.unwrap());
        let redeemed = accounts.redeem_code(&client, exchange(&code));
        let issued = adds!("redeem_code", GrantRedeemed, Some(id), redeemed.await.unwrap());
        if revokes == "revoke_presented" {
            let revoked = accounts.revoke_presented(&client, issued.access.expose());
            assert!(adds!("revoke_presented", GrantRevoked, Some(id), revoked.await.unwrap()));
        } else {
            let revoked = accounts.revoke_application(&access, client_id);
            adds!("revoke_application", GrantRevoked, Some(id), revoked.await.unwrap());
        }
    }
    let deleted = accounts.delete_application(&admin, client_id);
    adds!("delete_application", ApplicationDeleted, None, deleted.await.unwrap());
    adds!("delete_user", UserDeleted, Some(id), accounts.delete_user(&admin, id).await.unwrap());
    let joe = adds!("create_user", UserCreated, Some(UserId(4)), add_user(&accounts, "joe").await);
    write(&accounts, |tx| tx.execute("UPDATE users SET state = 'blocked_pending_approval' WHERE id = 4", [])).await;
    let rejected = accounts.moderate(&admin, joe.id, ModerationAction::Reject);
    adds!("moderate", UserRejected, Some(joe.id), rejected.await.unwrap());

    accounts.write_usage().await.unwrap();
    accounts.purge().await.unwrap();
    assert_eq!(log.new_rows().await, []);
    let mut functions: Vec<_> = log.seen.iter().map(|(function, _)| (*function).to_owned()).collect();
    functions.sort();
    functions.dedup();
    assert_eq!(functions, functions_with_events());
    let unseen: Vec<_> = EventKind::VARIANTS.iter().map(|kind| kind.name()).collect();
    let unseen: Vec<_> = unseen.into_iter().filter(|kind| log.seen.iter().all(|(_, seen)| seen != kind)).collect();
    assert!(unseen.is_empty(), "{unseen:?}");
}

#[test]
fn every_event_is_documented() {
    let text = include_str!("../../cli/README.md");
    let missing: Vec<_> =
        EventKind::VARIANTS.iter().filter(|kind| !text.contains(&format!("`{}`", kind.name()))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// All rows about one user, as the user or an administrator sees them.
async fn read(
    accounts: &Accounts,
    reader: AuditReader,
) -> Vec<(String, Option<String>, Option<String>, Option<String>)> {
    let query = AuditQuery { ascending: true, limit: 100, ..AuditQuery::default() };
    let rows = accounts.audit_log(&reader, query).await.unwrap();
    rows.into_iter().map(|row| (row.event, row.actor, row.via, row.address)).collect()
}

#[tokio::test]
async fn users_read_their_own_part_and_do_not_learn_where_administrators_are() {
    let accounts = accounts();
    let (root, jane, joe) =
        (add_admin(&accounts, "root").await, add_user(&accounts, "jane").await, add_user(&accounts, "joe").await);
    let (root_actor, jane_actor, joe_actor) =
        (actor(&accounts, &root).await, actor(&accounts, &jane).await, actor(&accounts, &joe).await);
    let admin = access::admin(&root_actor, Scope::Api).unwrap();
    accounts.moderate(&admin, jane.id, ModerationAction::Block).await.unwrap();
    accounts.moderate(&admin, jane.id, ModerationAction::Unblock).await.unwrap();
    let own = access::oneself(&jane_actor, Scope::Api).unwrap();
    accounts.add_email(&own, address("jane@work.example"), false).await.unwrap();
    accounts.sign_in("jane", &PasswordAttempt::new("wrong password".into()), LOCALHOST).await.unwrap_err();
    accounts.write_failed_sign_ins().await.unwrap();

    let text = |text: &str| Some(text.to_owned());
    let (here, uid) = (text("127.0.0.1"), Some(format!("uid {}", rustix::process::getuid().as_raw())));
    let by_root = |event: &str, via, from| (event.to_owned(), text("root"), via, from);
    let mut expected = vec![
        ("user.created".to_owned(), uid.clone(), None, None),
        ("token.created".to_owned(), uid, None, None),
        by_root("user.blocked", None, None),
        by_root("user.unblocked", None, None),
        ("email.added".to_owned(), text("jane"), text("personal token 2 (test)"), here.clone()),
        ("sign_in.failed".to_owned(), None, None, here.clone()),
    ];
    assert_eq!(read(&accounts, AuditReader::from(&own)).await, expected);
    // An administrator sees all of it, and in the own part what they did themselves.
    expected[0].2 = text("command line");
    expected[1].2 = text("command line");
    for (row, event) in [(2, "user.blocked"), (3, "user.unblocked")] {
        expected[row] = by_root(event, text("personal token 1 (test)"), here.clone());
    }
    assert_eq!(read(&accounts, AuditReader::from(&admin.access_to(jane.id))).await, expected);
    let roots = read(&accounts, AuditReader::from(&access::oneself(&root_actor, Scope::Api).unwrap())).await;
    assert_eq!(roots[2..], expected[2..4]);
    assert_eq!(read(&accounts, AuditReader::from(&admin)).await.len(), 10);

    let joes = AuditReader::from(&access::oneself(&joe_actor, Scope::Api).unwrap());
    let every = AuditQuery { limit: 100, ..AuditQuery::default() };
    for row in accounts.audit_log(&AuditReader::from(&admin), every).await.unwrap() {
        let is_visible = row.subject_id == Some(joe.id);
        assert_eq!(accounts.audit_event(&joes, row.id).is_ok(), is_visible, "{row:?}");
    }
}

#[tokio::test]
async fn an_address_that_moves_is_an_event_for_both_users() {
    let accounts = accounts();
    let (jane, joe) = (add_user(&accounts, "jane").await, add_user(&accounts, "joe").await);
    let joe_access = access::oneself(&actor(&accounts, &joe).await, Scope::Api).unwrap();
    accounts.add_email(&joe_access, address("jane@work.example"), false).await.unwrap();
    let access = operator().access_to(jane.id);
    accounts.add_email(&access, address("jane@work.example"), true).await.unwrap();
    let last = AuditQuery { limit: 2, ..AuditQuery::default() };
    let rows = accounts.audit_log(&AuditReader::from(&operator()), last).await.unwrap();
    let found: Vec<_> = rows.iter().map(|row| (row.event.as_str(), row.subject.as_deref())).collect();
    assert_eq!(found, [("email.removed", Some("joe")), ("email.added", Some("jane"))]);
}

#[tokio::test]
async fn a_refused_change_adds_no_row() {
    let accounts = accounts();
    let root = add_admin(&accounts, "root").await;
    let before = count(&accounts, "audit_log").await;
    let refused = accounts.delete_user(&operator(), root.id).await;
    assert!(matches!(refused, Err(Error::Forbidden(Forbidden::LastAdmin))));
    assert_eq!(count(&accounts, "audit_log").await, before);
}
