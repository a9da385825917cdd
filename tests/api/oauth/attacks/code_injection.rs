//! Section 4.5, authorization code injection: a stolen code in the attacker's own session with the application.

use crate::oauth::{
    App, EXAMPLE, PHONE, PKCE, Tokens, VERIFIER, WIKI, WIKI_SECOND, encoded, in_memory, profile, refused,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

const ATTACKERS: &str = "the-verifier-of-the-session-of-the-attacker-with-it";

/// The code is bound to the session that it was made for: the application presents the attacker's verifier with it.
#[test]
fn a_stolen_code_with_the_verifier_of_another_session() {
    let server = in_memory();
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(ATTACKERS));
    for app in [PHONE, WIKI] {
        let stolen = app.code(&server, PKCE);
        let own = app.code(&server, &format!("&code_challenge={challenge}&code_challenge_method=S256"));
        refused(&app.redeem(&server, &stolen, &[("code_verifier", ATTACKERS)]), 400, "invalid_grant");
        refused(&app.redeem(&server, &own, &[("code_verifier", VERIFIER)]), 400, "invalid_grant");
        // Each in its own session is good.
        assert_eq!(app.redeem(&server, &stolen, &[("code_verifier", VERIFIER)]).status, 200);
        assert_eq!(app.redeem(&server, &own, &[("code_verifier", ATTACKERS)]).status, 200);
    }
}

#[test]
fn a_stolen_code_without_a_verifier() {
    let server = in_memory();
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
            refused(&app.redeem(&server, &stolen, more), 400, "invalid_grant");
        }
        assert_eq!(app.redeem(&server, &stolen, &[("code_verifier", VERIFIER)]).status, 200);
    }
}

#[test]
fn a_code_of_another_application() {
    let server = in_memory();
    for (victim, attacker) in [(EXAMPLE, WIKI), (WIKI, EXAMPLE), (PHONE, WIKI), (WIKI, PHONE)] {
        let stolen = victim.code(&server, PKCE);
        refused(&attacker.redeem(&server, &stolen, &[("code_verifier", VERIFIER)]), 400, "invalid_grant");
        // Nor by saying that it is the other.
        let fields =
            [("grant_type", "code"), ("code", stolen.as_str()), ("code_verifier", VERIFIER), ("client_id", victim.id)];
        if let Some(secret) = attacker.secret {
            let answer = server.post("/oauth/token").basic(attacker.id, secret).form(&fields).send();
            refused(&answer, 400, "invalid_request");
        }
        let tokens = Tokens::of(victim.redeem(&server, &stolen, &[("code_verifier", VERIFIER)]));
        assert_eq!(profile(&server, &tokens.access), 200);
    }
}

/// A code that was sent to one callback, presented as if it had come to another.
#[test]
fn a_code_that_was_sent_to_another_callback() {
    let server = in_memory();
    let stolen = WIKI.code(&server, &format!("&redirect_uri={}", encoded(WIKI_SECOND)));
    for more in [&[("redirect_uri", WIKI.uri)][..], &[]] {
        refused(&WIKI.redeem(&server, &stolen, more), 400, "invalid_grant");
    }
    assert_eq!(WIKI.redeem(&server, &stolen, &[("redirect_uri", WIKI_SECOND)]).status, 200);
}

/// Who knows the code and the name of the application lacks its secret.
#[test]
fn a_stolen_code_without_the_secret() {
    let server = in_memory();
    let stolen = WIKI.code(&server, "");
    for app in [App { secret: None, ..WIKI }, App { secret: Some("guessed-secret"), ..WIKI }] {
        refused(&app.redeem(&server, &stolen, &[]), 401, "invalid_client");
    }
    assert_eq!(WIKI.redeem(&server, &stolen, &[]).status, 200);
}
