//! Section 4.4, mix-up: an application that uses several servers must know which one a redirect comes from (RFC 9207).

use crate::oauth::browser::Browser;
use crate::oauth::{
    BOTH_PATHS, DOCKER, EXAMPLE, Redirect, WIKI, auto_approving, send_authorization, server_with_consent, start,
};

const METADATA: &str = "/.well-known/oauth-authorization-server";

#[test]
fn every_redirect_contains_the_issuer() {
    let (one, other) = (auto_approving(), auto_approving());
    for server in [&one, &other] {
        let issuer = server.get(METADATA).send().expect(200)["issuer"].clone();
        assert_eq!(issuer, server.url());
        for paths in BOTH_PATHS {
            for query in [WIKI.query(""), WIKI.query("&scope=sudo"), WIKI.query("&code_challenge=x")] {
                assert_eq!(Redirect::of(&send_authorization(server, paths, &query), 302).get("iss"), issuer, "{query}");
            }
        }
    }
    assert_ne!(one.url(), other.url());
}

#[test]
fn redirects_of_the_consent_page_contain_the_issuer() {
    let server = server_with_consent();
    let mut browser = Browser::signed_in(&server, "janedoe", "password");
    for decision in ["allow", "deny"] {
        let redirect = Redirect::of(&browser.consent(&WIKI.query("&state=s"), decision), 303);
        assert_eq!(redirect.get("iss"), server.url());
    }
}

/// RFC 9207 section 2: it is identical to the issuer of the metadata, including its path.
#[test]
fn the_issuer_is_exactly_the_base_url() {
    for base in ["https://accounts.example.com", "https://example.com/accounts", "https://example.com:8443"] {
        let server = start(true, &["--auto-approve", "janedoe", "--base-url", base]);
        let issuer = server.get(METADATA).send().expect(200)["issuer"].clone();
        assert_eq!(issuer, base);
        // The Host header does not change it.
        let call = server.get(DOCKER.authorize).with_query(&format!("?{}", EXAMPLE.query("&scope=sudo")));
        let redirect = Redirect::of(&call.header("Host", "evil.example").send(), 302);
        assert_eq!(redirect.get("iss"), base);
        let tokens = WIKI.tokens(&server, "profile_read");
        assert_eq!(WIKI.introspect(&server, &tokens.access).expect(200)["iss"], base);
    }
}

/// Without a base URL too. The metadata and the redirect would otherwise send an application to the attacker's server.
#[test]
fn a_foreign_host_header_is_not_the_issuer() {
    let server = auto_approving();
    for host in ["evil.example", "localhost.evil.example", "192.0.2.1"] {
        let metadata = server.get(METADATA).header("Host", host).send();
        assert!(!metadata.body.contains(host), "{metadata:?}");
        assert_eq!(metadata.expect(200)["issuer"], server.url());
        let tokens = WIKI.tokens(&server, "profile_read");
        let call = WIKI.call(&server, DOCKER.introspect, &[("token", &*tokens.access)]).header("Host", host);
        assert_eq!(call.send().expect(200)["iss"], server.url());
    }
    let consenting = server_with_consent();
    let query = format!("?{}", WIKI.query("&scope=sudo"));
    let call = consenting.get(DOCKER.authorize).with_query(&query).header("Host", "evil.example");
    assert_eq!(Redirect::of(&call.send(), 302).get("iss"), consenting.url());
    // Loopback has many names, and a tunnel another port.
    for host in ["localhost:1234", "127.0.0.2"] {
        let metadata = server.get(METADATA).header("Host", host).send().expect(200);
        assert_eq!(metadata["issuer"], format!("http://{host}"));
    }
}

/// Parameters of the request do not appear in the redirect.
#[test]
fn the_request_cannot_change_the_issuer() {
    let server = auto_approving();
    let more =
        "&iss=https%3A%2F%2Fevil.example&code=evil&error=evil&state=s%26iss%3Dhttps%3A%2F%2Fevil.example%26code%3Devil";
    let redirect = Redirect::of(&send_authorization(&server, DOCKER, &EXAMPLE.query(more)), 302);
    assert_eq!(redirect.names(), ["code", "state", "iss"]);
    assert_eq!(redirect.get("iss"), server.url());
    assert!(redirect.get("code").starts_with("acc_"));
    assert_eq!(redirect.get("state"), "s&iss=https://evil.example&code=evil");
}

/// A code that was sent to the token endpoint of the wrong server is not valid there.
#[test]
fn a_code_of_another_server_is_refused() {
    let (honest, other) = (auto_approving(), auto_approving());
    let code = WIKI.code(&honest, "");
    crate::oauth::assert_error(&WIKI.exchange(&other, &code, &[]), 400, "invalid_grant");
    assert_eq!(WIKI.exchange(&honest, &code, &[]).status, 200);
}
