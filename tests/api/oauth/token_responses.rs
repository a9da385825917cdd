//! Responses of the token endpoint (docker.io's document, GitLab's `doc/api/oauth2.md`, RFC 6749 section 5.1).

use super::{
    Application, BOTH_PATHS, DOCKER, EXAMPLE, EndpointPaths, GITLAB, READER, WIKI, assert_not_cached, auto_approving,
    auto_approving_on_file, percent_encoded,
};
use crate::harness::{Response, Server};
use serde_json::{Value, json};

fn basic(app: Application, server: &Server, paths: EndpointPaths, body: Value) -> Response {
    server.post(paths.token).basic(app.id, app.secret.unwrap()).json(body).send()
}

#[track_caller]
fn assert_random(value: &Value, prefix: &str) {
    let text = value.as_str().unwrap();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    assert!(text.strip_prefix(prefix).is_some_and(|random| random.len() >= 43 && random.chars().all(plain)), "{text}");
}

#[test]
fn the_docker_response_includes_the_user() {
    let server = auto_approving();
    let code = EXAMPLE.code(&server, "");
    let answer = basic(EXAMPLE, &server, DOCKER, json!({"grant_type": "authorization_code", "code": code}));
    assert_not_cached(&answer);
    let names = ["username", "user_id", "access_token", "expires_in", "token_type", "scope", "refresh_token"];
    assert_eq!((answer.status, answer.names()), (200, names.map(str::to_owned).to_vec()));
    let body = answer.json();
    assert_random(&body["access_token"], "acd_");
    assert_random(&body["refresh_token"], "acr_");
    let expected = json!({
        "username": "janedoe", "user_id": 2, "access_token": body["access_token"], "expires_in": 15_552_000,
        "token_type": "Bearer", "scope": "profile_read email_read", "refresh_token": body["refresh_token"]
    });
    assert_eq!(body, expected);
}

#[test]
fn the_gitlab_response_includes_the_creation_time() {
    let server = auto_approving();
    let earliest = jiff::Timestamp::now().as_second();
    let code = READER.code(&server, "&scope=read_user");
    let answer = basic(READER, &server, GITLAB, json!({"grant_type": "authorization_code", "code": code}));
    assert_not_cached(&answer);
    let names = ["access_token", "token_type", "expires_in", "refresh_token", "scope", "created_at"];
    assert_eq!((answer.status, answer.names()), (200, names.map(str::to_owned).to_vec()));
    let body = answer.json();
    let made = body["created_at"].as_i64().unwrap();
    assert!((earliest..=jiff::Timestamp::now().as_second()).contains(&made), "{made}");
    let expected = json!({
        "access_token": body["access_token"], "token_type": "Bearer", "expires_in": 15_552_000,
        "refresh_token": body["refresh_token"], "scope": "read_user", "created_at": made
    });
    assert_eq!(body, expected);
}

#[test]
fn a_refresh_is_answered_like_a_code_exchange() {
    let server = auto_approving();
    for paths in BOTH_PATHS {
        let code = WIKI.code(&server, "");
        let first = basic(WIKI, &server, paths, json!({"grant_type": "authorization_code", "code": code}));
        let token = first.json()["refresh_token"].clone();
        let second = basic(WIKI, &server, paths, json!({"grant_type": "refresh_token", "refresh_token": token}));
        assert_not_cached(&second);
        assert_eq!((second.status, second.names()), (200, first.names()));
        for new in ["access_token", "refresh_token"] {
            assert_ne!(first.json()[new], second.json()[new]);
        }
        for same in ["username", "user_id", "expires_in", "token_type", "scope"] {
            assert_eq!(first.json()[same], second.json()[same], "{same}");
        }
    }
}

/// The example in docker.io's document.
#[test]
fn the_grant_type_code_is_accepted() {
    let server = auto_approving();
    for paths in BOTH_PATHS {
        let code = EXAMPLE.code(&server, "");
        basic(EXAMPLE, &server, paths, json!({"grant_type": "code", "code": code})).expect(200);
    }
}

