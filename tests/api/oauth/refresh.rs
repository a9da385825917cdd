//! Refresh tokens (RFC 6749 section 6, RFC 9700 section 4.14).

use super::{BOTH, EXAMPLE, PHONE, Tokens, WIKI, change, count, in_memory, on_file, profile, refused};
use crate::harness::Server;

#[test]
fn a_refresh_token_works_once_and_is_replaced() {
    for server in [in_memory(), on_file()] {
        for app in [EXAMPLE, PHONE] {
            let mut tokens = app.tokens(&server, "profile_read email_read");
            for _ in 0..5 {
                let next = Tokens::of(app.refresh(&server, &tokens.refresh, &[]));
                assert_ne!(next.refresh, tokens.refresh);
                assert_ne!(next.access, tokens.access);
                // Each refresh ends the access token before it.
                assert_eq!([profile(&server, &tokens.access), profile(&server, &next.access)], [401, 200]);
                tokens = next;
            }
        }
    }
}

/// RFC 9700 section 4.14.2.
#[test]
fn a_reuse_ends_the_whole_family() {
    for server in [in_memory(), on_file()] {
        for app in [EXAMPLE, PHONE] {
            for reused in 0..3 {
                let other = app.tokens(&server, "profile_read");
                let mut family = vec![app.tokens(&server, "profile_read")];
                for n in 0..3 {
                    family.push(Tokens::of(app.refresh(&server, &family[n].refresh, &[])));
                }
                refused(&app.refresh(&server, &family[reused].refresh, &[]), 400, "invalid_grant");
                for tokens in &family {
                    assert_eq!(profile(&server, &tokens.access), 401);
                    refused(&app.refresh(&server, &tokens.refresh, &[]), 400, "invalid_grant");
                }
                assert_eq!(profile(&server, &other.access), 200, "another family goes on");
            }
        }
    }
}

#[test]
fn nothing_of_an_ended_family_stays() {
    let server = on_file();
    let first = WIKI.tokens(&server, "api");
    WIKI.refresh(&server, &first.refresh, &[]).expect(200);
    refused(&WIKI.refresh(&server, &first.refresh, &[]), 400, "invalid_grant");
    assert_eq!((count(&server, "authorizations"), count(&server, "tokens WHERE kind = 'oauth'")), (0, 0));
}

/// RFC 6749 section 6: what was not granted cannot be asked for; what is left out can be asked for again.
#[test]
fn a_narrower_scope_is_for_one_access_token() {
    let server = in_memory();
    for names in BOTH {
        let tokens = WIKI.tokens(&server, "profile_write email_read");
        let refresh = |token: &str, scope: &str| {
            let fields = [("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope)];
            WIKI.call(&server, names.token, &fields).send().expect(200)
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
        // An empty one is as good as none: all of it.
        assert_eq!(refresh(again["refresh_token"].as_str().unwrap(), "")["scope"], "profile_write email_read");
    }
}

#[test]
fn a_wider_scope_is_refused_and_spends_nothing() {
    for server in [in_memory(), on_file()] {
        let tokens = WIKI.tokens(&server, "profile_read");
        for scope in ["profile_read email_read", "profile_write", "api", "read_user", "email_read"] {
            refused(&WIKI.refresh(&server, &tokens.refresh, &[("scope", scope)]), 400, "invalid_scope");
        }
        assert_eq!(profile(&server, &tokens.access), 200);
        assert_eq!(WIKI.refresh(&server, &tokens.refresh, &[]).expect(200)["scope"], "profile_read");
    }
}

#[test]
fn another_application_can_neither_use_nor_end_it() {
    let server = in_memory();
    let first = WIKI.tokens(&server, "profile_read");
    let second = Tokens::of(WIKI.refresh(&server, &first.refresh, &[]));
    for app in [EXAMPLE, PHONE] {
        refused(&app.refresh(&server, &first.refresh, &[]), 400, "invalid_grant");
        refused(&app.refresh(&server, &second.refresh, &[]), 400, "invalid_grant");
    }
    assert_eq!(profile(&server, &second.access), 200);
    assert_eq!(WIKI.refresh(&server, &second.refresh, &[]).status, 200);
}

/// Whoever knows the part that stays knows nothing.
#[test]
fn the_shared_part_of_a_family_is_no_token_but_a_reuse_if_made_up() {
    let server = in_memory();
    let tokens = WIKI.tokens(&server, "profile_read");
    let (family, own) = tokens.refresh.split_once('.').unwrap();
    for text in [family.to_owned(), format!("{family}."), own.to_owned(), format!("acr_.{own}")] {
        refused(&WIKI.refresh(&server, &text, &[]), 400, "invalid_grant");
        assert_eq!(profile(&server, &tokens.access), 200, "{text}");
    }
    refused(&WIKI.refresh(&server, &format!("{family}.{}", "A".repeat(43)), &[]), 400, "invalid_grant");
    assert_eq!(profile(&server, &tokens.access), 401);
}

#[test]
fn a_refresh_token_that_is_not_used_ends() {
    let server = on_file();
    let tokens = WIKI.tokens(&server, "profile_read");
    let lives: i64 = server.sql("SELECT expires_at - code_used_at FROM authorizations");
    assert_eq!(lives, 360 * 24 * 3600 * 1_000_000);
    let now = jiff::Timestamp::now().as_microsecond();
    change(&server, &format!("UPDATE authorizations SET expires_at = {now}"));
    refused(&WIKI.refresh(&server, &tokens.refresh, &[]), 400, "invalid_grant");
}

/// A refresh starts both times anew.
#[test]
fn a_refresh_moves_the_ends() {
    let server = on_file();
    let tokens = WIKI.tokens(&server, "profile_read");
    let soon = jiff::Timestamp::now().as_microsecond() + 60_000_000;
    change(
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
fn an_access_token_ends_by_itself_and_can_be_refreshed() {
    let server: Server = on_file();
    let tokens = WIKI.tokens(&server, "profile_read");
    let now = jiff::Timestamp::now().as_microsecond();
    change(&server, &format!("UPDATE tokens SET expires_at = {now} WHERE kind = 'oauth'"));
    assert_eq!(profile(&server, &tokens.access), 401);
    let next = Tokens::of(WIKI.refresh(&server, &tokens.refresh, &[]));
    assert_eq!(profile(&server, &next.access), 200);
}
