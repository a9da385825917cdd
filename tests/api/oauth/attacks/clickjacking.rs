//! Section 4.16, clickjacking: no other site shows these pages in a frame of its own.

use crate::harness::Answer;
use crate::oauth::browser::Browser;
use crate::oauth::{BOTH, DOCKER, EXAMPLE, PHONE, PKCE, WIKI, ask, encoded, with_pages};

/// The directive on where forms lead.
const HERE: &str = " form-action 'self';";
const AWAY: &str = "";

#[track_caller]
fn is_no_frame(page: &Answer, forms: &str) {
    assert_eq!(page.all("x-frame-options"), ["DENY"], "{page:?}");
    assert_eq!(page.all("x-content-type-options"), ["nosniff"]);
    // An application that opened the page in a window of its own waits there for the callback.
    assert_eq!(page.all("cross-origin-opener-policy"), [""; 0]);
    let expected = format!("default-src 'none'; style-src 'self';{forms} frame-ancestors 'none'; base-uri 'none'");
    assert_eq!(page.all("content-security-policy"), [expected.as_str()]);
}

#[test]
fn the_pages_in_a_frame() {
    let server = with_pages();
    let mut browser = Browser::of(&server, "janedoe", "password");
    is_no_frame(&Browser::new(&server).get("/account/sign-in"), HERE);
    is_no_frame(&browser.get("/account/applications"), HERE);
    for names in BOTH {
        is_no_frame(&ask(&server, names, "client_id=nobody"), HERE);
        // A redirect after the form counts as its action, and so do those by which the application goes on from its
        // callback: which these are, nobody here knows.
        is_no_frame(&browser.asked(names, &WIKI.query("&scope=api")), AWAY);
        is_no_frame(&browser.asked(names, &EXAMPLE.query("&scope=profile_read")), AWAY);
        is_no_frame(&browser.asked(names, &PHONE.query(&format!("{PKCE}&scope=profile_read"))), AWAY);
        let port = format!("{PKCE}&scope=profile_read&redirect_uri={}", encoded("http://127.0.0.1:51004/callback"));
        is_no_frame(&browser.asked(names, &PHONE.query(&port)), AWAY);
    }
    let page = browser.asked(DOCKER, &WIKI.query(""));
    let refused = browser.post(&crate::oauth::browser::action(&page), &[("decision", "allow")]);
    assert_eq!(refused.status, 403);
    is_no_frame(&refused, HERE);
}

/// A page that is drawn over this one cannot lead the user to press Enter: no button has the focus of itself.
#[test]
fn a_key_that_was_meant_for_another_page() {
    let server = with_pages();
    let mut browser = Browser::of(&server, "janedoe", "password");
    let page = browser.asked(DOCKER, &WIKI.query(""));
    assert!(!page.body.contains("autofocus") && !page.body.contains("tabindex"), "{}", page.body);
}
