//! Successful authorization requests (docker.io's document of 2014, GitLab's `doc/api/oauth2.md`, RFC 6749 section
//! 4.1).

use super::{
    Application, BOTH_PATHS, DOCKER, EXAMPLE, GITLAB, PHONE, PHONE_SECOND, PKCE, READER, Redirect, WIKI, WIKI_SECOND,
    auto_approving, auto_approving_on_file, count, percent_encoded, send_authorization, stored_bytes,
};
use crate::harness::Server;
use serde_json::json;

#[test]
fn the_browser_is_redirected_with_code_state_and_iss() {
    let server = auto_approving();
    for paths in BOTH_PATHS {
        let query = WIKI.query(&format!("&redirect_uri={}&state=st4te", percent_encoded(WIKI.uri)));
        let redirect = Redirect::of(&send_authorization(&server, paths, &query), 302);
        assert_eq!((redirect.uri.as_str(), redirect.names()), (WIKI.uri, vec!["code", "state", "iss"]));
        assert_eq!((redirect.get("state"), redirect.get("iss")), ("st4te", server.url().as_str()));
        // RFC 6749 section 10.10: a code must not be guessable. It is a prefix and 256 bits in base64url.
        let code = redirect.get("code");
        assert!(code.strip_prefix("acc_").is_some_and(|random| random.len() == 43), "{code}");
        let other = Redirect::of(&send_authorization(&server, paths, &query), 302);
        assert_ne!(other.get("code"), code);
    }
}

#[test]
fn a_trailing_slash_makes_no_difference() {
    let server = auto_approving();
    for path in ["/api/v1.1/o/authorize", "/api/v1.1/o/authorize/", "/oauth/authorize", "/oauth/authorize/"] {
        let answer = server.get(path).with_query(&format!("?{}", EXAMPLE.query("&scope=profile_read"))).send();
        assert_eq!(Redirect::of(&answer, 302).names(), ["code", "iss"], "{path}");
    }
}

#[test]
fn the_redirect_has_no_state_if_the_request_had_none() {
    let server = auto_approving();
    for more in ["", "&state=", "&state"] {
        assert_eq!(
            Redirect::of(&send_authorization(&server, DOCKER, &EXAMPLE.query(more)), 302).names(),
            ["code", "iss"],
            "{more}"
        );
        let answer = send_authorization(&server, DOCKER, &EXAMPLE.query(&format!("&scope=sudo{more}")));
        assert_eq!(Redirect::of(&answer, 302).names(), ["error", "error_description", "iss"], "{more}");
    }
}

#[test]
fn the_redirect_uri_defaults_to_the_first_registered_one() {
    let server = auto_approving();
    for (app, more) in [(EXAMPLE, ""), (WIKI, ""), (PHONE, PKCE), (READER, "&scope=read_user")] {
        for empty in ["", "&redirect_uri=", "&redirect_uri"] {
            let redirect =
                Redirect::of(&send_authorization(&server, DOCKER, &app.query(&format!("{more}{empty}"))), 302);
            assert_eq!(redirect.uri, app.uri, "{empty}");
        }
    }
}

#[test]
fn any_registered_redirect_uri_can_be_requested() {
    let server = auto_approving();
    let redirect_for = |app: Application, uri: &str| {
        let more = if app.secret.is_none() { PKCE } else { "" };
        let query = app.query(&format!("{more}&redirect_uri={}", percent_encoded(uri)));
        Redirect::of(&send_authorization(&server, DOCKER, &query), 302)
    };
    assert_eq!(redirect_for(WIKI, WIKI.uri).uri, WIKI.uri);
    assert_eq!(redirect_for(PHONE, PHONE.uri).uri, PHONE.uri);
    assert_eq!(redirect_for(PHONE, PHONE_SECOND).uri, PHONE_SECOND);
    // RFC 6749 section 3.1.2: the query of the redirect URI is kept.
    let redirect = redirect_for(WIKI, WIKI_SECOND);
    assert_eq!(
        (redirect.uri.as_str(), redirect.names()),
        ("https://wiki.example/second", vec!["tenant", "code", "iss"])
    );
    assert_eq!(redirect.get("tenant"), "1");
}

/// RFC 8252 section 7.3.
#[test]
fn a_loopback_redirect_uri_may_have_any_port() {
    let server = auto_approving();
    for (app, uri) in [
        (PHONE, "http://127.0.0.1:51004/callback"),
        (PHONE, "http://127.0.0.1:1/callback"),
        (PHONE, "http://127.0.0.1:65535/callback"),
        (READER, "http://localhost:3000/callback"),
    ] {
        let scope = if app.secret.is_none() { PKCE } else { "&scope=read_user" };
        let query = app.query(&format!("{scope}&redirect_uri={}", percent_encoded(uri)));
        assert_eq!(Redirect::of(&send_authorization(&server, DOCKER, &query), 302).uri, uri);
    }
}

