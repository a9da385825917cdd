//! Guessing passwords through the form.

use super::super::harness::Server;
use super::{Browser, JACK, JOHN, is_page};

/// RFC 6585 section 4: 429, and `Retry-After` in seconds.
#[test]
fn who_guesses_is_told_to_come_back_whatever_the_password() {
    let server = Server::demo_with(&["--login-rate", "2/h"]);
    let mut browser = Browser::new(&server);
    for _ in 0..2 {
        is_page(&browser.sign_in(JOHN.0, "a-wrong-guess"), 422, "Sign in");
    }
    for password in ["a-wrong-guess", JOHN.1] {
        let limited = browser.sign_in(JOHN.0, password);
        is_page(&limited, 429, "Sign in");
        let wait: u64 = limited.header("retry-after").unwrap().parse().unwrap();
        // Two an hour are one in half an hour.
        assert!((1..=1800).contains(&wait), "{limited:?}");
        assert!(limited.body.contains("Too many wrong passwords. Please try again in 30 minutes."), "{limited:?}");
        assert!(limited.body.contains("value=\"john_smith\"") && !limited.body.contains(password), "{limited:?}");
        browser.is_signed_out();
    }
    // The door is one with the others: SPEC 3 has one account behind all of them.
    let basic = server.get("/api/v1.1/users/john_smith/").basic(JOHN.0, JOHN.1).send();
    assert_eq!(basic.status, 429, "{basic:?}");
    Browser::of(&server, JACK).is_signed_in_as("jack_smith");
}

#[test]
fn in_memory_nobody_is_slowed_down_unless_it_is_said() {
    let server = Server::demo();
    let mut browser = Browser::new(&server);
    for _ in 0..30 {
        is_page(&browser.sign_in(JOHN.0, "a-wrong-guess"), 422, "Sign in");
    }
    Browser::of(&server, JOHN).is_signed_in_as("john_smith");
}
