//! What an authorization request gets (docker.io's document of 2014, GitLab's `doc/api/oauth2.md`, RFC 6749 section 4.1).

use super::{
    App, BOTH, Back, DOCKER, EXAMPLE, GITLAB, PHONE, PHONE_SECOND, PKCE, READER, WIKI, WIKI_SECOND, ask, count,
    encoded, in_memory, on_file, stored_bytes,
};
use crate::harness::Server;
use serde_json::json;

#[test]
fn the_browser_is_sent_back_with_code_state_and_iss() {
    let server = in_memory();
    for names in BOTH {
        let query = WIKI.query(&format!("&redirect_uri={}&state=st4te", encoded(WIKI.uri)));
        let back = Back::of(&ask(&server, names, &query), 302);
        assert_eq!((back.at.as_str(), back.names()), (WIKI.uri, vec!["code", "state", "iss"]));
        assert_eq!((back.get("state"), back.get("iss")), ("st4te", server.url().as_str()));
        // RFC 6749 section 10.10: not to be guessed. 256 bits in base64url, after a prefix.
        let code = back.get("code");
        assert!(code.strip_prefix("acc_").is_some_and(|random| random.len() == 43), "{code}");
        let other = Back::of(&ask(&server, names, &query), 302);
        assert_ne!(other.get("code"), code);
    }
}

#[test]
fn a_path_with_and_without_its_final_slash_is_the_same() {
    let server = in_memory();
    for path in ["/api/v1.1/o/authorize", "/api/v1.1/o/authorize/", "/oauth/authorize", "/oauth/authorize/"] {
        let answer = server.get(path).with_query(&format!("?{}", EXAMPLE.query("&scope=profile_read"))).send();
        assert_eq!(Back::of(&answer, 302).names(), ["code", "iss"], "{path}");
    }
}

#[test]
fn state_is_left_out_where_there_was_none() {
    let server = in_memory();
    for more in ["", "&state=", "&state"] {
        assert_eq!(Back::of(&ask(&server, DOCKER, &EXAMPLE.query(more)), 302).names(), ["code", "iss"], "{more}");
        let answer = ask(&server, DOCKER, &EXAMPLE.query(&format!("&scope=sudo{more}")));
        assert_eq!(Back::of(&answer, 302).names(), ["error", "error_description", "iss"], "{more}");
    }
}

#[test]
fn an_absent_redirect_uri_is_the_first_that_is_registered() {
    let server = in_memory();
    for (app, more) in [(EXAMPLE, ""), (WIKI, ""), (PHONE, PKCE), (READER, "&scope=read_user")] {
        for empty in ["", "&redirect_uri=", "&redirect_uri"] {
            let back = Back::of(&ask(&server, DOCKER, &app.query(&format!("{more}{empty}"))), 302);
            assert_eq!(back.at, app.uri, "{empty}");
        }
    }
}

#[test]
fn a_redirect_uri_that_is_given_is_one_of_those_registered() {
    let server = in_memory();
    let go = |app: App, uri: &str| {
        let more = if app.secret.is_none() { PKCE } else { "" };
        let query = app.query(&format!("{more}&redirect_uri={}", encoded(uri)));
        Back::of(&ask(&server, DOCKER, &query), 302)
    };
    assert_eq!(go(WIKI, WIKI.uri).at, WIKI.uri);
    assert_eq!(go(PHONE, PHONE.uri).at, PHONE.uri);
    assert_eq!(go(PHONE, PHONE_SECOND).at, PHONE_SECOND);
    // RFC 6749 section 3.1.2: its own query stays.
    let back = go(WIKI, WIKI_SECOND);
    assert_eq!((back.at.as_str(), back.names()), ("https://wiki.example/second", vec!["tenant", "code", "iss"]));
    assert_eq!(back.get("tenant"), "1");
}

/// RFC 8252 section 7.3.
#[test]
fn a_callback_on_loopback_may_have_any_port() {
    let server = in_memory();
    for (app, uri) in [
        (PHONE, "http://127.0.0.1:51004/callback"),
        (PHONE, "http://127.0.0.1:1/callback"),
        (PHONE, "http://127.0.0.1:65535/callback"),
        (READER, "http://localhost:3000/callback"),
    ] {
        let scope = if app.secret.is_none() { PKCE } else { "&scope=read_user" };
        let query = app.query(&format!("{scope}&redirect_uri={}", encoded(uri)));
        assert_eq!(Back::of(&ask(&server, DOCKER, &query), 302).at, uri);
    }
}

