//! Changes of keys need a sign-in that is not older than ten minutes, or the password again.

use super::{ADMIN, Browser, JANE, assert_page, execute, hidden_field, on_file};

const CONFIRM: &str = "/account/confirm-password";
const TO_CONFIRM: &str = "/account/confirm-password?return_to=%2Faccount%2Fkeys%2Fnew";

/// Makes the sign-in of every browser this many seconds older, or younger.
fn age(server: &crate::harness::Server, seconds: i64) {
    execute(server, &format!("UPDATE web_sessions SET authenticated_at = (unixepoch() - {seconds}) * 1000000"));
}

#[test]
fn an_old_sign_in_is_asked_for_the_password_and_returns() {
    let server = on_file(&[]);
    let mut jane = Browser::signed_in(&server, JANE);
    let csrf = jane.csrf();
    age(&server, 590);
    assert_eq!(jane.get("/account/keys/new").status, 200);
    // A clock that was set back proves nothing.
    for seconds in [601, 100_000, -3600] {
        age(&server, seconds);
        for answer in [jane.get("/account/keys/new"), jane.post("/account/keys/new", &[("csrf", &csrf), ("key", "x")])]
        {
            assert_eq!((answer.status, answer.header("location")), (303, Some(TO_CONFIRM)), "{answer:?}");
        }
        assert_eq!(jane.get("/account/keys").status, 200);
    }
    let page = jane.get(TO_CONFIRM);
    assert_page(&page, 200, "Enter your password");
    assert!(page.body.contains("autocomplete=\"current-password\""), "{page:?}");
    assert_eq!(hidden_field(&page, "return_to"), "/account/keys/new");
    let form = |password| [("csrf", csrf.as_str()), ("return_to", "/account/keys/new"), ("password", password)];
    for wrong in ["", "wrong password", "JANE-PASSWORD", ADMIN] {
        let page = jane.post(CONFIRM, &form(wrong));
        assert_page(&page, 422, "Enter your password");
        assert!(page.body.contains("role=\"alert\">Wrong password.</p>"), "{page:?}");
        assert_eq!(hidden_field(&page, "return_to"), "/account/keys/new");
        assert!(wrong.is_empty() || !page.body.contains(wrong), "{page:?}");
        assert_eq!(jane.get("/account/keys/new").status, 303);
    }
    let answer = jane.post(CONFIRM, &form(JANE.1));
    assert_eq!((answer.status, answer.header("location")), (303, Some("/account/keys/new")));
    assert_eq!(jane.get("/account/keys/new").status, 200);
    let open_redirect = [form(JANE.1)[0], ("return_to", "//evil.example"), ("password", JANE.1)];
    assert_eq!(jane.post(CONFIRM, &open_redirect).header("location"), Some("/account"));
}

#[test]
fn the_password_makes_only_this_session_recent() {
    let server = on_file(&[]);
    let (mut jane, mut other) = (Browser::signed_in(&server, JANE), Browser::signed_in(&server, JANE));
    age(&server, 1000);
    let csrf = jane.csrf();
    assert_eq!(jane.post(CONFIRM, &[("csrf", &csrf), ("password", JANE.1)]).status, 303);
    assert_eq!(jane.get("/account/keys/new").status, 200);
    assert_eq!(other.get("/account/keys/new").status, 303);
    // Without a session, without the form's token.
    let to_sign_in = Browser::new(&server).post(CONFIRM, &[("password", JANE.1)]);
    assert!(to_sign_in.header("location").unwrap().starts_with("/account/sign-in?"), "{to_sign_in:?}");
    assert_page(&other.post(CONFIRM, &[("password", JANE.1)]), 403, "This form has expired");
    assert_eq!(other.get("/account/keys/new").status, 303);
}

#[test]
fn guesses_are_limited() {
    let server = on_file(&["--login-rate", "2/h"]);
    let mut jane = Browser::signed_in(&server, JANE);
    age(&server, 1000);
    let csrf = jane.csrf();
    let mut statuses = Vec::new();
    for password in ["a", "b", "c", JANE.1] {
        statuses.push(jane.post(CONFIRM, &[("csrf", &csrf), ("password", password)]).status);
    }
    assert_eq!(statuses, [422, 422, 429, 429]);
    assert_eq!(jane.get("/account/keys/new").status, 303);
}

#[test]
fn a_session_keeps_the_browser_and_its_address() {
    let server = on_file(&[]);
    let mut browser = Browser::new(&server);
    let csrf = hidden_field(&browser.get("/account/sign-in"), "csrf");
    let long = format!("Mozilla/5.0 <b>\t{}", "x".repeat(1000));
    let form = [("csrf", csrf.as_str()), ("login", JANE.0), ("password", JANE.1)];
    let answer = browser.request("POST", "/account/sign-in").header("User-Agent", &long).form(&form).send();
    assert_eq!(answer.status, 303);
    let (kept, address) = ("SELECT user_agent FROM web_sessions", "SELECT address FROM web_sessions");
    assert_eq!(server.sql::<String>(kept), format!("Mozilla/5.0 <b>{}", "x".repeat(240)));
    assert_eq!(server.sql::<String>(address), "127.0.0.1");
}
