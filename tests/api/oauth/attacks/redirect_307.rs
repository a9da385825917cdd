//! Section 4.12, 307 redirect: after a 307, the browser would send the password or the consent to the application.

use crate::oauth::browser::{Browser, form_action, hidden_field};
use crate::oauth::{BOTH_PATHS, DOCKER, Redirect, WIKI, server_with_consent};

#[test]
fn a_form_is_answered_with_303() {
    let server = server_with_consent();
    let mut browser = Browser::new(&server);
    let page = browser.get("/account/sign-in");
    assert_eq!(browser.sign_in(&page, "janedoe", "password").status, 303);
    for paths in BOTH_PATHS {
        for decision in ["allow", "deny"] {
            let page = browser.consent_page(paths, &WIKI.query(""));
            Redirect::of(&browser.decide(&page, decision), 303);
        }
        // Errors as well.
        let page = browser.consent_page(paths, &WIKI.query(""));
        let wrong = format!("{}&scope=sudo", form_action(&page));
        let answer = browser.post(&wrong, &[("csrf", &*hidden_field(&page, "csrf")), ("decision", "allow")]);
        assert_eq!(Redirect::of(&answer, 303).get("error"), "invalid_scope");
    }
    let answer = server.post(DOCKER.authorize).with_query(&format!("?{}", WIKI.query(""))).send();
    assert_eq!(answer.status, 303, "the form is not posted again to the sign-in page");
}

#[test]
fn posted_fields_are_not_forwarded_to_the_application() {
    let server = server_with_consent();
    let mut browser = Browser::signed_in(&server, "janedoe", "password");
    let page = browser.consent_page(DOCKER, &WIKI.query("&state=s"));
    let csrf = hidden_field(&page, "csrf");
    let fields = [("csrf", csrf.as_str()), ("decision", "allow"), ("password", "password"), ("x", "posted-secret")];
    let answer = browser.post(&form_action(&page), &fields);
    let location = answer.header("location").unwrap();
    assert_eq!(Redirect::of(&answer, 303).names(), ["code", "state", "iss"]);
    assert!(!location.contains(&csrf) && !location.contains("password") && !location.contains("posted"), "{location}");
}
