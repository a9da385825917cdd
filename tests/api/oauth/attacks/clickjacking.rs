//! Section 4.16, clickjacking: another site must not show these pages in a frame.

use crate::harness::Response;
use crate::oauth::browser::Browser;
use crate::oauth::{
    BOTH_PATHS, DOCKER, EXAMPLE, PHONE, PKCE, WIKI, percent_encoded, send_authorization, server_with_consent,
};

/// The `form-action` directive of pages whose forms stay on this server, and its absence on others.
const SAME_ORIGIN: &str = " form-action 'self';";
const EXTERNAL: &str = "";

#[track_caller]
fn assert_not_framed(page: &Response, forms: &str) {
    assert_eq!(page.all("x-frame-options"), ["DENY"], "{page:?}");
    assert_eq!(page.all("x-content-type-options"), ["nosniff"]);
    // An application that opened the page in a new window needs its reference to see the callback.
    assert_eq!(page.all("cross-origin-opener-policy"), [""; 0]);
    let expected =
        format!("default-src 'none'; style-src 'self'; img-src 'self';{forms} frame-ancestors 'none'; base-uri 'none'");
    assert_eq!(page.all("content-security-policy"), [expected.as_str()]);
}

#[test]
fn every_page_forbids_framing() {
    let server = server_with_consent();
    let mut browser = Browser::signed_in(&server, "janedoe", "password");
    assert_not_framed(&Browser::new(&server).get("/account/sign-in"), SAME_ORIGIN);
    assert_not_framed(&browser.get("/account/applications"), SAME_ORIGIN);
    for paths in BOTH_PATHS {
        assert_not_framed(&send_authorization(&server, paths, "client_id=nobody"), SAME_ORIGIN);
        // A redirect after the form counts as its action, and so do further redirects by the application, which are not
        // known here.
        assert_not_framed(&browser.consent_page(paths, &WIKI.query("&scope=api")), EXTERNAL);
        assert_not_framed(&browser.consent_page(paths, &EXAMPLE.query("&scope=profile_read")), EXTERNAL);
        assert_not_framed(&browser.consent_page(paths, &PHONE.query(&format!("{PKCE}&scope=profile_read"))), EXTERNAL);
        let port =
            format!("{PKCE}&scope=profile_read&redirect_uri={}", percent_encoded("http://127.0.0.1:51004/callback"));
        assert_not_framed(&browser.consent_page(paths, &PHONE.query(&port)), EXTERNAL);
    }
    let page = browser.consent_page(DOCKER, &WIKI.query(""));
    let refused = browser.post(&crate::oauth::browser::form_action(&page), &[("decision", "allow")]);
    assert_eq!(refused.status, 403);
    assert_not_framed(&refused, SAME_ORIGIN);
}

/// Another page in front of this one could make the user press Enter, which must not press a button here.
#[test]
fn no_button_has_the_focus_initially() {
    let server = server_with_consent();
    let mut browser = Browser::signed_in(&server, "janedoe", "password");
    let page = browser.consent_page(DOCKER, &WIKI.query(""));
    assert!(!page.body.contains("autofocus") && !page.body.contains("tabindex"), "{}", page.body);
}
