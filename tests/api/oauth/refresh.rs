//! Refresh tokens (RFC 6749 section 6, RFC 9700 section 4.14).

use super::{
    BOTH_PATHS, EXAMPLE, PHONE, Tokens, WIKI, assert_error, auto_approving, auto_approving_on_file, count, execute,
    profile_status,
};
use crate::harness::Server;

#[test]
fn a_refresh_token_works_once_and_is_replaced() {
    for server in [auto_approving(), auto_approving_on_file()] {
        for app in [EXAMPLE, PHONE] {
            let mut tokens = app.tokens(&server, "profile_read email_read");
            for _ in 0..5 {
                let next = Tokens::of(app.refresh(&server, &tokens.refresh, &[]));
                assert_ne!(next.refresh, tokens.refresh);
                assert_ne!(next.access, tokens.access);
                // A refresh ends the previous access token.
                assert_eq!(
                    [profile_status(&server, &tokens.access), profile_status(&server, &next.access)],
                    [401, 200]
                );
                tokens = next;
            }
        }
    }
}

/// RFC 9700 section 4.14.2.
#[test]
fn a_reuse_ends_every_token_of_the_authorization() {
    for server in [auto_approving(), auto_approving_on_file()] {
        for app in [EXAMPLE, PHONE] {
            for reused in 0..3 {
                let other = app.tokens(&server, "profile_read");
                let mut family = vec![app.tokens(&server, "profile_read")];
                for n in 0..3 {
                    family.push(Tokens::of(app.refresh(&server, &family[n].refresh, &[])));
                }
                assert_error(&app.refresh(&server, &family[reused].refresh, &[]), 400, "invalid_grant");
                for tokens in &family {
                    assert_eq!(profile_status(&server, &tokens.access), 401);
                    assert_error(&app.refresh(&server, &tokens.refresh, &[]), 400, "invalid_grant");
                }
                assert_eq!(profile_status(&server, &other.access), 200, "another authorization is not ended");
            }
        }
    }
}

#[test]
fn a_reuse_leaves_no_rows_behind() {
    let server = auto_approving_on_file();
    let first = WIKI.tokens(&server, "api");
    WIKI.refresh(&server, &first.refresh, &[]).expect(200);
    assert_error(&WIKI.refresh(&server, &first.refresh, &[]), 400, "invalid_grant");
    assert_eq!((count(&server, "authorizations"), count(&server, "tokens WHERE kind = 'oauth'")), (0, 0));
}

