//! Section 4.16, clickjacking: no other site shows these pages in a frame of its own.

use crate::harness::Answer;
use crate::oauth::browser::Browser;
use crate::oauth::{BOTH, DOCKER, EXAMPLE, PHONE, PKCE, WIKI, ask, encoded, with_pages};

#[track_caller]
fn is_no_frame(page: &Answer, form_action: &str) {
    assert_eq!(page.all("x-frame-options"), ["DENY"], "{page:?}");
    assert_eq!(page.all("x-content-type-options"), ["nosniff"]);
    assert_eq!(page.all("cross-origin-opener-policy"), ["same-origin"]);
    let expected = format!(
        "default-src 'none'; style-src 'self'; form-action {form_action}; frame-ancestors 'none'; base-uri 'none'"
    );
    assert_eq!(page.all("content-security-policy"), [expected.as_str()]);
}

#[test]
fn the_pages_in_a_frame() {
    let server = with_pages();
    let mut browser = Browser::of(&server, "janedoe", "password");
    is_no_frame(&Browser::new(&server).get("/account/sign-in"), "'self'");
    is_no_frame(&browser.get("/account/applications"), "'self'");
    for names in BOTH {
        is_no_frame(&ask(&server, names, "client_id=nobody"), "'self'");
        // The redirect after the form counts as its action: the callback's origin, and nothing else of the URI.
        is_no_frame(&browser.asked(names, &WIKI.query("&scope=api")), "'self' https://wiki.example");
        is_no_frame(&browser.asked(names, &EXAMPLE.query("&scope=profile_read")), "'self' https://my.app");
        is_no_frame(
            &browser.asked(names, &PHONE.query(&format!("{PKCE}&scope=profile_read"))),
            "'self' com.example.phone:",
        );
        let port = format!("{PKCE}&scope=profile_read&redirect_uri={}", encoded("http://127.0.0.1:51004/callback"));
        is_no_frame(&browser.asked(names, &PHONE.query(&port)), "'self' http://127.0.0.1:51004");
    }
    let page = browser.asked(DOCKER, &WIKI.query(""));
    let refused = browser.post(&crate::oauth::browser::action(&page), &[("decision", "allow")]);
    assert_eq!(refused.status, 403);
    is_no_frame(&refused, "'self'");
}

/// A page that is drawn over this one cannot lead the user to press Enter: no button has the focus of itself.
#[test]
fn a_key_that_was_meant_for_another_page() {
    let server = with_pages();
    let mut browser = Browser::of(&server, "janedoe", "password");
    let page = browser.asked(DOCKER, &WIKI.query(""));
    assert!(!page.body.contains("autofocus") && !page.body.contains("tabindex"), "{}", page.body);
}