/// RFC 6749 section 3.3: the token answer says what was given.
#[track_caller]
fn given(server: &Server, app: App, names: super::Names, more: &str) -> String {
    let back = Back::of(&ask(server, names, &app.query(more)), 302);
    let answer = app.redeem(server, back.get("code"), &[]).expect(200);
    answer["scope"].as_str().unwrap().to_owned()
}

#[test]
fn without_scope_each_family_has_its_own_default() {
    let server = in_memory();
    for more in ["", "&scope=", "&scope"] {
        assert_eq!(given(&server, EXAMPLE, DOCKER, more), "profile_read email_read");
        assert_eq!(given(&server, WIKI, DOCKER, more), "profile_read email_read");
        assert_eq!(given(&server, WIKI, GITLAB, more), "api");
        assert_eq!(given(&server, READER, GITLAB, more), "read_user");
    }
    // An application that is registered for no default scope gets the scopes that it is registered for, and no more.
    assert_eq!(given(&server, READER, DOCKER, ""), "read_user");
    assert_eq!(given(&server, EXAMPLE, GITLAB, ""), "profile_read email_read");
}

#[test]
fn scopes_are_separated_by_spaces() {
    let server = in_memory();
    for (scope, expected) in [
        ("profile_read", "profile_read"),
        ("email_read profile_read", "profile_read email_read"),
        ("email_read+profile_read", "profile_read email_read"),
        ("email_read%20email_read%20%20", "email_read"),
        ("profile_write email_write", "profile_write email_write"),
        ("read_user read_api", "read_user read_api"),
        ("profile_read api", "profile_read api"),
    ] {
        let query = format!("&scope={}", scope.replace(' ', "+"));
        assert_eq!(given(&server, WIKI, DOCKER, &query), expected, "{scope}");
        assert_eq!(given(&server, WIKI, GITLAB, &query), expected, "{scope}");
    }
}

#[test]
fn what_includes_a_scope_may_be_asked_for_in_part() {
    let server = on_file();
    let uri = "https://writer.example/callback";
    let made =
        server.cli(&["app", "create", "--name", "W", "--redirect-uri", uri, "--scope", "profile_write", "--json"]);
    let made: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
    let id = made["client_id"].as_str().unwrap();
    let ask = |scope: &str| {
        let query = format!("?client_id={id}&response_type=code&scope={scope}");
        server.get(DOCKER.authorize).with_query(&query).send()
    };
    assert_eq!(Back::of(&ask("profile_read"), 302).names(), ["code", "iss"]);
    assert_eq!(Back::of(&ask("email_read"), 302).get("error"), "invalid_scope");
    assert_eq!(Back::of(&ask("api"), 302).get("error"), "invalid_scope");
}

#[test]
fn a_code_is_for_60_seconds_and_stored_hashed() {
    let server = on_file();
    let code = EXAMPLE.code(&server, &format!("&redirect_uri={}&state=kept-by-nobody", encoded(EXAMPLE.uri)));
    let rows = server.rows(
        "SELECT user_id, scopes, expires_at - created_at, code_used_at, redirect_uri, code_challenge, refresh_hash,
                (SELECT client_id FROM applications WHERE id = application_id) FROM authorizations",
    );
    assert_eq!(rows, json!([[2, "profile_read email_read", 60_000_000, null, EXAMPLE.uri, null, null, EXAMPLE.id]]));
    assert_eq!(count(&server, "tokens"), 4, "a code is no token yet");
    let bytes = stored_bytes(&server);
    super::is_nowhere_in(&code, &bytes);
    super::is_nowhere_in("kept-by-nobody", &bytes);
}

#[test]
fn parameters_that_are_unknown_are_ignored() {
    let server = in_memory();
    let more =
        "&prompt=none&nonce=n&response_mode=fragment&redirect_uri[]=https://evil.example&x=1&x=2&Client_Id=other";
    let back = Back::of(&ask(&server, DOCKER, &EXAMPLE.query(more)), 302);
    assert_eq!((back.at.as_str(), back.names()), (EXAMPLE.uri, vec!["code", "iss"]));
}

#[test]
fn the_base_url_is_the_issuer() {
    let memory = ["--auto-approve", "janedoe", "--base-url", "https://accounts.example.com"];
    let server = super::start(true, &memory);
    let back = Back::of(&ask(&server, DOCKER, &EXAMPLE.query("&state=s")), 302);
    assert_eq!(back.get("iss"), "https://accounts.example.com");
    let refused = Back::of(&ask(&server, GITLAB, &EXAMPLE.query("&scope=x")), 302);
    assert_eq!(refused.get("iss"), "https://accounts.example.com");
}
