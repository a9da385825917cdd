//! Revocation (RFC 7009).

use super::{BOTH, EXAMPLE, PHONE, Tokens, VERIFIER, WIKI, count, in_memory, is_not_stored, on_file, profile, refused};
use crate::harness::{JANE, ROOT};
use serde_json::json;

/// Section 2.1: with an access token the refresh token may go, with a refresh token the access tokens must.
#[test]
fn either_token_ends_both() {
    for names in BOTH {
        for server in [in_memory(), on_file()] {
            for app in [WIKI, PHONE] {
                for which in 0..2 {
                    let tokens = app.tokens(&server, "profile_read");
                    let other = app.tokens(&server, "profile_read");
                    let token = if which == 0 { &tokens.access } else { &tokens.refresh };
                    let answer = app.call(&server, names.revoke, &[("token", token)]).send();
                    is_not_stored(&answer);
                    assert_eq!(answer.expect(200), json!({}));
                    assert_eq!(profile(&server, &tokens.access), 401);
                    refused(&app.refresh(&server, &tokens.refresh, &[]), 400, "invalid_grant");
                    assert_eq!(profile(&server, &other.access), 200, "another consent stays");
                    // Section 2.2: once more is as good as once.
                    assert_eq!(app.call(&server, names.revoke, &[("token", token)]).send().expect(200), json!({}));
                }
            }
        }
    }
}

#[test]
fn nothing_stays() {
    let server = on_file();
    let tokens = WIKI.tokens(&server, "profile_read");
    WIKI.revoke(&server, &tokens.access).expect(200);
    assert_eq!((count(&server, "authorizations"), count(&server, "tokens WHERE kind = 'oauth'")), (0, 0));
}

#[test]
fn a_token_that_is_unknown_has_ended() {
    let server = in_memory();
    for names in BOTH {
        for token in ["never-was-a-token", "x", "acr_x.y", "\0", "é", "' OR 1=1 --", &"x".repeat(100_000)] {
            assert_eq!(WIKI.call(&server, names.revoke, &[("token", token)]).send().expect(200), json!({}));
        }
    }
}

/// A code was not issued as a token, and is not ended as one.
#[test]
fn a_code_is_no_token() {
    let server = in_memory();
    let code = PHONE.code(&server, "");
    PHONE.revoke(&server, &code).expect(200);
    assert_eq!(PHONE.redeem(&server, &code, &[("code_verifier", VERIFIER)]).status, 200);
}

#[test]
fn another_applications_token_stays() {
    let server = in_memory();
    let tokens = WIKI.tokens(&server, "profile_read");
    for app in [EXAMPLE, PHONE] {
        for token in [&tokens.access, &tokens.refresh] {
            refused(&app.revoke(&server, token), 400, "unauthorized_client");
        }
    }
    assert_eq!(profile(&server, &tokens.access), 200);
    assert_eq!(WIKI.refresh(&server, &tokens.refresh, &[]).status, 200);
}

/// A leaked personal token is not in an application's power.
#[test]
fn a_users_own_token_stays() {
    let server = in_memory();
    for token in [JANE, ROOT] {
        assert_eq!(WIKI.revoke(&server, token).expect(200), json!({}));
    }
    assert_eq!(profile(&server, JANE), 200);
    assert_eq!(server.get("/api/v4/user").private(ROOT).send().status, 200);
}

/// A refresh token that was used before opens nothing; revoking it is no use of it.
#[test]
fn a_refresh_token_that_was_replaced_ends_nothing() {
    let server = in_memory();
    let first = WIKI.tokens(&server, "profile_read");
    let second = Tokens::of(WIKI.refresh(&server, &first.refresh, &[]));
    assert_eq!(WIKI.revoke(&server, &first.refresh).expect(200), json!({}));
    assert_eq!(profile(&server, &second.access), 200);
}

#[test]
fn the_hint_is_only_one() {
    let server = in_memory();
    for hint in ["access_token", "refresh_token", "nonsense", ""] {
        for which in 0..2 {
            let tokens = WIKI.tokens(&server, "profile_read");
            let token = if which == 0 { &tokens.access } else { &tokens.refresh };
            let fields = [("token", token.as_str()), ("token_type_hint", hint)];
            assert_eq!(WIKI.call(&server, "/oauth/revoke", &fields).send().expect(200), json!({}));
            assert_eq!(profile(&server, &tokens.access), 401, "{hint}");
        }
    }
}
