//! Password guessing through the sign-in form.

use super::{Browser, JACK, JOHN, assert_page};
use crate::harness::Server;

/// RFC 6585 section 4: 429, and `Retry-After` in seconds.
#[test]
fn after_too_many_guesses_every_password_is_answered_429() {
    let server = Server::demo_with(&["--login-rate", "2/h"]);
    let mut browser = Browser::new(&server);
    for _ in 0..2 {
        assert_page(&browser.sign_in(JOHN.0, "a-wrong-guess"), 422, "Sign in");
    }
    for password in ["a-wrong-guess", JOHN.1] {
        let limited = browser.sign_in(JOHN.0, password);
        assert_page(&limited, 429, "Sign in");
        let wait: u64 = limited.header("retry-after").unwrap().parse().unwrap();
        // At two per hour, the next attempt is due in half an hour.
        assert!((1..=1800).contains(&wait), "{limited:?}");
        assert!(limited.body.contains("Too many wrong passwords. Please try again in 30 minutes."), "{limited:?}");
        assert!(limited.body.contains("value=\"john_smith\"") && !limited.body.contains(password), "{limited:?}");
        browser.assert_signed_out();
    }
    // SPEC 3: all ways to sign in share one limit per account.
    let basic = server.get("/api/v1.1/users/john_smith/").basic(JOHN.0, JOHN.1).send();
    assert_eq!(basic.status, 429, "{basic:?}");
    Browser::signed_in(&server, JACK).assert_signed_in_as("jack_smith");
}

#[test]
fn an_in_memory_server_has_no_limit_by_default() {
    let server = Server::demo();
    let mut browser = Browser::new(&server);
    for _ in 0..30 {
        assert_page(&browser.sign_in(JOHN.0, "a-wrong-guess"), 422, "Sign in");
    }
    Browser::signed_in(&server, JOHN).assert_signed_in_as("john_smith");
}
