//! When a browser is signed in, and when no longer.

use super::super::harness::Server;
use super::{ADMIN, APPLICATIONS, Browser, JACK, JANE, JOHN, execute, hidden, on_file};
use serde_json::json;

#[test]
fn signing_in_makes_one() {
    let server = Server::demo();
    let mut browser = Browser::new(&server);
    browser.is_signed_out();
    assert_eq!(browser.sign_in(JOHN.0, JOHN.1).status, 303);
    browser.is_signed_in_as("john_smith");
    Browser::of(&server, JACK).is_signed_in_as("jack_smith");
    browser.is_signed_in_as("john_smith");
    // Who is signed in has no use for the form.
    let answer = browser.get("/account/sign-in?return_to=%2Faccount%2Fx%3Fy%3Dz");
    assert_eq!((answer.status, answer.header("location")), (303, Some("/account/x?y=z")));
}

#[test]
fn signing_out_ends_it_for_good() {
    let server = on_file(&[]);
    let (mut browser, mut other) = (Browser::of(&server, JANE), Browser::of(&server, JANE));
    let kept = browser.cookies.clone();
    let csrf = browser.csrf();
    let answer = browser.post("/account/sign-out", &[("csrf", &csrf)]);
    assert_eq!((answer.status, answer.header("location")), (303, Some("/account/sign-in")));
    browser.is_signed_out();
    Browser { server: &server, cookies: kept.clone() }.is_signed_out();
    other.is_signed_in_as("jane");
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM web_sessions"), 1);
    // Once more, without a session to be ended.
    let mut again = Browser { server: &server, cookies: kept };
    let answer = again.post("/account/sign-out", &[("csrf", &csrf)]);
    assert_eq!((answer.status, answer.header("location")), (303, Some("/account/sign-in")));
    assert_eq!(Browser::new(&server).post("/account/sign-out", &[]).status, 303);
    other.is_signed_in_as("jane");
}

/// Session fixation: what an attacker planted in the browser before must not be signed in after.
#[test]
fn signing_in_gives_a_new_id_and_ends_the_old() {
    let server = on_file(&[]);
    let planted = format!("acw_{}", "A".repeat(43));
    let mut victim = Browser { server: &server, cookies: vec![("accountd_session".into(), planted.clone())] };
    assert_eq!(victim.sign_in(JANE.0, JANE.1).status, 303);
    assert_ne!(victim.cookie("accountd_session"), planted);
    Browser { server: &server, cookies: vec![("accountd_session".into(), planted)] }.is_signed_out();

    // A session that is the attacker's own: the browser that signs in takes it from them, and gets another.
    let mut attacker = Browser::of(&server, JANE);
    let theirs = attacker.cookie("accountd_session").to_owned();
    let mut victim = Browser { server: &server, cookies: vec![("accountd_session".into(), theirs.clone())] };
    let form = server.get("/account/sign-in").send();
    let csrf = hidden(&form, "csrf");
    victim.take(form);
    let answer = victim.post("/account/sign-in", &[("csrf", &csrf), ("login", JANE.0), ("password", JANE.1)]);
    assert_eq!(answer.status, 303);
    assert_ne!(victim.cookie("accountd_session"), theirs);
    victim.is_signed_in_as("jane");
    attacker.is_signed_out();
    // The form's cookie goes, too: whoever planted that knows the token of the next form.
    assert!(answer.all("set-cookie").iter().any(|cookie| cookie.starts_with("accountd_form=; ")), "{answer:?}");
}

#[test]
fn a_failed_sign_in_ends_nothing() {
    let server = Server::demo();
    let mut john = Browser::of(&server, JOHN);
    let form = server.get("/account/sign-in").send();
    let csrf = hidden(&form, "csrf");
    john.take(form);
    let answer = john.post("/account/sign-in", &[("csrf", &csrf), ("login", JOHN.0), ("password", "wrong password")]);
    assert_eq!(answer.status, 422);
    assert!(!answer.all("set-cookie").iter().any(|cookie| cookie.starts_with("accountd_session")), "{answer:?}");
    john.is_signed_in_as("john_smith");
}

#[test]
fn it_ends_when_its_time_is_over() {
    let server = on_file(&[]);
    let mut browser = Browser::of(&server, JANE);
    let csrf = browser.csrf();
    execute(&server, "UPDATE web_sessions SET expires_at = unixepoch() * 1000000 + 60000000");
    browser.is_signed_in_as("jane");
    execute(&server, "UPDATE web_sessions SET expires_at = unixepoch() * 1000000 - 1");
    browser.is_signed_out();
    let revoke = browser.post("/account/applications/revoke", &[("csrf", &csrf), ("client_id", "one")]);
    assert_eq!((revoke.status, revoke.header("location")), (303, Some(APPLICATIONS)));
    // The next sign-in clears it away.
    let other = Browser::of(&server, JANE);
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM web_sessions"), 1);
    drop(other);
    browser.is_signed_out();
}

