//! Every form of administration: forged requests, lost rights, old sign-ins and strangers change nothing.

use super::{BOSS, Browser, HOSTILE, KEY, assert_page, execute, grant, server, submit, unescaped};
use crate::harness::Server;

/// Every form, with fields that would change something.
fn forms() -> Vec<(String, Vec<(&'static str, &'static str)>)> {
    let mut forms: Vec<(&str, Vec<_>)> = vec![
        ("/admin/users/new", vec![("username", "new"), ("email", "new@example.com"), ("password", "long-password")]),
        ("/admin/users/2/edit", vec![("username", "changed"), ("name", "Changed")]),
        ("/admin/users/2/addresses", vec![("email", "new@example.com")]),
        ("/admin/users/2/addresses/3/remove", vec![]),
        ("/admin/users/2/addresses/3/verify", vec![]),
        ("/admin/users/2/addresses/3/make-primary", vec![]),
        ("/admin/users/2/keys/new", vec![("key", KEY)]),
        ("/admin/users/2/keys/10/remove", vec![]),
        ("/admin/users/2/tokens/2/revoke", vec![]),
        ("/admin/users/2/applications/wiki/revoke", vec![]),
        ("/admin/users/2/reset-link", vec![]),
        ("/admin/invitations/1/revoke", vec![]),
        (
            "/admin/applications/new",
            vec![("name", "New"), ("redirect_uris", "https://new.example/"), ("read_user", "1")],
        ),
        (
            "/admin/applications/wiki/edit",
            vec![("name", "Changed"), ("redirect_uris", "https://new.example/"), ("api", "1")],
        ),
        ("/admin/applications/wiki/rotate-secret", vec![]),
        ("/admin/applications/wiki/delete", vec![]),
    ];
    forms.push(("/admin/users/3/remove-administrator", vec![]));
    let mut forms: Vec<_> = forms.into_iter().map(|(path, fields)| (path.to_owned(), fields)).collect();
    for action in ["block", "ban", "deactivate", "make-administrator", "end-sessions", "delete"] {
        forms.push((format!("/admin/users/2/{action}"), vec![]));
    }
    forms
}

/// The accounts with everything that belongs to them.
fn contents(server: &Server) -> String {
    let tables = [
        "SELECT id, username, name, admin, state, primary_email_id FROM users",
        "SELECT id, user_id, address, verified_by FROM emails",
        "SELECT id, user_id FROM ssh_keys",
        "SELECT id, user_id, revoked_at FROM tokens",
        "SELECT id FROM authorizations",
        "SELECT id, name, hex(secret_hash), scopes FROM applications",
        "SELECT application_id, uri FROM application_redirect_uris",
        "SELECT user_id FROM web_sessions ORDER BY user_id, hash",
        "SELECT id, user_id FROM password_links",
    ];
    tables.map(|sql| server.rows(sql).to_string()).join("\n")
}

/// A server on which each form would change something.
fn prepared() -> Server {
    let server = server();
    grant(&server);
    execute(
        &server,
        "INSERT INTO password_links (id, user_id, hash, purpose, created_at, expires_at)
         VALUES (1, 3, randomblob(32), 'reset', 1, (unixepoch() + 1000) * 1000000);",
    );
    let (secondary, token) = (
        server.sql::<i64>("SELECT id FROM emails WHERE address = 'jane@work.example'"),
        server.sql::<i64>("SELECT id FROM tokens WHERE name = 'ci'"),
    );
    assert_eq!((secondary, token), (3, 2));
    server
}

#[test]
fn a_form_needs_the_token_of_its_session_and_our_own_origin() {
    let server = prepared();
    let mut boss = Browser::signed_in(&server, BOSS);
    let other = Browser::signed_in(&server, BOSS).csrf();
    let csrf = boss.csrf();
    let before = contents(&server);
    for (path, fields) in forms() {
        let path = path.as_str();
        assert_eq!(boss.get(path).status, 200, "{path}");
        for wrong in ["", "x", &other] {
            let answer = boss.post(path, &[&[("csrf", wrong)], &*fields].concat());
            assert_page(&answer, 403, "This form has expired");
        }
        assert_page(&boss.post(path, &fields), 403, "This form has expired");
        let form = [&[("csrf", csrf.as_str())], &*fields].concat();
        for (name, value) in [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")] {
            let foreign = boss.request("POST", path).header(name, value).form(&form).send();
            assert_page(&foreign, 403, "This request came from another site");
        }
    }
    assert_eq!(contents(&server), before);
}

