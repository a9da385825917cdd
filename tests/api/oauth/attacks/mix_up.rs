//! Section 4.4, mix-up: an application that knows several servers must be able to tell whose answer it got (RFC 9207).

use crate::oauth::browser::Browser;
use crate::oauth::{BOTH, Back, DOCKER, EXAMPLE, WIKI, ask, in_memory, start, with_pages};

const METADATA: &str = "/.well-known/oauth-authorization-server";

#[test]
fn each_answer_names_the_server_that_it_came_from() {
    let (one, other) = (in_memory(), in_memory());
    for server in [&one, &other] {
        let issuer = server.get(METADATA).send().expect(200)["issuer"].clone();
        assert_eq!(issuer, server.url());
        for names in BOTH {
            for query in [WIKI.query(""), WIKI.query("&scope=sudo"), WIKI.query("&code_challenge=x")] {
                assert_eq!(Back::of(&ask(server, names, &query), 302).get("iss"), issuer, "{query}");
            }
        }
    }
    assert_ne!(one.url(), other.url());
}

#[test]
fn each_answer_of_the_user_does_too() {
    let server = with_pages();
    let mut browser = Browser::of(&server, "janedoe", "password");
    for decision in ["allow", "deny"] {
        let back = Back::of(&browser.decided(&WIKI.query("&state=s"), decision), 303);
        assert_eq!(back.get("iss"), server.url());
    }
}

/// RFC 9207 section 2: exactly the metadata's, path and all.
#[test]
fn the_issuer_is_the_configured_one_character_for_character() {
    for base in ["https://accounts.example.com", "https://example.com/accounts", "https://example.com:8443"] {
        let server = start(true, &["--auto-approve", "janedoe", "--base-url", base]);
        let issuer = server.get(METADATA).send().expect(200)["issuer"].clone();
        assert_eq!(issuer, base);
        // Whatever the caller says of whom it called.
        let call = server.get(DOCKER.authorize).with_query(&format!("?{}", EXAMPLE.query("")));
        let back = Back::of(&call.header("Host", "evil.example").send(), 302);
        assert_eq!(back.get("iss"), base);
        let tokens = WIKI.tokens(&server, "profile_read");
        assert_eq!(WIKI.introspect(&server, &tokens.access).expect(200)["iss"], base);
    }
}

/// An attacker's parameters of the same names stay in the request.
#[test]
fn the_request_cannot_name_another() {
    let server = in_memory();
    let more =
        "&iss=https%3A%2F%2Fevil.example&code=evil&error=evil&state=s%26iss%3Dhttps%3A%2F%2Fevil.example%26code%3Devil";
    let back = Back::of(&ask(&server, DOCKER, &EXAMPLE.query(more)), 302);
    assert_eq!(back.names(), ["code", "state", "iss"]);
    assert_eq!(back.get("iss"), server.url());
    assert!(back.get("code").starts_with("acc_"));
    assert_eq!(back.get("state"), "s&iss=https://evil.example&code=evil");
}

/// A code that the attacker's server was handed is of no use to the attacker at this one.
#[test]
fn a_code_at_the_wrong_token_endpoint() {
    let (honest, other) = (in_memory(), in_memory());
    let code = WIKI.code(&honest, "");
    crate::oauth::refused(&WIKI.redeem(&other, &code, &[]), 400, "invalid_grant");
    assert_eq!(WIKI.redeem(&honest, &code, &[]).status, 200);
}
