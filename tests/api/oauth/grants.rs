//! What a code is good for (RFC 6749 section 4.1.3), and the proof of who asked for it (RFC 7636).

use super::{
    App, EXAMPLE, PHONE, PHONE_SECOND, PKCE, Tokens, VERIFIER, WIKI, WIKI_SECOND, change, count, encoded, in_memory,
    on_file, profile, refused,
};
use crate::harness::Server;

#[track_caller]
fn spent(server: &Server, app: App, code: &str, more: &[(&str, &str)]) {
    refused(&app.redeem(server, code, more), 400, "invalid_grant");
}

/// RFC 6749 section 4.1.2: "If an authorization code is used more than once, the authorization server MUST deny the
/// request and SHOULD revoke … all tokens previously issued based on that authorization code."
#[test]
fn a_code_is_good_once_and_its_reuse_ends_what_came_of_it() {
    for server in [in_memory(), on_file()] {
        let code = EXAMPLE.code(&server, "");
        let other = EXAMPLE.tokens(&server, "profile_read");
        let first = Tokens::of(EXAMPLE.redeem(&server, &code, &[]));
        let second = Tokens::of(EXAMPLE.refresh(&server, &first.refresh, &[]));
        assert_eq!(profile(&server, &second.access), 200);
        spent(&server, EXAMPLE, &code, &[]);
        assert_eq!(profile(&server, &second.access), 401);
        refused(&EXAMPLE.refresh(&server, &second.refresh, &[]), 400, "invalid_grant");
        spent(&server, EXAMPLE, &code, &[]);
        // What came of another code stays.
        assert_eq!(profile(&server, &other.access), 200);
        assert_eq!(EXAMPLE.refresh(&server, &other.refresh, &[]).status, 200);
    }
}

/// Even if the reuse would not have been good for other reasons.
#[test]
fn a_reuse_with_something_wrong_is_one_too() {
    let server = in_memory();
    for more in [[("redirect_uri", "https://evil.example/")], [("code_verifier", VERIFIER)]] {
        let code = EXAMPLE.code(&server, "");
        let tokens = Tokens::of(EXAMPLE.redeem(&server, &code, &[]));
        spent(&server, EXAMPLE, &code, &more);
        assert_eq!(profile(&server, &tokens.access), 401);
    }
}

#[test]
fn a_code_ends_after_60_seconds() {
    let server = on_file();
    let (early, late) = (EXAMPLE.code(&server, ""), EXAMPLE.code(&server, ""));
    let now = jiff::Timestamp::now().as_microsecond();
    change(&server, &format!("UPDATE authorizations SET expires_at = {} WHERE id = 1", now + 30_000_000));
    change(&server, &format!("UPDATE authorizations SET expires_at = {now} WHERE id = 2"));
    spent(&server, EXAMPLE, &late, &[]);
    assert_eq!(EXAMPLE.redeem(&server, &early, &[]).status, 200);
    // The next code that is made clears away what has ended.
    EXAMPLE.code(&server, "");
    assert_eq!(count(&server, "authorizations"), 2);
}

#[test]
fn a_code_comes_back_with_the_redirect_uri_of_its_request() {
    let server = in_memory();
    let asked = format!("&redirect_uri={}", encoded(WIKI_SECOND));
    for wrong in [
        &[][..],
        &[("redirect_uri", "")],
        &[("redirect_uri", WIKI.uri)],
        &[("redirect_uri", "https://wiki.example/second")],
        &[("redirect_uri", "https://wiki.example/second?tenant=2")],
        &[("redirect_uri", "https://wiki.example/second?tenant=1&")],
        &[("redirect_uri", "HTTPS://wiki.example/second?tenant=1")],
        &[("redirect_uri", "https://evil.example/")],
    ] {
        let code = WIKI.code(&server, &asked);
        spent(&server, WIKI, &code, wrong);
        // A refusal does not spend it.
        assert_eq!(WIKI.redeem(&server, &code, &[("redirect_uri", WIKI_SECOND)]).status, 200, "{wrong:?}");
    }
    // docker.io's and GitLab's clients send it whether their request had it or not.
    let code = WIKI.code(&server, "");
    spent(&server, WIKI, &code, &[("redirect_uri", WIKI_SECOND)]);
    assert_eq!(WIKI.redeem(&server, &code, &[("redirect_uri", WIKI.uri)]).status, 200);
}

#[test]
fn the_port_on_loopback_is_part_of_the_request() {
    let server = in_memory();
    let asked = "http://127.0.0.1:51004/callback";
    let code = PHONE.code(&server, &format!("&redirect_uri={}", encoded(asked)));
    for wrong in ["http://127.0.0.1:51005/callback", PHONE_SECOND, PHONE.uri] {
        spent(&server, PHONE, &code, &[("redirect_uri", wrong), ("code_verifier", VERIFIER)]);
    }
    assert_eq!(PHONE.redeem(&server, &code, &[("redirect_uri", asked), ("code_verifier", VERIFIER)]).status, 200);
}

#[test]
fn a_code_is_its_own_applications() {
    let server = in_memory();
    let code = WIKI.code(&server, "");
    spent(&server, EXAMPLE, &code, &[]);
    spent(&server, PHONE, &code, &[]);
    let tokens = Tokens::of(WIKI.redeem(&server, &code, &[]));
    // Another's attempt with a code that was used ends nothing: it could be anybody's.
    spent(&server, EXAMPLE, &code, &[]);
    spent(&server, PHONE, &code, &[("code_verifier", VERIFIER)]);
    assert_eq!(profile(&server, &tokens.access), 200);
}

#[test]
fn pkce_is_for_applications_with_a_secret_too() {
    let server = in_memory();
    for app in [WIKI, PHONE] {
        let code = app.code(&server, &format!("{PKCE}&scope=profile_read"));
        let tokens = Tokens::of(app.redeem(&server, &code, &[("code_verifier", VERIFIER)]));
        assert_eq!(profile(&server, &tokens.access), 200);
    }
}

/// RFC 7636 section 4.1: 43 to 128 unreserved characters.
#[test]
fn a_verifier_is_43_to_128_unreserved_characters() {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    use sha2::{Digest, Sha256};
    let server = in_memory();
    let redeem = |verifier: &str| {
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
        let code = PHONE.code(&server, &format!("&code_challenge={challenge}&code_challenge_method=S256"));
        PHONE.redeem(&server, &code, &[("code_verifier", verifier)])
    };
    for good in ["a".repeat(43), "a".repeat(128), "-._~".repeat(11)] {
        assert_eq!(redeem(&good).status, 200, "{good}");
    }
    for bad in ["a".repeat(42), "a".repeat(129), format!("{} ", "a".repeat(43)), "é".repeat(43), "a+/=".repeat(11)] {
        refused(&redeem(&bad), 400, "invalid_grant");
    }
}

/// An application that asks at every sign-in must not fill the database.
#[test]
fn of_one_user_and_application_the_100_newest_consents_live() {
    let server = on_file();
    let oldest = EXAMPLE.tokens(&server, "profile_read");
    let other = WIKI.tokens(&server, "profile_read");
    let second = EXAMPLE.tokens(&server, "profile_read");
    for _ in 0..99 {
        EXAMPLE.code(&server, "");
    }
    assert_eq!(count(&server, "authorizations"), 101);
    assert_eq!([&oldest, &second, &other].map(|tokens| profile(&server, &tokens.access)), [401, 200, 200]);
}
