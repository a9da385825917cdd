//! Sections 4.5, 4.9, 4.10 and 4.14: what was stolen is used again, before or after its owner.

use crate::oauth::{EXAMPLE, PHONE, PKCE, Tokens, VERIFIER, WIKI, in_memory, profile, refused};

/// The thief was first: the owner's use ends what the thief got.
#[test]
fn a_code_that_the_thief_used_first() {
    let server = in_memory();
    let code = PHONE.code(&server, PKCE);
    let proof = [("code_verifier", VERIFIER)];
    let thief = Tokens::of(PHONE.redeem(&server, &code, &proof));
    let thief = Tokens::of(PHONE.refresh(&server, &thief.refresh, &[]));
    refused(&PHONE.redeem(&server, &code, &proof), 400, "invalid_grant");
    assert_eq!(profile(&server, &thief.access), 401);
    refused(&PHONE.refresh(&server, &thief.refresh, &[]), 400, "invalid_grant");
}

/// The owner was first: the thief gets nothing, and costs the owner the tokens (RFC 6749 section 4.1.2).
#[test]
fn a_code_that_the_owner_used_first() {
    let server = in_memory();
    let code = PHONE.code(&server, PKCE);
    let proof = [("code_verifier", VERIFIER)];
    let owner = Tokens::of(PHONE.redeem(&server, &code, &proof));
    refused(&PHONE.redeem(&server, &code, &proof), 400, "invalid_grant");
    assert_eq!(profile(&server, &owner.access), 401);
}

#[test]
fn a_refresh_token_that_the_thief_used_first() {
    let server = in_memory();
    let stolen = PHONE.tokens(&server, "profile_read");
    let thief = Tokens::of(PHONE.refresh(&server, &stolen.refresh, &[]));
    let thief = Tokens::of(PHONE.refresh(&server, &thief.refresh, &[]));
    refused(&PHONE.refresh(&server, &stolen.refresh, &[]), 400, "invalid_grant");
    assert_eq!([&thief, &stolen].map(|tokens| profile(&server, &tokens.access)), [401, 401]);
    refused(&PHONE.refresh(&server, &thief.refresh, &[]), 400, "invalid_grant");
}

#[test]
fn a_refresh_token_that_the_owner_used_first() {
    let server = in_memory();
    let stolen = PHONE.tokens(&server, "profile_read");
    let owner = Tokens::of(PHONE.refresh(&server, &stolen.refresh, &[]));
    refused(&PHONE.refresh(&server, &stolen.refresh, &[]), 400, "invalid_grant");
    assert_eq!(profile(&server, &owner.access), 401);
    refused(&PHONE.refresh(&server, &owner.refresh, &[]), 400, "invalid_grant");
}

/// A reuse with a wider scope than was allowed is still one.
#[test]
fn a_refresh_token_used_again_with_another_scope() {
    let server = in_memory();
    for scope in ["api", "profile_read", "profile_write"] {
        let stolen = WIKI.tokens(&server, "profile_read");
        let owner = Tokens::of(WIKI.refresh(&server, &stolen.refresh, &[]));
        refused(&WIKI.refresh(&server, &stolen.refresh, &[("scope", scope)]), 400, "invalid_grant");
        assert_eq!(profile(&server, &owner.access), 401, "{scope}");
    }
}

/// Section 4.14: a refresh token that leaked from one application is bound to it.
#[test]
fn a_refresh_token_of_another_application() {
    let server = in_memory();
    for (victim, thief) in [(WIKI, EXAMPLE), (PHONE, EXAMPLE), (EXAMPLE, PHONE)] {
        let stolen = victim.tokens(&server, "profile_read");
        refused(&thief.refresh(&server, &stolen.refresh, &[]), 400, "invalid_grant");
        assert_eq!(victim.refresh(&server, &stolen.refresh, &[]).status, 200);
    }
}

/// Section 4.10: a token that was ended is ended everywhere, and stays so.
#[test]
fn an_access_token_after_its_revocation() {
    let server = in_memory();
    let tokens = WIKI.tokens(&server, "api");
    assert_eq!(server.get("/api/v4/user").private(&tokens.access).send().status, 200);
    WIKI.revoke(&server, &tokens.refresh).expect(200);
    for _ in 0..2 {
        assert_eq!(profile(&server, &tokens.access), 401);
        assert_eq!(server.get("/api/v3/user").private(&tokens.access).send().status, 401);
        assert_eq!(server.get("/api/v4/user").bearer(&tokens.access).send().status, 401);
        assert_eq!(server.get(&format!("/api/v4/user?access_token={}", tokens.access)).send().status, 401);
        assert_eq!(server.get("/api/v1.1/users/janedoe/").basic("janedoe", &tokens.access).send().status, 401);
        assert_eq!(EXAMPLE.introspect(&server, &tokens.access).expect(200), serde_json::json!({"active": false}));
    }
}
