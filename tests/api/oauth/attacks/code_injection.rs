//! Section 4.5, authorization code injection: the attacker uses a stolen code in their own session with the
//! application.

use crate::oauth::{
    Application, EXAMPLE, PHONE, PKCE, Tokens, VERIFIER, WIKI, WIKI_SECOND, assert_error, auto_approving,
    percent_encoded, profile_status,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

const ATTACKERS: &str = "the-verifier-of-the-session-of-the-attacker-with-it";

/// In the attacker's session, the application sends the verifier of that session.
#[test]
fn a_stolen_code_with_the_verifier_of_another_session_is_refused() {
    let server = auto_approving();
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(ATTACKERS));
    for app in [PHONE, WIKI] {
        let stolen = app.code(&server, PKCE);
        let own = app.code(&server, &format!("&code_challenge={challenge}&code_challenge_method=S256"));
        assert_error(&app.exchange(&server, &stolen, &[("code_verifier", ATTACKERS)]), 400, "invalid_grant");
        assert_error(&app.exchange(&server, &own, &[("code_verifier", VERIFIER)]), 400, "invalid_grant");
        // Each code works in its own session.
        assert_eq!(app.exchange(&server, &stolen, &[("code_verifier", VERIFIER)]).status, 200);
        assert_eq!(app.exchange(&server, &own, &[("code_verifier", ATTACKERS)]).status, 200);
    }
}

#[test]
fn a_stolen_code_without_its_verifier_is_refused() {
    let server = auto_approving();
    for app in [PHONE, WIKI] {
        let stolen = app.code(&server, PKCE);
        let short = &VERIFIER[..42];
        let longer = format!("{VERIFIER}A");
        for more in [
            &[][..],
            &[("code_verifier", "")],
            &[("code_challenge", crate::oauth::CHALLENGE)],
            &[("code_verifier", crate::oauth::CHALLENGE)],
            &[("code_verifier", short)],
            &[("code_verifier", &longer)],
            &[("code_verifier", "\0")],
        ] {
            assert_error(&app.exchange(&server, &stolen, more), 400, "invalid_grant");
        }
        assert_eq!(app.exchange(&server, &stolen, &[("code_verifier", VERIFIER)]).status, 200);
    }
}

#[test]
fn a_code_of_another_application_is_refused() {
    let server = auto_approving();
    for (victim, attacker) in [(EXAMPLE, WIKI), (WIKI, EXAMPLE), (PHONE, WIKI), (WIKI, PHONE)] {
        let stolen = victim.code(&server, PKCE);
        assert_error(&attacker.exchange(&server, &stolen, &[("code_verifier", VERIFIER)]), 400, "invalid_grant");
        // The other application's id in the body does not help.
        let fields =
            [("grant_type", "code"), ("code", stolen.as_str()), ("code_verifier", VERIFIER), ("client_id", victim.id)];
        if let Some(secret) = attacker.secret {
            let answer = server.post("/oauth/token").basic(attacker.id, secret).form(&fields).send();
            assert_error(&answer, 400, "invalid_request");
        }
        let tokens = Tokens::of(victim.exchange(&server, &stolen, &[("code_verifier", VERIFIER)]));
        assert_eq!(profile_status(&server, &tokens.access), 200);
    }
}

#[test]
fn a_code_with_another_redirect_uri_is_refused() {
    let server = auto_approving();
    let stolen = WIKI.code(&server, &format!("&redirect_uri={}", percent_encoded(WIKI_SECOND)));
    for more in [&[("redirect_uri", WIKI.uri)][..], &[]] {
        assert_error(&WIKI.exchange(&server, &stolen, more), 400, "invalid_grant");
    }
    assert_eq!(WIKI.exchange(&server, &stolen, &[("redirect_uri", WIKI_SECOND)]).status, 200);
}

/// An attacker may know the code and the client id, but not the secret.
#[test]
fn a_stolen_code_without_the_client_secret_is_refused() {
    let server = auto_approving();
    let stolen = WIKI.code(&server, "");
    for app in [Application { secret: None, ..WIKI }, Application { secret: Some("guessed-secret"), ..WIKI }] {
        assert_error(&app.exchange(&server, &stolen, &[]), 401, "invalid_client");
    }
    assert_eq!(WIKI.exchange(&server, &stolen, &[]).status, 200);
}