/// RFC 6749 section 6: a refresh may narrow the scope, and the next one may have the whole scope again.
#[test]
fn a_narrower_scope_applies_to_one_access_token_only() {
    let server = auto_approving();
    for paths in BOTH_PATHS {
        let tokens = WIKI.tokens(&server, "profile_write email_read");
        let refresh = |token: &str, scope: &str| {
            let fields = [("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope)];
            WIKI.call(&server, paths.token, &fields).send().expect(200)
        };
        let emails = |access: &serde_json::Value| {
            server.get("/api/v1.1/users/janedoe/emails/").bearer(access.as_str().unwrap()).send().status
        };
        let narrow = refresh(&tokens.refresh, "profile_read");
        assert_eq!(narrow["scope"], "profile_read");
        assert_eq!(emails(&narrow["access_token"]), 403);
        let wide = refresh(narrow["refresh_token"].as_str().unwrap(), "email_read  profile_write");
        assert_eq!(wide["scope"], "profile_write email_read");
        assert_eq!(emails(&wide["access_token"]), 200);
        let again = refresh(wide["refresh_token"].as_str().unwrap(), "email_read");
        assert_eq!(again["scope"], "email_read");
        // An empty scope means the whole one.
        assert_eq!(refresh(again["refresh_token"].as_str().unwrap(), "")["scope"], "profile_write email_read");
    }
}

#[test]
fn a_wider_scope_is_refused_and_does_not_use_up_the_token() {
    for server in [auto_approving(), auto_approving_on_file()] {
        let tokens = WIKI.tokens(&server, "profile_read");
        for scope in ["profile_read email_read", "profile_write", "api", "read_user", "email_read"] {
            assert_error(&WIKI.refresh(&server, &tokens.refresh, &[("scope", scope)]), 400, "invalid_scope");
        }
        assert_eq!(profile_status(&server, &tokens.access), 200);
        assert_eq!(WIKI.refresh(&server, &tokens.refresh, &[]).expect(200)["scope"], "profile_read");
    }
}

#[test]
fn another_application_cannot_use_or_end_it() {
    let server = auto_approving();
    let first = WIKI.tokens(&server, "profile_read");
    let second = Tokens::of(WIKI.refresh(&server, &first.refresh, &[]));
    for app in [EXAMPLE, PHONE] {
        assert_error(&app.refresh(&server, &first.refresh, &[]), 400, "invalid_grant");
        assert_error(&app.refresh(&server, &second.refresh, &[]), 400, "invalid_grant");
    }
    assert_eq!(profile_status(&server, &second.access), 200);
    assert_eq!(WIKI.refresh(&server, &second.refresh, &[]).status, 200);
}

/// All refresh tokens of an authorization start with the same part.
#[test]
fn the_shared_part_alone_is_invalid_and_with_a_wrong_rest_counts_as_reuse() {
    let server = auto_approving();
    let tokens = WIKI.tokens(&server, "profile_read");
    let (family, own) = tokens.refresh.split_once('.').unwrap();
    for text in [family.to_owned(), format!("{family}."), own.to_owned(), format!("acr_.{own}")] {
        assert_error(&WIKI.refresh(&server, &text, &[]), 400, "invalid_grant");
        assert_eq!(profile_status(&server, &tokens.access), 200, "{text}");
    }
    assert_error(&WIKI.refresh(&server, &format!("{family}.{}", "A".repeat(43)), &[]), 400, "invalid_grant");
    assert_eq!(profile_status(&server, &tokens.access), 401);
}

#[test]
fn an_unused_refresh_token_expires() {
    let server = auto_approving_on_file();
    let tokens = WIKI.tokens(&server, "profile_read");
    let lives: i64 = server.sql("SELECT expires_at - code_used_at FROM authorizations");
    assert_eq!(lives, 360 * 24 * 3600 * 1_000_000);
    let now = jiff::Timestamp::now().as_microsecond();
    execute(&server, &format!("UPDATE authorizations SET expires_at = {now}"));
    assert_error(&WIKI.refresh(&server, &tokens.refresh, &[]), 400, "invalid_grant");
}

#[test]
fn a_refresh_renews_both_lifetimes() {
    let server = auto_approving_on_file();
    let tokens = WIKI.tokens(&server, "profile_read");
    let soon = jiff::Timestamp::now().as_microsecond() + 60_000_000;
    execute(
        &server,
        &format!(
            "UPDATE authorizations SET expires_at = {soon}; UPDATE tokens SET expires_at = {soon} WHERE kind = 'oauth'"
        ),
    );
    let next = WIKI.refresh(&server, &tokens.refresh, &[]).expect(200);
    assert_eq!(next["expires_in"], 15_552_000);
    let lives: i64 = server.sql("SELECT expires_at - refreshed_at FROM authorizations");
    assert_eq!(lives, 360 * 24 * 3600 * 1_000_000);
    let lives: i64 = server.sql("SELECT expires_at - created_at FROM tokens WHERE kind = 'oauth'");
    assert_eq!(lives, 15_552_000_000_000);
}

#[test]
fn an_expired_access_token_can_be_refreshed() {
    let server: Server = auto_approving_on_file();
    let tokens = WIKI.tokens(&server, "profile_read");
    let now = jiff::Timestamp::now().as_microsecond();
    execute(&server, &format!("UPDATE tokens SET expires_at = {now} WHERE kind = 'oauth'"));
    assert_eq!(profile_status(&server, &tokens.access), 401);
    let next = Tokens::of(WIKI.refresh(&server, &tokens.refresh, &[]));
    assert_eq!(profile_status(&server, &next.access), 200);
}
