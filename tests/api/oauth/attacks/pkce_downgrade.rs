//! Section 4.8, PKCE downgrade: the attacker takes the challenge out of the request, or makes it a plain one.

use crate::oauth::{
    BOTH, Back, CHALLENGE, DOCKER, PHONE, PKCE, VERIFIER, WIKI, ask, count, in_memory, on_file, refused, sent_back,
};

/// Section 4.8.2: "if there was no code_challenge in the authorization request, … a request to the token endpoint
/// containing a code_verifier parameter" is rejected.
#[test]
fn a_verifier_without_a_challenge() {
    let server = in_memory();
    let code = WIKI.code(&server, "");
    for verifier in [VERIFIER, "x", CHALLENGE] {
        refused(&WIKI.redeem(&server, &code, &[("code_verifier", verifier)]), 400, "invalid_grant");
    }
    assert_eq!(WIKI.redeem(&server, &code, &[]).status, 200);
}

#[test]
fn a_public_client_without_a_challenge() {
    let server = on_file();
    for names in BOTH {
        for more in ["", "&code_challenge=", "&code_challenge_method=S256", "&code_challenge_method=plain"] {
            let query = PHONE.query(&format!("&scope=profile_read{more}"));
            sent_back(&server, &ask(&server, names, &query), PHONE, "invalid_request");
        }
    }
    assert_eq!(count(&server, "authorizations"), 0);
}

#[test]
fn a_plain_challenge() {
    let server = on_file();
    for names in BOTH {
        for app in [PHONE, WIKI] {
            for method in
                ["&code_challenge_method=plain", "", "&code_challenge_method=PLAIN", "&code_challenge_method=none"]
            {
                let query = app.query(&format!("&scope=profile_read&code_challenge={CHALLENGE}{method}"));
                sent_back(&server, &ask(&server, names, &query), app, "invalid_request");
            }
        }
    }
    assert_eq!(count(&server, "authorizations"), 0);
    let metadata = server.get("/.well-known/oauth-authorization-server").send().expect(200);
    assert_eq!(metadata["code_challenge_methods_supported"], serde_json::json!(["S256"]));
}

/// The challenge itself is public: it must not pass for the verifier.
#[test]
fn the_challenge_as_the_verifier() {
    let server = in_memory();
    for app in [PHONE, WIKI] {
        let code = app.code(&server, PKCE);
        let fields = [("code_verifier", CHALLENGE), ("code_challenge_method", "plain")];
        refused(&app.redeem(&server, &code, &fields), 400, "invalid_grant");
        assert_eq!(app.redeem(&server, &code, &[("code_verifier", VERIFIER)]).status, 200);
    }
}

/// Of two challenges it could be either one that the attacker added.
#[test]
fn a_second_challenge() {
    let server = on_file();
    let other = "&code_challenge=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
    for more in [format!("{PKCE}{other}"), format!("{other}{PKCE}"), format!("{PKCE}&code_challenge_method=plain")] {
        let back = Back::of(&ask(&server, DOCKER, &PHONE.query(&more)), 302);
        assert_eq!((back.at.as_str(), back.get("error")), (PHONE.uri, "invalid_request"));
    }
    assert_eq!(count(&server, "authorizations"), 0);
}
