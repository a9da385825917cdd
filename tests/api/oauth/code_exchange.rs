//! The exchange of a code for tokens (RFC 6749 section 4.1.3), with PKCE (RFC 7636).

use super::{
    Application, EXAMPLE, PHONE, PHONE_SECOND, PKCE, Tokens, VERIFIER, WIKI, WIKI_SECOND, assert_error, auto_approving,
    auto_approving_on_file, count, execute, percent_encoded, profile_status,
};
use crate::harness::Server;

#[track_caller]
fn assert_invalid_grant(server: &Server, app: Application, code: &str, more: &[(&str, &str)]) {
    assert_error(&app.exchange(server, code, more), 400, "invalid_grant");
}

/// RFC 6749 section 4.1.2: "If an authorization code is used more than once, the authorization server MUST deny the
/// request and SHOULD revoke … all tokens previously issued based on that authorization code."
#[test]
fn reusing_a_code_fails_and_ends_the_tokens_it_issued() {
    for server in [auto_approving(), auto_approving_on_file()] {
        let code = EXAMPLE.code(&server, "");
        let other = EXAMPLE.tokens(&server, "profile_read");
        let first = Tokens::of(EXAMPLE.exchange(&server, &code, &[]));
        let second = Tokens::of(EXAMPLE.refresh(&server, &first.refresh, &[]));
        assert_eq!(profile_status(&server, &second.access), 200);
        assert_invalid_grant(&server, EXAMPLE, &code, &[]);
        assert_eq!(profile_status(&server, &second.access), 401);
        assert_error(&EXAMPLE.refresh(&server, &second.refresh, &[]), 400, "invalid_grant");
        assert_invalid_grant(&server, EXAMPLE, &code, &[]);
        // Tokens of another code still work.
        assert_eq!(profile_status(&server, &other.access), 200);
        assert_eq!(EXAMPLE.refresh(&server, &other.refresh, &[]).status, 200);
    }
}

#[test]
fn an_invalid_reuse_of_a_code_also_ends_its_tokens() {
    let server = auto_approving();
    for more in [[("redirect_uri", "https://evil.example/")], [("code_verifier", VERIFIER)]] {
        let code = EXAMPLE.code(&server, "");
        let tokens = Tokens::of(EXAMPLE.exchange(&server, &code, &[]));
        assert_invalid_grant(&server, EXAMPLE, &code, &more);
        assert_eq!(profile_status(&server, &tokens.access), 401);
    }
}

#[test]
fn an_expired_code_is_refused_and_deleted() {
    let server = auto_approving_on_file();
    let (early, late) = (EXAMPLE.code(&server, ""), EXAMPLE.code(&server, ""));
    let now = jiff::Timestamp::now().as_microsecond();
    execute(&server, &format!("UPDATE authorizations SET expires_at = {} WHERE id = 1", now + 30_000_000));
    execute(&server, &format!("UPDATE authorizations SET expires_at = {now} WHERE id = 2"));
    assert_invalid_grant(&server, EXAMPLE, &late, &[]);
    assert_eq!(EXAMPLE.exchange(&server, &early, &[]).status, 200);
    // Issuing the next code deletes the expired one.
    EXAMPLE.code(&server, "");
    assert_eq!(count(&server, "authorizations"), 2);
}

#[test]
fn the_redirect_uri_must_be_that_of_the_authorization_request() {
    let server = auto_approving();
    let requested = format!("&redirect_uri={}", percent_encoded(WIKI_SECOND));
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
        let code = WIKI.code(&server, &requested);
        assert_invalid_grant(&server, WIKI, &code, wrong);
        // A refusal does not use up the code.
        assert_eq!(WIKI.exchange(&server, &code, &[("redirect_uri", WIKI_SECOND)]).status, 200, "{wrong:?}");
    }
    // Clients of docker.io and GitLab send `redirect_uri` even if the authorization request had none.
    let code = WIKI.code(&server, "");
    assert_invalid_grant(&server, WIKI, &code, &[("redirect_uri", WIKI_SECOND)]);
    assert_eq!(WIKI.exchange(&server, &code, &[("redirect_uri", WIKI.uri)]).status, 200);
}

#[test]
fn the_port_of_a_loopback_redirect_uri_must_match() {
    let server = auto_approving();
    let requested = "http://127.0.0.1:51004/callback";
    let code = PHONE.code(&server, &format!("&redirect_uri={}", percent_encoded(requested)));
    for wrong in ["http://127.0.0.1:51005/callback", PHONE_SECOND, PHONE.uri] {
        assert_invalid_grant(&server, PHONE, &code, &[("redirect_uri", wrong), ("code_verifier", VERIFIER)]);
    }
    assert_eq!(PHONE.exchange(&server, &code, &[("redirect_uri", requested), ("code_verifier", VERIFIER)]).status, 200);
}

#[test]
fn a_code_is_bound_to_its_application() {
    let server = auto_approving();
    let code = WIKI.code(&server, "");
    assert_invalid_grant(&server, EXAMPLE, &code, &[]);
    assert_invalid_grant(&server, PHONE, &code, &[]);
    let tokens = Tokens::of(WIKI.exchange(&server, &code, &[]));
    // A reuse by another application ends no tokens, because anyone could send it.
    assert_invalid_grant(&server, EXAMPLE, &code, &[]);
    assert_invalid_grant(&server, PHONE, &code, &[("code_verifier", VERIFIER)]);
    assert_eq!(profile_status(&server, &tokens.access), 200);
}

#[test]
fn confidential_applications_can_use_pkce() {
    let server = auto_approving();
    for app in [WIKI, PHONE] {
        let code = app.code(&server, &format!("{PKCE}&scope=profile_read"));
        let tokens = Tokens::of(app.exchange(&server, &code, &[("code_verifier", VERIFIER)]));
        assert_eq!(profile_status(&server, &tokens.access), 200);
    }
}

/// RFC 7636 section 4.1.
#[test]
fn a_verifier_is_43_to_128_unreserved_characters() {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    use sha2::{Digest, Sha256};
    let server = auto_approving();
    let exchange = |verifier: &str| {
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
        let code = PHONE.code(&server, &format!("&code_challenge={challenge}&code_challenge_method=S256"));
        PHONE.exchange(&server, &code, &[("code_verifier", verifier)])
    };
    for good in ["a".repeat(43), "a".repeat(128), "-._~".repeat(11)] {
        assert_eq!(exchange(&good).status, 200, "{good}");
    }
    for bad in ["a".repeat(42), "a".repeat(129), format!("{} ", "a".repeat(43)), "é".repeat(43), "a+/=".repeat(11)] {
        assert_error(&exchange(&bad), 400, "invalid_grant");
    }
}

/// An application that requests a code at every sign-in must not fill the database.
#[test]
fn a_user_has_at_most_100_authorizations_per_application() {
    let server = auto_approving_on_file();
    let oldest = EXAMPLE.tokens(&server, "profile_read");
    let other = WIKI.tokens(&server, "profile_read");
    let second = EXAMPLE.tokens(&server, "profile_read");
    for _ in 0..99 {
        EXAMPLE.code(&server, "");
    }
    assert_eq!(count(&server, "authorizations"), 101);
    assert_eq!([&oldest, &second, &other].map(|tokens| profile_status(&server, &tokens.access)), [401, 200, 200]);
}
