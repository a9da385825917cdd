//! Section 4.12, the 307 redirect: a browser would post the password or the consent again to where it is sent.

use crate::oauth::browser::{Browser, action, hidden};
use crate::oauth::{BOTH, Back, DOCKER, WIKI, with_pages};

#[test]
fn after_a_form_comes_303() {
    let server = with_pages();
    let mut browser = Browser::new(&server);
    let page = browser.get("/account/sign-in");
    assert_eq!(browser.sign_in(&page, "janedoe", "password").status, 303);
    for names in BOTH {
        for decision in ["allow", "deny"] {
            let page = browser.asked(names, &WIKI.query(""));
            Back::of(&browser.decide(&page, decision), 303);
        }
        // Errors, too.
        let page = browser.asked(names, &WIKI.query(""));
        let wrong = format!("{}&scope=sudo", action(&page));
        let answer = browser.post(&wrong, &[("csrf", &*hidden(&page, "csrf")), ("decision", "allow")]);
        assert_eq!(Back::of(&answer, 303).get("error"), "invalid_scope");
    }
    let answer = server.post(DOCKER.authorize).with_query(&format!("?{}", WIKI.query(""))).send();
    assert_eq!(answer.status, 303, "a browser that has to sign in first posts nothing again");
}

/// RFC 6749 section 4.1.3: what a form of the sign-in held does not go on to the application.
#[test]
fn nothing_that_was_posted_goes_on() {
    let server = with_pages();
    let mut browser = Browser::of(&server, "janedoe", "password");
    let page = browser.asked(DOCKER, &WIKI.query("&state=s"));
    let csrf = hidden(&page, "csrf");
    let fields = [("csrf", csrf.as_str()), ("decision", "allow"), ("password", "password"), ("x", "posted-secret")];
    let answer = browser.post(&action(&page), &fields);
    let location = answer.header("location").unwrap();
    assert_eq!(Back::of(&answer, 303).names(), ["code", "state", "iss"]);
    assert!(!location.contains(&csrf) && !location.contains("password") && !location.contains("posted"), "{location}");
}
