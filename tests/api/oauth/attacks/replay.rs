//! Sections 4.5, 4.9, 4.10 and 4.14, replay: a stolen code or token is used before or after its owner uses it.

use crate::oauth::{EXAMPLE, PHONE, PKCE, Tokens, VERIFIER, WIKI, assert_error, auto_approving, profile_status};

/// The owner's use is the reuse that ends the thief's tokens.
#[test]
fn a_code_that_the_thief_used_first_ends_the_tokens_of_the_thief() {
    let server = auto_approving();
    let code = PHONE.code(&server, PKCE);
    let proof = [("code_verifier", VERIFIER)];
    let thief = Tokens::of(PHONE.exchange(&server, &code, &proof));
    let thief = Tokens::of(PHONE.refresh(&server, &thief.refresh, &[]));
    assert_error(&PHONE.exchange(&server, &code, &proof), 400, "invalid_grant");
    assert_eq!(profile_status(&server, &thief.access), 401);
    assert_error(&PHONE.refresh(&server, &thief.refresh, &[]), 400, "invalid_grant");
}

/// The attempt also ends the owner's tokens (RFC 6749 section 4.1.2).
#[test]
fn a_code_that_the_owner_used_first_gives_the_thief_nothing() {
    let server = auto_approving();
    let code = PHONE.code(&server, PKCE);
    let proof = [("code_verifier", VERIFIER)];
    let owner = Tokens::of(PHONE.exchange(&server, &code, &proof));
    assert_error(&PHONE.exchange(&server, &code, &proof), 400, "invalid_grant");
    assert_eq!(profile_status(&server, &owner.access), 401);
}

#[test]
fn a_refresh_token_that_the_thief_used_first_ends_the_tokens_of_the_thief() {
    let server = auto_approving();
    let stolen = PHONE.tokens(&server, "profile_read");
    let thief = Tokens::of(PHONE.refresh(&server, &stolen.refresh, &[]));
    let thief = Tokens::of(PHONE.refresh(&server, &thief.refresh, &[]));
    assert_error(&PHONE.refresh(&server, &stolen.refresh, &[]), 400, "invalid_grant");
    assert_eq!([&thief, &stolen].map(|tokens| profile_status(&server, &tokens.access)), [401, 401]);
    assert_error(&PHONE.refresh(&server, &thief.refresh, &[]), 400, "invalid_grant");
}

#[test]
fn a_refresh_token_that_the_owner_used_first_gives_the_thief_nothing() {
    let server = auto_approving();
    let stolen = PHONE.tokens(&server, "profile_read");
    let owner = Tokens::of(PHONE.refresh(&server, &stolen.refresh, &[]));
    assert_error(&PHONE.refresh(&server, &stolen.refresh, &[]), 400, "invalid_grant");
    assert_eq!(profile_status(&server, &owner.access), 401);
    assert_error(&PHONE.refresh(&server, &owner.refresh, &[]), 400, "invalid_grant");
}

/// A scope that is not granted does not hide the reuse.
#[test]
fn a_reuse_with_another_scope_ends_the_tokens_too() {
    let server = auto_approving();
    for scope in ["api", "profile_read", "profile_write"] {
        let stolen = WIKI.tokens(&server, "profile_read");
        let owner = Tokens::of(WIKI.refresh(&server, &stolen.refresh, &[]));
        assert_error(&WIKI.refresh(&server, &stolen.refresh, &[("scope", scope)]), 400, "invalid_grant");
        assert_eq!(profile_status(&server, &owner.access), 401, "{scope}");
    }
}

/// Section 4.14.
#[test]
fn a_refresh_token_is_bound_to_its_application() {
    let server = auto_approving();
    for (victim, thief) in [(WIKI, EXAMPLE), (PHONE, EXAMPLE), (EXAMPLE, PHONE)] {
        let stolen = victim.tokens(&server, "profile_read");
        assert_error(&thief.refresh(&server, &stolen.refresh, &[]), 400, "invalid_grant");
        assert_eq!(victim.refresh(&server, &stolen.refresh, &[]).status, 200);
    }
}

/// Section 4.10.
#[test]
fn a_revoked_access_token_works_nowhere() {
    let server = auto_approving();
    let tokens = WIKI.tokens(&server, "api");
    assert_eq!(server.get("/api/v4/user").private_token(&tokens.access).send().status, 200);
    WIKI.revoke(&server, &tokens.refresh).expect(200);
    for _ in 0..2 {
        assert_eq!(profile_status(&server, &tokens.access), 401);
        assert_eq!(server.get("/api/v3/user").private_token(&tokens.access).send().status, 401);
        assert_eq!(server.get("/api/v4/user").bearer(&tokens.access).send().status, 401);
        assert_eq!(server.get(&format!("/api/v4/user?access_token={}", tokens.access)).send().status, 401);
        assert_eq!(server.get("/api/v1.1/users/janedoe/").basic("janedoe", &tokens.access).send().status, 401);
        assert_eq!(EXAMPLE.introspect(&server, &tokens.access).expect(200), serde_json::json!({"active": false}));
    }
}
