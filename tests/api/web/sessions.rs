//! How sessions begin and end.

use super::{ADMIN, Browser, JACK, JANE, JOHN, execute, hidden_field, on_file};
use crate::harness::Server;
use serde_json::json;

#[test]
fn signing_in_starts_a_session() {
    let server = Server::demo();
    let mut browser = Browser::new(&server);
    browser.assert_signed_out();
    assert_eq!(browser.sign_in(JOHN.0, JOHN.1).status, 303);
    browser.assert_signed_in_as("john_smith");
    Browser::signed_in(&server, JACK).assert_signed_in_as("jack_smith");
    browser.assert_signed_in_as("john_smith");
    // The sign-in page redirects a user who is signed in.
    let answer = browser.get("/account/sign-in?return_to=%2Faccount%2Fx%3Fy%3Dz");
    assert_eq!((answer.status, answer.header("location")), (303, Some("/account/x?y=z")));
}

#[test]
fn signing_out_ends_the_session_on_the_server() {
    let server = on_file(&[]);
    let (mut browser, mut other) = (Browser::signed_in(&server, JANE), Browser::signed_in(&server, JANE));
    let cookies = browser.cookies.clone();
    let csrf = browser.csrf();
    let answer = browser.post("/account/sign-out", &[("csrf", &csrf)]);
    assert_eq!((answer.status, answer.header("location")), (303, Some("/account/sign-in")));
    browser.assert_signed_out();
    Browser { server: &server, cookies: cookies.clone() }.assert_signed_out();
    other.assert_signed_in_as("jane");
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM web_sessions"), 1);
    // Signing out again, without a session.
    let mut again = Browser { server: &server, cookies };
    let answer = again.post("/account/sign-out", &[("csrf", &csrf)]);
    assert_eq!((answer.status, answer.header("location")), (303, Some("/account/sign-in")));
    assert_eq!(Browser::new(&server).post("/account/sign-out", &[]).status, 303);
    other.assert_signed_in_as("jane");
}

/// Session fixation: a cookie that an attacker set in the browser must not become that of the session.
#[test]
fn signing_in_replaces_the_session_cookie_and_ends_the_old_session() {
    let server = on_file(&[]);
    let planted = format!("acw_{}", "A".repeat(43));
    let mut victim = Browser { server: &server, cookies: vec![("accountd_session".into(), planted.clone())] };
    assert_eq!(victim.sign_in(JANE.0, JANE.1).status, 303);
    assert_ne!(victim.cookie("accountd_session"), planted);
    Browser { server: &server, cookies: vec![("accountd_session".into(), planted)] }.assert_signed_out();

    // A session of the attacker's own: signing in with its cookie ends it, and starts another.
    let mut attacker = Browser::signed_in(&server, JANE);
    let attackers = attacker.cookie("accountd_session").to_owned();
    let mut victim = Browser { server: &server, cookies: vec![("accountd_session".into(), attackers.clone())] };
    let form = server.get("/account/sign-in").send();
    let csrf = hidden_field(&form, "csrf");
    victim.store_cookies(form);
    let answer = victim.post("/account/sign-in", &[("csrf", &csrf), ("login", JANE.0), ("password", JANE.1)]);
    assert_eq!(answer.status, 303);
    assert_ne!(victim.cookie("accountd_session"), attackers);
    victim.assert_signed_in_as("jane");
    attacker.assert_signed_out();
    // The form's cookie is deleted too: an attacker who set it would know the token of the next form.
    assert!(answer.all("set-cookie").iter().any(|cookie| cookie.starts_with("accountd_form=; ")), "{answer:?}");
}

#[test]
fn a_failed_sign_in_keeps_the_current_session() {
    let server = Server::demo();
    let mut john = Browser::signed_in(&server, JOHN);
    let form = server.get("/account/sign-in").send();
    let csrf = hidden_field(&form, "csrf");
    john.store_cookies(form);
    let answer = john.post("/account/sign-in", &[("csrf", &csrf), ("login", JOHN.0), ("password", "wrong password")]);
    assert_eq!(answer.status, 422);
    assert!(!answer.all("set-cookie").iter().any(|cookie| cookie.starts_with("accountd_session")), "{answer:?}");
    john.assert_signed_in_as("john_smith");
}

#[test]
fn a_session_expires() {
    let server = on_file(&[]);
    let mut browser = Browser::signed_in(&server, JANE);
    let csrf = browser.csrf();
    execute(&server, "UPDATE web_sessions SET expires_at = unixepoch() * 1000000 + 60000000");
    browser.assert_signed_in_as("jane");
    execute(&server, "UPDATE web_sessions SET expires_at = unixepoch() * 1000000 - 1");
    browser.assert_signed_out();
    let revoke = browser.post("/account/applications/revoke", &[("csrf", &csrf), ("client_id", "one")]);
    let to = "/account/sign-in?return_to=%2Faccount%2Fapplications%2Frevoke";
    assert_eq!((revoke.status, revoke.header("location")), (303, Some(to)));
    // The next sign-in deletes the expired session.
    let other = Browser::signed_in(&server, JANE);
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM web_sessions"), 1);
    drop(other);
    browser.assert_signed_out();
}