#[test]
fn a_user_who_is_blocked_is_out_at_once() {
    let server = on_file(&[]);
    let mut browser = Browser::of(&server, JANE);
    server.put("/api/v3/users/1/block").private(ADMIN).send().expect(200);
    browser.is_signed_out();
    let refused = browser.sign_in(JANE.0, JANE.1);
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("do not go together"), "{refused:?}");
    server.put("/api/v3/users/1/unblock").private(ADMIN).send().expect(200);
    let mut browser = Browser::of(&server, JANE);
    assert!(server.cli(&["user", "block", "jane"]).status.success());
    browser.is_signed_out();
}

#[test]
fn a_new_password_ends_every_session_whoever_sets_it() {
    let server = on_file(&[]);
    let (mut one, mut two) = (Browser::of(&server, JANE), Browser::of(&server, JANE));
    server.put("/api/v3/users/1").private(ADMIN).json(json!({"password": "another-password"})).send().expect(200);
    one.is_signed_out();
    two.is_signed_out();
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM web_sessions"), 0);
    assert_eq!(one.sign_in(JANE.0, JANE.1).status, 422);
    let mut three = Browser::of(&server, (JANE.0, "another-password"));
    three.is_signed_in_as("jane");
    let args = ["user", "password", "jane", "--password-stdin", "--db", server.db.to_str().unwrap()];
    assert!(super::super::harness::run_with_stdin(&args, "a-third-password\n").status.success());
    three.is_signed_out();
}

#[test]
fn a_user_who_is_deleted_leaves_none() {
    let server = on_file(&[]);
    let mut browser = Browser::of(&server, JANE);
    server.delete("/api/v3/users/1").private(ADMIN).send().expect(200);
    browser.is_signed_out();
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM web_sessions"), 0);
}

/// GitLab's `doc/administration/moderate_users.md`: who signs in is active again.
#[test]
fn a_deactivated_user_wakes_up_by_signing_in() {
    let server = on_file(&[]);
    let mut browser = Browser::of(&server, JANE);
    execute(&server, "UPDATE users SET state = 'deactivated' WHERE id = 1");
    browser.is_signed_out();
    assert_eq!(browser.sign_in(JANE.0, JANE.1).status, 303);
    browser.is_signed_in_as("jane");
    assert_eq!(server.sql::<String>("SELECT state FROM users WHERE id = 1"), "active");
}

#[test]
fn sign_ins_are_counted_with_those_of_the_api() {
    let server = on_file(&[]);
    Browser::of(&server, JANE);
    server.post("/api/v3/session").form(&[("login", JANE.0), ("password", JANE.1)]).send().expect(201);
    Browser::of(&server, JANE);
    assert_eq!(server.sql::<i64>("SELECT sign_in_count FROM users WHERE id = 1"), 3);
    let mut browser = Browser::new(&server);
    assert_eq!(browser.sign_in(JANE.0, "wrong password").status, 422);
    assert_eq!(server.sql::<i64>("SELECT sign_in_count FROM users WHERE id = 1"), 3);
}

#[test]
fn a_hundred_are_kept_of_each_user_and_the_oldest_goes() {
    let server = on_file(&[]);
    let mut first = Browser::of(&server, JANE);
    execute(
        &server,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 99)
         INSERT INTO web_sessions
         SELECT randomblob(32), user_id, s.created_at + i, s.expires_at FROM n, web_sessions s;
         INSERT INTO web_sessions SELECT randomblob(32), 2, 0, expires_at FROM web_sessions LIMIT 1;",
    );
    first.is_signed_in_as("jane");
    let mut last = Browser::of(&server, JANE);
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM web_sessions WHERE user_id = 1"), 100);
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM web_sessions WHERE user_id = 2"), 1);
    last.is_signed_in_as("jane");
    first.is_signed_out();
}

#[test]
fn it_outlives_the_server() {
    let mut server = on_file(&[]);
    let kept = Browser::of(&server, JANE).cookies.clone();
    server.stop();
    let folder = tempfile::tempdir().unwrap();
    let again = Server::start_in(folder, &["--db", server.db.to_str().unwrap()]);
    Browser { server: &again, cookies: kept }.is_signed_in_as("jane");
}