#[test]
fn all_body_formats_are_accepted() {
    let server = auto_approving();
    let uri = format!("&redirect_uri={}", percent_encoded(EXAMPLE.uri));
    for paths in BOTH_PATHS {
        let fields = |code: &str| {
            [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", EXAMPLE.uri)]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
        };
        let post = || server.post(paths.token).basic(EXAMPLE.id, EXAMPLE.secret.unwrap());
        let code = EXAMPLE.code(&server, &uri);
        let given = fields(&code);
        let pairs: Vec<_> = given.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        post().form(&pairs).send().expect(200);
        let object = |code: &str| json!(fields(code).into_iter().collect::<std::collections::BTreeMap<_, _>>());
        post().json(object(&EXAMPLE.code(&server, &uri))).send().expect(200);
        let json = object(&EXAMPLE.code(&server, &uri)).to_string();
        post().header("Content-Type", "application/json; charset=utf-8").body(json).send().expect(200);
        post().body(object(&EXAMPLE.code(&server, &uri)).to_string()).send().expect(200);
        let multipart = fields(&EXAMPLE.code(&server, &uri)).iter().fold(String::new(), |body, (name, value)| {
            body + &format!("--X\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        }) + "--X--\r\n";
        post().header("Content-Type", "multipart/form-data; boundary=X").body(multipart).send().expect(200);
    }
}

#[test]
fn an_application_may_mix_docker_and_gitlab_paths() {
    let server = auto_approving();
    let query = WIKI.query("&scope=api");
    let docker = super::Redirect::of(&super::send_authorization(&server, GITLAB, &query), 302).get("code").to_owned();
    let tokens = super::Tokens::of(WIKI.exchange(&server, &docker, &[]));
    let body = json!({"grant_type": "refresh_token", "refresh_token": tokens.refresh});
    let refreshed = basic(WIKI, &server, GITLAB, body).expect(200);
    let gone = WIKI.call(&server, GITLAB.revoke, &[("token", refreshed["access_token"].as_str().unwrap())]).send();
    assert_eq!(gone.expect(200), json!({}));
    assert_eq!(WIKI.refresh(&server, refreshed["refresh_token"].as_str().unwrap(), &[]).status, 400);
}

#[test]
fn tokens_are_stored_as_documented() {
    let server = auto_approving_on_file();
    let tokens = EXAMPLE.tokens(&server, "profile_read");
    let token = server.rows(
        "SELECT user_id, kind, name, scopes, expires_at - created_at, revoked_at, authorization_id IS NOT NULL,
                lower(hex(hash)) FROM tokens WHERE kind = 'oauth'",
    );
    let sha256 = |text: &str| {
        use sha2::{Digest, Sha256};
        Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let lifetime = 15_552_000_000_000_i64;
    assert_eq!(token, json!([[2, "oauth", "Example", "profile_read", lifetime, null, 1, sha256(&tokens.access)]]));
    let rows = server.rows("SELECT lower(hex(refresh_hash)), code_used_at IS NOT NULL FROM authorizations");
    assert_eq!(rows, json!([[sha256(&tokens.refresh), 1]]));
}

#[test]
fn an_access_token_acts_for_its_user_only() {
    let server = auto_approving();
    let tokens = EXAMPLE.tokens(&server, "profile_read email_read");
    let own = server.get("/api/v1.1/users/janedoe/").bearer(&tokens.access).send().expect(200);
    assert_eq!((&own["username"], &own["email"]), (&json!("janedoe"), &json!("jane.doe@example.com")));
    let other = server.get("/api/v1.1/users/john_smith/").bearer(&tokens.access).send();
    assert_eq!(other.status, 403);
    // A refresh token or a code is not an access token.
    let code = EXAMPLE.code(&server, "");
    for text in [&tokens.refresh, &code] {
        assert_eq!(server.get("/api/v1.1/users/janedoe/").bearer(text).send().status, 401);
        assert_eq!(server.get("/api/v4/user").private_token(text).send().status, 401);
        assert_eq!(server.get("/api/v1.1/users/janedoe/").basic("janedoe", text).send().status, 401);
    }
}
