//! Section 4.8, PKCE downgrade: the attacker removes the challenge from the request or replaces it with a plain one.

use crate::oauth::{
    BOTH_PATHS, CHALLENGE, DOCKER, PHONE, PKCE, Redirect, VERIFIER, WIKI, assert_error, assert_error_redirect,
    auto_approving, auto_approving_on_file, count, send_authorization,
};

/// Section 4.8.2: "if there was no code_challenge in the authorization request, … a request to the token endpoint
/// containing a code_verifier parameter" is rejected.
#[test]
fn a_verifier_without_a_challenge_is_refused() {
    let server = auto_approving();
    let code = WIKI.code(&server, "");
    for verifier in [VERIFIER, "x", CHALLENGE] {
        assert_error(&WIKI.exchange(&server, &code, &[("code_verifier", verifier)]), 400, "invalid_grant");
    }
    assert_eq!(WIKI.exchange(&server, &code, &[]).status, 200);
}

#[test]
fn a_public_client_without_a_challenge_is_refused() {
    let server = auto_approving_on_file();
    for paths in BOTH_PATHS {
        for more in ["", "&code_challenge=", "&code_challenge_method=S256", "&code_challenge_method=plain"] {
            let query = PHONE.query(&format!("&scope=profile_read{more}"));
            assert_error_redirect(&server, &send_authorization(&server, paths, &query), PHONE, "invalid_request");
        }
    }
    assert_eq!(count(&server, "authorizations"), 0);
}

#[test]
fn a_plain_challenge_is_refused() {
    let server = auto_approving_on_file();
    for paths in BOTH_PATHS {
        for app in [PHONE, WIKI] {
            for method in
                ["&code_challenge_method=plain", "", "&code_challenge_method=PLAIN", "&code_challenge_method=none"]
            {
                let query = app.query(&format!("&scope=profile_read&code_challenge={CHALLENGE}{method}"));
                assert_error_redirect(&server, &send_authorization(&server, paths, &query), app, "invalid_request");
            }
        }
    }
    assert_eq!(count(&server, "authorizations"), 0);
    let metadata = server.get("/.well-known/oauth-authorization-server").send().expect(200);
    assert_eq!(metadata["code_challenge_methods_supported"], serde_json::json!(["S256"]));
}

/// The challenge is public.
#[test]
fn the_challenge_is_not_accepted_as_the_verifier() {
    let server = auto_approving();
    for app in [PHONE, WIKI] {
        let code = app.code(&server, PKCE);
        let fields = [("code_verifier", CHALLENGE), ("code_challenge_method", "plain")];
        assert_error(&app.exchange(&server, &code, &fields), 400, "invalid_grant");
        assert_eq!(app.exchange(&server, &code, &[("code_verifier", VERIFIER)]).status, 200);
    }
}

/// Either of the two may be the one that the attacker added.
#[test]
fn a_second_challenge_is_refused() {
    let server = auto_approving_on_file();
    let other = "&code_challenge=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
    for more in [format!("{PKCE}{other}"), format!("{other}{PKCE}"), format!("{PKCE}&code_challenge_method=plain")] {
        let redirect = Redirect::of(&send_authorization(&server, DOCKER, &PHONE.query(&more)), 302);
        assert_eq!((redirect.uri.as_str(), redirect.get("error")), (PHONE.uri, "invalid_request"));
    }
    assert_eq!(count(&server, "authorizations"), 0);
}
