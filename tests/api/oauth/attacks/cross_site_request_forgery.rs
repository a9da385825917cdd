//! Section 4.7, cross-site request forgery: on the redirect, which `state` protects, and on the consent itself.

use crate::oauth::browser::{Browser, action, hidden};
use crate::oauth::{BOTH, Back, DOCKER, WIKI, ask, encoded, in_memory, with_pages};

/// An application compares the state with its own: it must come back as it went.
#[test]
fn the_state_comes_back_exactly() {
    let server = in_memory();
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
        for names in BOTH {
            let more = format!("&state={}", encoded(state));
            let back = Back::of(&ask(&server, names, &WIKI.query(&more)), 302);
            assert_eq!((back.names(), back.get("state")), (vec!["code", "state", "iss"], state));
            let back = Back::of(&ask(&server, names, &WIKI.query(&format!("&scope=sudo{more}"))), 302);
            assert_eq!(back.get("state"), state);
            // Encoded by the other rule (RFC 3986), it is the same.
            let other: String = state.bytes().map(|byte| format!("%{byte:02x}")).collect();
            let back = Back::of(&ask(&server, names, &WIKI.query(&format!("&state={other}"))), 302);
            assert_eq!(back.get("state"), state);
        }
    }
}

#[test]
fn the_state_comes_back_exactly_from_the_page() {
    let server = with_pages();
    let mut browser = Browser::of(&server, "janedoe", "password");
    for state in ["a&b", "a+b", "\"><script>alert(1)</script>", "é💥#%25", "' onload='x", "\r\nX: y"] {
        for decision in ["allow", "deny"] {
            let query = WIKI.query(&format!("&state={}", encoded(state)));
            let page = browser.asked(DOCKER, &query);
            assert!(!page.body.contains("<script>") && !page.body.contains("' onload"), "{}", page.body);
            let back = Back::of(&browser.decide(&page, decision), 303);
            assert_eq!(back.get("state"), state);
        }
    }
}

/// Another site cannot say yes for the user: the form needs what only the page has.
#[test]
fn a_consent_from_another_site() {
    let server = with_pages();
    let mut browser = Browser::of(&server, "janedoe", "password");
    let mut other = Browser::of(&server, "root", "root-password");
    let page = browser.asked(DOCKER, &WIKI.query("&scope=api"));
    let others = hidden(&other.asked(DOCKER, &WIKI.query("&scope=api")), "csrf");
    let before_signing_in = hidden(&Browser::new(&server).get("/account/sign-in"), "csrf");
    let csrf = hidden(&page, "csrf");
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
        let answer = browser.post(&action(&page), fields);
        assert_eq!((answer.status, answer.header("location")), (403, None), "{fields:?}: {answer:?}");
        assert!(!answer.body.contains("acc_"));
    }
    // Not even with the right one, if the browser says where it comes from.
    let good = [("decision", "allow"), ("csrf", csrf.as_str())];
    for header in [
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
    ] {
        let answer = browser.post_with(&action(&page), &good, &[header]);
        assert_eq!((answer.status, answer.header("location")), (403, None), "{header:?}: {answer:?}");
    }
    let own = [("Origin", server.url()), ("Sec-Fetch-Site", "same-origin".into())];
    let own: Vec<_> = own.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(Back::of(&browser.post_with(&action(&page), &good, &own), 303).names(), ["code", "iss"]);
}

/// A link does nothing but ask, whatever it says.
#[test]
fn a_consent_by_a_link() {
    let server = with_pages();
    let mut browser = Browser::of(&server, "janedoe", "password");
    let page = browser.asked(DOCKER, &WIKI.query(""));
    let csrf = hidden(&page, "csrf");
    let forged =
        browser.asked(DOCKER, &WIKI.query(&format!("&decision=allow&csrf={csrf}&approval_prompt=auto&prompt=none")));
    assert!(!forged.body.contains("acc_"), "{}", forged.body);
    let answer = browser.post(&format!("{}?{}&decision=allow&csrf={csrf}", DOCKER.authorize, WIKI.query("")), &[]);
    assert_eq!((answer.status, answer.header("location")), (403, None));
}