#[test]
fn only_administrators_who_entered_their_password_lately_change_something() {
    let server = prepared();
    let mut boss = Browser::signed_in(&server, BOSS);
    let mut jane = Browser::signed_in(&server, ("jane", "jane-password"));
    let (csrf, janes) = (boss.csrf(), jane.csrf());
    let before = contents(&server);
    execute(&server, "UPDATE web_sessions SET authenticated_at = (unixepoch() - 601) * 1000000 WHERE user_id = 1");
    for (path, fields) in forms() {
        let path = path.as_str();
        let form = |csrf| [&[("csrf", csrf)], &*fields].concat();
        assert_page(&jane.get(path), 403, "You are not allowed to do this");
        assert_page(&jane.post(path, &form(&janes)), 403, "You are not allowed to do this");
        let stranger = Browser::new(&server).post(path, &form(&csrf));
        assert!(stranger.header("location").unwrap().starts_with("/account/sign-in?"), "{stranger:?}");
        let encoded: String = form_urlencoded::byte_serialize(path.as_bytes()).collect();
        let confirm = format!("/account/confirm-password?return_to={encoded}");
        for old in [boss.get(path), boss.post(path, &form(&csrf))] {
            assert_eq!((old.status, old.header("location")), (303, Some(&*confirm)), "{old:?}");
        }
    }
    for path in [
        "/admin/users",
        "/admin/users/2",
        "/admin/users/2/keys",
        "/admin/users/2/tokens",
        "/admin/invitations",
        "/admin/applications",
        "/admin/applications/wiki",
    ] {
        assert_page(&jane.get(path), 403, "You are not allowed to do this");
        assert_eq!(boss.get(path).status, 200, "{path}");
    }
    assert_eq!(contents(&server), before);
}

#[test]
fn an_administrator_who_is_demoted_or_blocked_while_a_page_is_open_can_do_nothing_more() {
    for change in ["admin = 0", "state = 'blocked'"] {
        let server = prepared();
        let mut boss = Browser::signed_in(&server, BOSS);
        let csrf = boss.csrf();
        execute(&server, &format!("UPDATE users SET {change} WHERE id = 1"));
        let before = contents(&server);
        for (path, fields) in forms() {
            let answer = boss.post(&path, &[&[("csrf", csrf.as_str())], &*fields].concat());
            let expected = if change.starts_with("admin") { 403 } else { 303 };
            assert_eq!(answer.status, expected, "{path}: {answer:?}");
        }
        assert_eq!(contents(&server), before);
    }
}

/// Each form works with the right token, so the tests above refuse what would have changed something.
#[test]
fn each_form_changes_something_with_the_right_token() {
    for (path, fields) in forms() {
        // The key belongs to jane already.
        if path.ends_with("/keys/new") {
            continue;
        }
        let server = prepared();
        let mut boss = Browser::signed_in(&server, BOSS);
        if path.ends_with("/end-sessions") {
            Browser::signed_in(&server, ("jane", "jane-password"));
        }
        let before = contents(&server);
        let answer = submit(&mut boss, &path, &fields);
        assert!(matches!(answer.status, 200 | 303), "{path}: {answer:?}");
        assert_ne!(contents(&server), before, "{path}");
    }
}

#[test]
fn hostile_text_is_escaped_on_every_page() {
    let server = prepared();
    let hostile = HOSTILE.replace('\'', "''");
    execute(
        &server,
        &format!(
            "UPDATE users SET name = '{hostile}', location = '{hostile}', company = '{hostile}', bio = '{hostile}',
               note = '{hostile}', profile_url = 'https://x.example/?a&b' WHERE id = 2;
             INSERT INTO identities (user_id, provider, extern_uid) VALUES (2, '{hostile}', '{hostile}');
             UPDATE ssh_keys SET title = '{hostile}';
             UPDATE tokens SET name = '{hostile}';
             UPDATE applications SET name = '{hostile}';"
        ),
    );
    let mut boss = Browser::signed_in(&server, BOSS);
    for path in [
        "/admin/users",
        "/admin/users/2",
        "/admin/users/2/edit",
        "/admin/users/2/keys",
        "/admin/users/2/keys/10/remove",
        "/admin/users/2/tokens",
        "/admin/users/2/tokens/2/revoke",
        "/admin/users/2/applications",
        "/admin/users/2/applications/wiki/revoke",
        "/admin/applications",
        "/admin/applications/wiki",
        "/admin/applications/wiki/edit",
        "/admin/applications/wiki/rotate-secret",
        "/admin/applications/wiki/delete",
    ] {
        let page = boss.get(path);
        assert!(page.status == 200 && !page.body.contains("<script"), "{path}: {page:?}");
        assert!(unescaped(&page.body).contains(HOSTILE), "{path}: {page:?}");
    }
    for (path, fields) in [
        ("/admin/users/new", ["username", "name", "email"]),
        ("/admin/users/2/edit", ["username", "profile_url", "bio"]),
        ("/admin/users/2/addresses", ["email", "verified", "x"]),
        ("/admin/applications/new", ["name", "redirect_uris", "read_user"]),
    ] {
        let page = submit(&mut boss, path, &fields.map(|name| (name, HOSTILE)));
        assert!(page.status == 422 && !page.body.contains("<script"), "{path}: {page:?}");
        assert!(unescaped(&page.body).contains(HOSTILE), "{path}: {page:?}");
    }
}
