//! The page on which users change their password.

use super::keys::{assert_redirected, problem};
use super::{Browser, JANE, assert_page, execute, hidden_field, on_file};
use crate::harness::{Response, Server};

const PAGE: &str = "/account/password";
const NEW: &str = "a brand new password";

fn change(browser: &mut Browser<'_>, old: &str, new: &str, again: &str) -> Response {
    let csrf = hidden_field(&browser.get(PAGE), "csrf");
    let passwords = [("current_password", old), ("password", new), ("password_confirmation", again)];
    browser.post(PAGE, &[&[("csrf", csrf.as_str())], &passwords[..]].concat())
}

/// Whether the APIs accept a password.
fn works(server: &Server, password: &str) -> bool {
    server.get("/api/v1.1/users/jane/").basic(JANE.0, password).send().status == 200
}

#[test]
fn a_new_password_replaces_the_old_one_and_ends_all_other_sessions() {
    let server = on_file(&[]);
    let (mut jane, mut other) = (Browser::signed_in(&server, JANE), Browser::signed_in(&server, JANE));
    let form = [("login", JANE.0), ("password", JANE.1)];
    let session = server.post("/api/v3/session").form(&form).send().expect(201);
    let session = session["private_token"].as_str().unwrap();
    execute(&server, "UPDATE web_sessions SET authenticated_at = 1");
    let page = jane.get(PAGE);
    assert_page(&page, 200, "Password");
    for part in ["autocomplete=\"username\" readonly", "autocomplete=\"current-password\"", "value=\"jane\""] {
        assert!(page.body.contains(part), "{part}: {page:?}");
    }
    assert_eq!(page.body.matches("autocomplete=\"new-password\"").count(), 2, "{page:?}");
    assert!(works(&server, JANE.1) && server.get("/api/v3/user").private_token(session).send().status == 200);

    assert_redirected(&change(&mut jane, JANE.1, NEW, NEW), PAGE);
    let page = jane.get(PAGE);
    assert!(page.body.contains("Your password was changed, and all other sessions were ended."), "{page:?}");
    jane.assert_signed_in_as("jane");
    other.assert_signed_out();
    assert!(works(&server, NEW) && !works(&server, JANE.1));
    assert_eq!(server.get("/api/v3/user").private_token(session).send().status, 401);
    // The old password was entered, so the session counts as new.
    assert_eq!(jane.get("/account/keys/new").status, 200);
}

#[test]
fn a_wrong_old_password_changes_nothing_and_is_limited_like_a_sign_in() {
    let server = on_file(&["--login-rate", "3/h"]);
    let mut jane = Browser::signed_in(&server, JANE);
    for wrong in ["", "JANE-PASSWORD", super::ADMIN] {
        let page = change(&mut jane, wrong, NEW, NEW);
        assert_page(&page, 422, "Password");
        assert_eq!(problem(&page, "current_password"), "Wrong password.");
        assert!(!page.body.contains(NEW) && (wrong.is_empty() || !page.body.contains(wrong)), "{page:?}");
    }
    let page = change(&mut jane, JANE.1, NEW, NEW);
    assert_page(&page, 429, "Password");
    assert!(page.header("retry-after").is_some(), "{page:?}");
    assert!(problem(&page, "current_password").starts_with("Too many wrong passwords."), "{page:?}");
    // The sign-in page counts with the same limit.
    assert_eq!(Browser::new(&server).sign_in(JANE.0, JANE.1).status, 429);
    jane.assert_signed_in_as("jane");
    let updated = "SELECT count(*) FROM audit_log WHERE event = 'user.updated'";
    assert_eq!(server.sql::<i64>(updated), 0);
}

#[test]
fn a_refused_new_password_costs_no_attempt_and_is_not_repeated() {
    let server = on_file(&["--login-rate", "1/h"]);
    let mut jane = Browser::signed_in(&server, JANE);
    let long = "x".repeat(1025);
    for (new, again, field, words) in [
        ("", "", "password", "New password can't be blank."),
        ("1234567", "1234567", "password", "New password is too short (minimum is 8 characters)."),
        (&long, &long, "password", "New password is too long (maximum is 1024 characters)."),
        ("12345678\u{7}", "12345678\u{7}", "password", "New password cannot contain control characters."),
        (NEW, "another new password", "password_confirmation", "The two new passwords differ."),
        (NEW, "", "password_confirmation", "The two new passwords differ."),
    ] {
        let page = change(&mut jane, "wrong password", new, again);
        assert_page(&page, 422, "Password");
        assert_eq!(problem(&page, field), words);
        for text in [new, again, "wrong password"] {
            assert!(text.is_empty() || !page.body.contains(text), "{page:?}");
        }
    }
    assert!(works(&server, JANE.1));
    assert_redirected(&change(&mut jane, JANE.1, NEW, NEW), PAGE);
}

#[test]
fn a_change_is_in_the_audit_log_without_the_passwords() {
    let server = on_file(&["--log", "debug"]);
    let mut jane = Browser::signed_in(&server, JANE);
    assert_redirected(&change(&mut jane, JANE.1, NEW, NEW), PAGE);
    let logged = "SELECT actor || ' ' || via || ' ' || subject || ' ' || details FROM audit_log
                  WHERE event = 'user.updated'";
    assert_eq!(server.sql::<String>(logged), "jane browser session jane {\"changed\":[\"password\"]}");
    let log = server.log();
    assert!(!log.contains(NEW) && !log.contains(JANE.1), "{log}");
}
