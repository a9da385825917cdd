//! Section 4.7, cross-site request forgery: of the redirect, which `state` protects, and of the consent form.

use crate::oauth::browser::{Browser, form_action, hidden_field};
use crate::oauth::{
    BOTH_PATHS, DOCKER, Redirect, WIKI, auto_approving, percent_encoded, send_authorization, server_with_consent,
};

/// The application compares the state with the one it sent.
#[test]
fn the_state_is_returned_unchanged() {
    let server = auto_approving();
    for state in [
        "x",
        "a b",
        "a+b",
        "a%20b",
        "%",
        "%%",
        "%25",
        "%41",
        "a&b",
        "a&code=evil",
        "a=b",
        "=",
        "#",
        "a#b",
        "?",
        "/",
        "//",
        ";",
        ",",
        "\"",
        "'",
        "<script>",
        "\\",
        "é",
        "日本語",
        "💥",
        "\u{202e}",
        "\0",
        "\r\nSet-Cookie: evil=1",
        "\t",
        " ",
        "{\"a\":[1]}",
        "eyJhbGciOiJub25lIn0.e30.",
        "https://evil.example/?a=b&c=d#e",
        "null",
        "&",
        "&&",
        "~-._",
        "+",
    ] {
        for paths in BOTH_PATHS {
            let more = format!("&state={}", percent_encoded(state));
            let redirect = Redirect::of(&send_authorization(&server, paths, &WIKI.query(&more)), 302);
            assert_eq!((redirect.names(), redirect.get("state")), (vec!["code", "state", "iss"], state));
            let redirect =
                Redirect::of(&send_authorization(&server, paths, &WIKI.query(&format!("&scope=sudo{more}"))), 302);
            assert_eq!(redirect.get("state"), state);
            // The same state, with every byte percent-encoded (RFC 3986).
            let other: String = state.bytes().map(|byte| format!("%{byte:02x}")).collect();
            let redirect =
                Redirect::of(&send_authorization(&server, paths, &WIKI.query(&format!("&state={other}"))), 302);
            assert_eq!(redirect.get("state"), state);
        }
    }
}

#[test]
fn the_consent_page_returns_the_state_unchanged() {
    let server = server_with_consent();
    let mut browser = Browser::signed_in(&server, "janedoe", "password");
    for state in ["a&b", "a+b", "\"><script>alert(1)</script>", "é💥#%25", "' onload='x", "\r\nX: y"] {
        for decision in ["allow", "deny"] {
            let query = WIKI.query(&format!("&state={}", percent_encoded(state)));
            let page = browser.consent_page(DOCKER, &query);
            assert!(!page.body.contains("<script>") && !page.body.contains("' onload"), "{}", page.body);
            let redirect = Redirect::of(&browser.decide(&page, decision), 303);
            assert_eq!(redirect.get("state"), state);
        }
    }
}

/// The form needs a token that only the page has.
#[test]
fn another_site_cannot_submit_the_consent_form() {
    let server = server_with_consent();
    let mut browser = Browser::signed_in(&server, "janedoe", "password");
    let mut other = Browser::signed_in(&server, "root", "root-password");
    let page = browser.consent_page(DOCKER, &WIKI.query("&scope=api"));
    let others = hidden_field(&other.consent_page(DOCKER, &WIKI.query("&scope=api")), "csrf");
    let before_signing_in = hidden_field(&Browser::new(&server).get("/account/sign-in"), "csrf");
    let csrf = hidden_field(&page, "csrf");
    let shorter = &csrf[1..];
    for fields in [
        &[("decision", "allow")][..],
        &[("decision", "allow"), ("csrf", "")],
        &[("decision", "allow"), ("csrf", "x")],
        &[("decision", "allow"), ("csrf", shorter)],
        &[("decision", "allow"), ("csrf", &others)],
        &[("decision", "allow"), ("csrf", &before_signing_in)],
        &[("decision", "allow"), ("csrf", &csrf), ("csrf", &others)],
        &[("decision", "deny")],
    ] {
        let answer = browser.post(&form_action(&page), fields);
        assert_eq!((answer.status, answer.header("location")), (403, None), "{fields:?}: {answer:?}");
        assert!(!answer.body.contains("acc_"));
    }
    // Even with the right token it is refused if the browser names another site.
    let good = [("decision", "allow"), ("csrf", csrf.as_str())];
    for header in [
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
    ] {
        let answer = browser.post_with(&form_action(&page), &good, &[header]);
        assert_eq!((answer.status, answer.header("location")), (403, None), "{header:?}: {answer:?}");
    }
    let own = [("Origin", server.url()), ("Sec-Fetch-Site", "same-origin".into())];
    let own: Vec<_> = own.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(Redirect::of(&browser.post_with(&form_action(&page), &good, &own), 303).names(), ["code", "iss"]);
}

#[test]
fn a_link_cannot_give_consent() {
    let server = server_with_consent();
    let mut browser = Browser::signed_in(&server, "janedoe", "password");
    let page = browser.consent_page(DOCKER, &WIKI.query(""));
    let csrf = hidden_field(&page, "csrf");
    let forged = browser
        .consent_page(DOCKER, &WIKI.query(&format!("&decision=allow&csrf={csrf}&approval_prompt=auto&prompt=none")));
    assert!(!forged.body.contains("acc_"), "{}", forged.body);
    let answer = browser.post(&format!("{}?{}&decision=allow&csrf={csrf}", DOCKER.authorize, WIKI.query("")), &[]);
    assert_eq!((answer.status, answer.header("location")), (403, None));
}