/// The scope that is granted, according to the token response (RFC 6749 section 3.3).
#[track_caller]
fn granted_scope(server: &Server, app: Application, paths: super::EndpointPaths, more: &str) -> String {
    let redirect = Redirect::of(&send_authorization(server, paths, &app.query(more)), 302);
    let answer = app.exchange(server, redirect.get("code"), &[]).expect(200);
    answer["scope"].as_str().unwrap().to_owned()
}

#[test]
fn without_scope_each_dialect_has_its_own_default() {
    let server = auto_approving();
    for more in ["", "&scope=", "&scope"] {
        assert_eq!(granted_scope(&server, EXAMPLE, DOCKER, more), "profile_read email_read");
        assert_eq!(granted_scope(&server, WIKI, DOCKER, more), "profile_read email_read");
        assert_eq!(granted_scope(&server, WIKI, GITLAB, more), "api");
        assert_eq!(granted_scope(&server, READER, GITLAB, more), "read_user");
    }
    // An application that is registered for no default scope gets the scopes that it is registered for, and no more.
    assert_eq!(granted_scope(&server, READER, DOCKER, ""), "read_user");
    assert_eq!(granted_scope(&server, EXAMPLE, GITLAB, ""), "profile_read email_read");
}

#[test]
fn scopes_are_separated_by_spaces() {
    let server = auto_approving();
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
        assert_eq!(granted_scope(&server, WIKI, DOCKER, &query), expected, "{scope}");
        assert_eq!(granted_scope(&server, WIKI, GITLAB, &query), expected, "{scope}");
    }
}

#[test]
fn a_read_scope_can_be_requested_if_its_write_scope_is_registered() {
    let server = auto_approving_on_file();
    let uri = "https://writer.example/callback";
    let made =
        server.cli(&["app", "create", "--name", "W", "--redirect-uri", uri, "--scope", "profile_write", "--json"]);
    let made: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
    let id = made["client_id"].as_str().unwrap();
    let request = |scope: &str| {
        let query = format!("?client_id={id}&response_type=code&scope={scope}");
        server.get(DOCKER.authorize).with_query(&query).send()
    };
    assert_eq!(Redirect::of(&request("profile_read"), 302).names(), ["code", "iss"]);
    assert_eq!(Redirect::of(&request("email_read"), 302).get("error"), "invalid_scope");
    assert_eq!(Redirect::of(&request("api"), 302).get("error"), "invalid_scope");
}

#[test]
fn a_code_lives_for_60_seconds_and_is_stored_hashed() {
    let server = auto_approving_on_file();
    let code = EXAMPLE.code(&server, &format!("&redirect_uri={}&state=stored-nowhere", percent_encoded(EXAMPLE.uri)));
    let rows = server.rows(
        "SELECT user_id, scopes, expires_at - created_at, code_used_at, redirect_uri, code_challenge, refresh_hash,
                (SELECT client_id FROM applications WHERE id = application_id) FROM authorizations",
    );
    assert_eq!(rows, json!([[2, "profile_read email_read", 60_000_000, null, EXAMPLE.uri, null, null, EXAMPLE.id]]));
    assert_eq!(count(&server, "tokens"), 4, "a code is not a token");
    let bytes = stored_bytes(&server);
    super::assert_absent(&code, &bytes);
    super::assert_absent("stored-nowhere", &bytes);
}

#[test]
fn unknown_parameters_are_ignored() {
    let server = auto_approving();
    let more =
        "&prompt=none&nonce=n&response_mode=fragment&redirect_uri[]=https://evil.example&x=1&x=2&Client_Id=other";
    let redirect = Redirect::of(&send_authorization(&server, DOCKER, &EXAMPLE.query(more)), 302);
    assert_eq!((redirect.uri.as_str(), redirect.names()), (EXAMPLE.uri, vec!["code", "iss"]));
}

#[test]
fn the_base_url_is_the_issuer() {
    let memory = ["--auto-approve", "janedoe", "--base-url", "https://accounts.example.com"];
    let server = super::start(true, &memory);
    let redirect = Redirect::of(&send_authorization(&server, DOCKER, &EXAMPLE.query("&state=s")), 302);
    assert_eq!(redirect.get("iss"), "https://accounts.example.com");
    let refused = Redirect::of(&send_authorization(&server, GITLAB, &EXAMPLE.query("&scope=x")), 302);
    assert_eq!(refused.get("iss"), "https://accounts.example.com");
}
