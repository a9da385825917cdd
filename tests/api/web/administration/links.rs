//! Links with which users set a password.

use super::{
    BOSS, Browser, assert_message, assert_page, assert_redirected, execute, hidden_field, server, submit, unescaped,
};
use crate::harness::{Response, Server, run_with_stdin};
use serde_json::Value;

const PATH: &str = "/account/set-password";
const NEW: &str = "a-new-password";

/// The link on a page that shows a new one.
#[track_caller]
fn link_on(page: &Response) -> String {
    assert_eq!(page.status, 200, "{page:?}");
    assert!(page.body.contains("This is shown only once."), "{page:?}");
    let (_, rest) = page.body.split_once("<code class=\"copy\" aria-labelledby=\"secret-label\">").unwrap();
    unescaped(rest.split_once("</code>").unwrap().0)
}

/// The path and the secret of a link.
#[track_caller]
fn parts<'l>(server: &Server, link: &'l str) -> (&'l str, &'l str) {
    let path = link.strip_prefix(&server.url()).unwrap_or_else(|| panic!("{link}"));
    let secret = path.strip_prefix("/account/set-password?link=").unwrap_or_else(|| panic!("{link}"));
    assert!(secret.starts_with("acl_") && secret.len() == 47, "{secret}");
    (path, secret)
}

/// A link for jane.
fn reset_link(server: &Server) -> String {
    let mut boss = Browser::signed_in(server, BOSS);
    link_on(&submit(&mut boss, "/admin/users/2/reset-link", &[]))
}

fn set(server: &Server, secret: &str, password: &str) -> Response {
    Browser::new(server).post(PATH, &[("link", secret), ("password", password), ("password_again", password)])
}

/// The page of a link that cannot be used, without the id of the request.
#[track_caller]
fn assert_unusable(server: &Server, secret: &str) {
    let query: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let known = server.get(&format!("{PATH}?link=acl_unknown")).send();
    for page in [server.get(&format!("{PATH}?link={query}")).send(), set(server, secret, NEW)] {
        assert_page(&page, 404, "This link does not work");
        assert_eq!(page.body, known.body, "{secret}");
    }
}

#[test]
fn an_invitation_lets_a_new_user_set_a_password_once() {
    let server = server();
    let mut boss = Browser::signed_in(&server, BOSS);
    let page = submit(&mut boss, "/admin/users/new", &[("username", "joe"), ("email", "joe@example.com")]);
    assert_page(&page, 200, "joe was added");
    let link = link_on(&page);
    let (path, secret) = parts(&server, &link);
    let list = boss.get("/admin/invitations");
    assert_page(&list, 200, "Invitations");
    assert!(list.body.contains(">joe</a>") && list.body.contains("Invitation</td>"), "{list:?}");
    for page in [&list, &boss.get("/admin/users/4"), &boss.get("/admin/users")] {
        assert!(!page.body.contains(secret), "{page:?}");
    }
    // Looking at it, as previews of messages do, changes nothing.
    for _ in 0..3 {
        let form = server.get(path).send();
        assert_page(&form, 200, "Set your password");
        assert!(form.body.contains("value=\"joe\" autocomplete=\"username\" readonly"), "{form:?}");
        assert_eq!(form.body.matches("autocomplete=\"new-password\"").count(), 2, "{form:?}");
        assert_eq!(hidden_field(&form, "link"), secret);
        assert_eq!(form.header("referrer-policy"), Some("same-origin"));
    }
    let mut joe = Browser::new(&server);
    assert_redirected(
        &joe.post(PATH, &[("link", secret), ("password", NEW), ("password_again", NEW)]),
        "/account/sign-in",
    );
    assert_message(&joe.get("/account/sign-in"), "Your password was set. You can sign in with it now.");
    assert_eq!(joe.sign_in("joe", NEW).status, 303);
    joe.assert_signed_in_as("joe");
    assert_unusable(&server, secret);
    assert!(boss.get("/admin/invitations").body.contains("No link waits to be used."));
    let events =
        server.rows("SELECT event, actor, via, subject FROM audit_log WHERE event LIKE 'password_link.%' ORDER BY id");
    assert_eq!(events[0][1], "boss");
    assert_eq!(
        (&events[1][0], &events[1][1], &events[1][2]),
        (&"password_link.used".into(), &"joe".into(), &"password link".into())
    );
    assert!(!server.rows("SELECT * FROM audit_log").to_string().contains(secret));
}

