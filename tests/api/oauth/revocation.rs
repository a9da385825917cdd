//! Token revocation (RFC 7009).

use super::{
    BOTH_PATHS, EXAMPLE, PHONE, Tokens, VERIFIER, WIKI, assert_error, assert_not_cached, auto_approving,
    auto_approving_on_file, count, profile_status,
};
use crate::harness::{JANE, ROOT};
use serde_json::json;

/// Section 2.1: revoking a refresh token must end the access tokens; revoking an access token may end the refresh
/// token.
#[test]
fn revoking_either_token_ends_both() {
    for paths in BOTH_PATHS {
        for server in [auto_approving(), auto_approving_on_file()] {
            for app in [WIKI, PHONE] {
                for which in 0..2 {
                    let tokens = app.tokens(&server, "profile_read");
                    let other = app.tokens(&server, "profile_read");
                    let token = if which == 0 { &tokens.access } else { &tokens.refresh };
                    let answer = app.call(&server, paths.revoke, &[("token", token)]).send();
                    assert_not_cached(&answer);
                    assert_eq!(answer.expect(200), json!({}));
                    assert_eq!(profile_status(&server, &tokens.access), 401);
                    assert_error(&app.refresh(&server, &tokens.refresh, &[]), 400, "invalid_grant");
                    assert_eq!(profile_status(&server, &other.access), 200, "another authorization is not revoked");
                    // Section 2.2: revoking it again succeeds too.
                    assert_eq!(app.call(&server, paths.revoke, &[("token", token)]).send().expect(200), json!({}));
                }
            }
        }
    }
}

#[test]
fn revocation_leaves_no_rows_behind() {
    let server = auto_approving_on_file();
    let tokens = WIKI.tokens(&server, "profile_read");
    WIKI.revoke(&server, &tokens.access).expect(200);
    assert_eq!((count(&server, "authorizations"), count(&server, "tokens WHERE kind = 'oauth'")), (0, 0));
}

#[test]
fn revoking_an_unknown_token_succeeds() {
    let server = auto_approving();
    for paths in BOTH_PATHS {
        for token in ["never-was-a-token", "x", "acr_x.y", "\0", "é", "' OR 1=1 --", &"x".repeat(100_000)] {
            assert_eq!(WIKI.call(&server, paths.revoke, &[("token", token)]).send().expect(200), json!({}));
        }
    }
}

#[test]
fn revoking_a_code_does_not_end_it() {
    let server = auto_approving();
    let code = PHONE.code(&server, "");
    PHONE.revoke(&server, &code).expect(200);
    assert_eq!(PHONE.exchange(&server, &code, &[("code_verifier", VERIFIER)]).status, 200);
}

#[test]
fn another_application_cannot_revoke_a_token() {
    let server = auto_approving();
    let tokens = WIKI.tokens(&server, "profile_read");
    for app in [EXAMPLE, PHONE] {
        for token in [&tokens.access, &tokens.refresh] {
            assert_error(&app.revoke(&server, token), 400, "unauthorized_client");
        }
    }
    assert_eq!(profile_status(&server, &tokens.access), 200);
    assert_eq!(WIKI.refresh(&server, &tokens.refresh, &[]).status, 200);
}

#[test]
fn an_application_cannot_revoke_personal_tokens() {
    let server = auto_approving();
    for token in [JANE, ROOT] {
        assert_eq!(WIKI.revoke(&server, token).expect(200), json!({}));
    }
    assert_eq!(profile_status(&server, JANE), 200);
    assert_eq!(server.get("/api/v4/user").private_token(ROOT).send().status, 200);
}

#[test]
fn revoking_a_replaced_refresh_token_is_not_a_reuse() {
    let server = auto_approving();
    let first = WIKI.tokens(&server, "profile_read");
    let second = Tokens::of(WIKI.refresh(&server, &first.refresh, &[]));
    assert_eq!(WIKI.revoke(&server, &first.refresh).expect(200), json!({}));
    assert_eq!(profile_status(&server, &second.access), 200);
}

#[test]
fn the_token_type_hint_makes_no_difference() {
    let server = auto_approving();
    for hint in ["access_token", "refresh_token", "nonsense", ""] {
        for which in 0..2 {
            let tokens = WIKI.tokens(&server, "profile_read");
            let token = if which == 0 { &tokens.access } else { &tokens.refresh };
            let fields = [("token", token.as_str()), ("token_type_hint", hint)];
            assert_eq!(WIKI.call(&server, "/oauth/revoke", &fields).send().expect(200), json!({}));
            assert_eq!(profile_status(&server, &tokens.access), 401, "{hint}");
        }
    }
}