#[test]
fn blocking_a_user_ends_their_sessions() {
    let server = on_file(&[]);
    let mut browser = Browser::signed_in(&server, JANE);
    server.put("/api/v3/users/1/block").private_token(ADMIN).send().expect(200);
    browser.assert_signed_out();
    let refused = browser.sign_in(JANE.0, JANE.1);
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("Wrong user name or password."), "{refused:?}");
    server.put("/api/v3/users/1/unblock").private_token(ADMIN).send().expect(200);
    let mut browser = Browser::signed_in(&server, JANE);
    assert!(server.cli(&["user", "block", "jane"]).status.success());
    browser.assert_signed_out();
}

#[test]
fn a_new_password_ends_all_sessions_of_the_user() {
    let server = on_file(&[]);
    let (mut one, mut two) = (Browser::signed_in(&server, JANE), Browser::signed_in(&server, JANE));
    server.put("/api/v3/users/1").private_token(ADMIN).json(json!({"password": "another-password"})).send().expect(200);
    one.assert_signed_out();
    two.assert_signed_out();
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM web_sessions"), 0);
    assert_eq!(one.sign_in(JANE.0, JANE.1).status, 422);
    let mut three = Browser::signed_in(&server, (JANE.0, "another-password"));
    three.assert_signed_in_as("jane");
    let args = ["user", "password", "jane", "--password-stdin", "--db", server.db.to_str().unwrap()];
    assert!(crate::harness::run_with_stdin(&args, "a-third-password\n").status.success());
    three.assert_signed_out();
}

#[test]
fn deleting_a_user_deletes_their_sessions() {
    let server = on_file(&[]);
    let mut browser = Browser::signed_in(&server, JANE);
    server.delete("/api/v3/users/1").private_token(ADMIN).send().expect(200);
    browser.assert_signed_out();
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM web_sessions"), 0);
}

/// GitLab's `doc/administration/moderate_users.md`: a deactivated user becomes active by signing in.
#[test]
fn a_deactivated_user_becomes_active_by_signing_in() {
    let server = on_file(&[]);
    let mut browser = Browser::signed_in(&server, JANE);
    execute(&server, "UPDATE users SET state = 'deactivated' WHERE id = 1");
    browser.assert_signed_out();
    assert_eq!(browser.sign_in(JANE.0, JANE.1).status, 303);
    browser.assert_signed_in_as("jane");
    assert_eq!(server.sql::<String>("SELECT state FROM users WHERE id = 1"), "active");
}

#[test]
fn sign_ins_on_the_page_and_the_api_share_one_counter() {
    let server = on_file(&[]);
    Browser::signed_in(&server, JANE);
    server.post("/api/v3/session").form(&[("login", JANE.0), ("password", JANE.1)]).send().expect(201);
    Browser::signed_in(&server, JANE);
    assert_eq!(server.sql::<i64>("SELECT sign_in_count FROM users WHERE id = 1"), 3);
    let mut browser = Browser::new(&server);
    assert_eq!(browser.sign_in(JANE.0, "wrong password").status, 422);
    assert_eq!(server.sql::<i64>("SELECT sign_in_count FROM users WHERE id = 1"), 3);
}

#[test]
fn a_user_has_at_most_a_hundred_sessions_and_loses_the_oldest() {
    let server = on_file(&[]);
    let mut first = Browser::signed_in(&server, JANE);
    execute(
        &server,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 99)
         INSERT INTO web_sessions (hash, user_id, created_at, expires_at)
         SELECT randomblob(32), user_id, s.created_at + i, s.expires_at FROM n, web_sessions s;
         INSERT INTO web_sessions (hash, user_id, created_at, expires_at) SELECT randomblob(32), 2, 0, expires_at FROM web_sessions LIMIT 1;",
    );
    first.assert_signed_in_as("jane");
    let mut last = Browser::signed_in(&server, JANE);
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM web_sessions WHERE user_id = 1"), 100);
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM web_sessions WHERE user_id = 2"), 1);
    last.assert_signed_in_as("jane");
    first.assert_signed_out();
}

#[test]
fn a_session_survives_a_restart() {
    let mut server = on_file(&[]);
    let cookies = Browser::signed_in(&server, JANE).cookies.clone();
    server.stop();
    let folder = tempfile::tempdir().unwrap();
    let restarted = Server::start_in(folder, &["--db", server.db.to_str().unwrap()]);
    Browser { server: &restarted, cookies }.assert_signed_in_as("jane");
}