#[test]
fn a_reset_ends_every_session_and_the_old_password() {
    let server = server();
    let mut jane = Browser::signed_in(&server, ("jane", "jane-password"));
    let session =
        server.post("/api/v3/session").form(&[("login", "jane"), ("password", "jane-password")]).send().expect(201);
    let link = reset_link(&server);
    let (_, secret) = parts(&server, &link);
    jane.assert_signed_in_as("jane");
    assert_eq!(set(&server, secret, NEW).status, 303);
    jane.assert_signed_out();
    let session = session["private_token"].as_str().unwrap();
    assert_eq!(server.get("/api/v3/user").private_token(session).send().status, 401);
    assert_eq!(Browser::new(&server).sign_in("jane", "jane-password").status, 422);
    Browser::signed_in(&server, ("jane", NEW));
}

#[test]
fn refused_passwords_are_explained_and_not_repeated_and_leave_the_link() {
    let server = server();
    let link = reset_link(&server);
    let (_, secret) = parts(&server, &link);
    for (password, again, field, text) in [
        ("short", "short", "password", "New password is too short (minimum is 8 characters)."),
        ("", "", "password", "New password can&#39;t be blank."),
        (NEW, "another-password", "password_again", "Repeated password is not the same."),
    ] {
        let page =
            Browser::new(&server).post(PATH, &[("link", secret), ("password", password), ("password_again", again)]);
        assert_page(&page, 422, "Set your password");
        assert!(page.body.contains(&format!("id=\"{field}-problem\">{text}</p>")), "{page:?}");
        for secret in [password, again].into_iter().filter(|text| text.len() > 5) {
            assert!(!page.body.contains(secret), "{page:?}");
        }
    }
    let form = [("link", secret), ("password", NEW), ("password_again", NEW)];
    let foreign = server.post(PATH).header("Origin", "https://evil.example").form(&form).send();
    assert_page(&foreign, 403, "This request came from another site");
    // Mass assignment: the link alone says whose password it is.
    let form = [&form[..], &[("user_id", "1"), ("username", "boss"), ("id", "1")]].concat();
    assert_redirected(&server.post(PATH).form(&form).send(), "/account/sign-in");
    Browser::signed_in(&server, ("jane", NEW));
    Browser::signed_in(&server, BOSS);
}

#[test]
fn every_link_that_cannot_be_used_has_the_same_page() {
    let server = server();
    let session = Browser::signed_in(&server, BOSS).cookie("accountd_session").to_owned();
    for secret in ["", "x", "acl_", "acl_unknown", super::TOKEN, &session, "acl_\"><script>"] {
        assert_unusable(&server, secret);
    }
    // A newer link, an expired one, a revoked one, a password that was set in another way, and a blocked user.
    let older = reset_link(&server);
    let link = reset_link(&server);
    let (older, secret) = (parts(&server, &older).1, parts(&server, &link).1);
    assert_unusable(&server, older);
    assert_page(&server.get(&format!("{PATH}?link={secret}")).send(), 200, "Set your password");
    for state in ["blocked", "banned", "blocked_pending_approval"] {
        execute(&server, &format!("UPDATE users SET state = '{state}' WHERE id = 2"));
        assert_unusable(&server, secret);
    }
    execute(&server, "UPDATE users SET state = 'deactivated' WHERE id = 2");
    assert_page(&server.get(&format!("{PATH}?link={secret}")).send(), 200, "Set your password");
    execute(&server, "UPDATE users SET state = 'active'; UPDATE password_links SET expires_at = unixepoch() * 1000000");
    assert_unusable(&server, secret);

    let link = reset_link(&server);
    let secret = parts(&server, &link).1;
    let id: i64 = server.sql("SELECT id FROM password_links");
    let mut boss = Browser::signed_in(&server, BOSS);
    assert_redirected(&submit(&mut boss, &format!("/admin/invitations/{id}/revoke"), &[]), "/admin/invitations");
    assert_message(&boss.get("/admin/invitations"), "The link was revoked.");
    assert_unusable(&server, secret);

    let link = reset_link(&server);
    let args = ["user", "password", "jane", "--password-stdin", "--db", server.db.to_str().unwrap()];
    assert!(run_with_stdin(&args, "yet-another-password\n").status.success());
    assert_unusable(&server, parts(&server, &link).1);
}

#[test]
fn a_link_is_stored_as_its_hash_for_72_hours_and_never_logged() {
    use sha2::{Digest, Sha256};
    let server = server();
    let link = reset_link(&server);
    let (path, secret) = parts(&server, &link);
    let digest: String = Sha256::digest(secret).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(server.sql::<String>("SELECT lower(hex(hash)) FROM password_links"), digest);
    assert_eq!(server.sql::<i64>("SELECT (expires_at - created_at) / 3600000000 FROM password_links"), 72);
    server.get(path).send();
    assert_eq!(set(&server, secret, NEW).status, 303);
    server.get("/account/the-last-line").send();
    while !server.log().contains("the-last-line") {
        std::thread::yield_now();
    }
    assert!(!server.log().contains(&secret[4..]) && !server.log().contains(NEW));
    execute(&server, "PRAGMA wal_checkpoint(TRUNCATE)");
    let bytes = std::fs::read(&server.db).unwrap();
    assert!(!bytes.windows(secret.len() - 4).any(|window| window == &secret.as_bytes()[4..]));
}

#[test]
fn two_uses_at_the_same_time_set_one_password() {
    let server = server();
    let link = reset_link(&server);
    let secret = parts(&server, &link).1;
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let uses: Vec<_> = (0..4)
            .map(|n| {
                let server = &server;
                scope.spawn(move || set(server, secret, &format!("password-number-{n}")).status)
            })
            .collect();
        uses.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 303 | 404)), "{statuses:?}");
}

#[test]
fn the_command_line_prints_links() {
    let server = server();
    let base = server.url();
    let cli = |args: &[&str]| server.cli(&[args, &["--base-url", &base]].concat());
    let invited = cli(&["user", "invite", "joe", "--email", "joe@example.com", "--name", "Joe", "--json"]);
    assert!(invited.status.success(), "{invited:?}");
    let invited: Value = serde_json::from_slice(&invited.stdout).unwrap();
    assert_eq!((&invited["username"], &invited["id"]), (&"joe".into(), &4.into()));
    let link = invited["link"].as_str().unwrap();
    assert_eq!(set(&server, parts(&server, link).1, NEW).status, 303);
    Browser::signed_in(&server, ("joe", NEW));
    let printed = cli(&["user", "reset-link", "JANE"]);
    let printed = String::from_utf8(printed.stdout).unwrap();
    let link = printed.lines().next().unwrap();
    assert!(printed.contains("Pass the link on to jane. It works once, until 20"), "{printed}");
    assert_eq!(set(&server, parts(&server, link).1, NEW).status, 303);

    let without = server.cli(&["user", "reset-link", "jane"]);
    assert_eq!(without.status.code(), Some(2), "{without:?}");
    assert!(String::from_utf8_lossy(&without.stderr).contains("--base-url <URL>"), "{without:?}");
    execute(&server, "UPDATE users SET state = 'blocked' WHERE id = 2");
    let blocked = cli(&["user", "reset-link", "jane"]);
    assert_eq!(blocked.status.code(), Some(1), "{blocked:?}");
    assert!(String::from_utf8_lossy(&blocked.stderr).contains("is blocked: a link would not work"), "{blocked:?}");
    assert_eq!(cli(&["user", "invite", "jane", "--email", "x@example.com"]).status.code(), Some(1));
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM password_links"), 0);
}

#[test]
fn the_sign_in_page_says_whom_to_ask() {
    let server = server();
    let page = server.get("/account/sign-in").send();
    assert!(page.body.contains("ask the administrator of this server for a link to set a new one"), "{page:?}");
}
