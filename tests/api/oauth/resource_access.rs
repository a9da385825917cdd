//! Access tokens in every dialect.

use super::{EXAMPLE, WIKI, assert_error, auto_approving, auto_approving_on_file, execute, profile_status, start};
use crate::cli::Commands;
use crate::harness::{ROOT, Request, Server, names};
use serde_json::{Value, json};

/// The ways to send a token in docker's dialect.
fn docker(access: &str) -> [Box<dyn Fn(Request) -> Request + '_>; 2] {
    [Box::new(move |call| call.bearer(access)), Box::new(move |call| call.basic("janedoe", access))]
}

/// The ways to send a token in GitLab's dialects.
fn gitlab(access: &str) -> [Box<dyn Fn(Request) -> Request + '_>; 4] {
    [
        Box::new(move |call| call.bearer(access)),
        Box::new(move |call| call.private_token(access)),
        Box::new(move |call| call.with_query(&format!("?private_token={access}"))),
        Box::new(move |call| call.header("Authorization", &format!("bearer {access}"))),
    ]
}

/// Checks the statuses of reads and writes in all dialects with a token of this scope.
#[track_caller]
fn assert_access(server: &Server, scope: &str, expected: [u16; 8]) {
    let access = WIKI.tokens(server, scope).access;
    for with in docker(&access) {
        let calls = [
            server.get("/api/v1.1/users/janedoe/"),
            server.patch("/api/v1.1/users/janedoe/").json(json!({"location": "Here"})),
            server.get("/api/v1.1/users/janedoe/emails/"),
            server.patch("/api/v1.1/users/janedoe/emails/").json(json!({"email": "jane.doe@example.com"})),
        ];
        let found = calls.map(|call| with(call).send().status);
        assert_eq!(found, expected[..4], "docker, {scope}");
    }
    for version in ["v3", "v4"] {
        for with in gitlab(&access) {
            let calls = [
                server.get(&format!("/api/{version}/user")),
                server.get(&format!("/api/{version}/users")),
                server.get(&format!("/api/{version}/user/keys")),
                server.delete(&format!("/api/{version}/user/keys/1")),
            ];
            let found = calls.map(|call| with(call).send().status);
            // The key is another user's: deleting it is answered 200 `null` in v3 (SPEC 5) and 404 in v4.
            let mut expected = expected[4..].to_vec();
            if expected[3] == 200 && version == "v4" {
                expected[3] = 404;
            }
            assert_eq!(found[..], expected, "{version}, {scope}");
        }
    }
}

#[test]
fn each_scope_permits_what_is_documented() {
    let server = auto_approving();
    assert_access(&server, "profile_read", [200, 403, 403, 403, 403, 403, 403, 403]);
    assert_access(&server, "profile_write", [200, 200, 403, 403, 403, 403, 403, 403]);
    assert_access(&server, "email_read", [403, 403, 200, 403, 403, 403, 403, 403]);
    assert_access(&server, "email_write", [403, 403, 200, 200, 403, 403, 403, 403]);
    assert_access(&server, "read_user", [403, 403, 403, 403, 200, 200, 200, 403]);
    assert_access(&server, "read_api", [403, 403, 403, 403, 200, 200, 200, 403]);
    assert_access(&server, "api", [200, 200, 200, 200, 200, 200, 200, 200]);
}

/// RFC 6750 section 3.1.
#[test]
fn a_missing_scope_is_named_in_the_challenge() {
    let server = auto_approving();
    let access = EXAMPLE.tokens(&server, "email_read").access;
    let answer = server.get("/api/v1.1/users/janedoe/").bearer(&access).send();
    assert_eq!(answer.status, 403);
    let challenge = answer.header("www-authenticate").unwrap();
    assert!(challenge.starts_with("Bearer ") && challenge.contains(r#"error="insufficient_scope""#), "{challenge}");
    assert!(challenge.contains(r#"scope="profile_read""#), "{challenge}");
    let answer = server.get("/api/v4/user").bearer(&access).send();
    assert_eq!(answer.expect(403)["error"], "insufficient_scope");
}

/// social-core's GitLab backend reads the user in this way.
#[test]
fn only_v4_accepts_access_token_in_the_query() {
    let server = auto_approving();
    let access = WIKI.tokens(&server, "read_user").access;
    let user = server.get(&format!("/api/v4/user?access_token={access}")).send().expect(200);
    assert_eq!((&user["username"], &user["id"]), (&json!("janedoe"), &json!(2)));
    assert_eq!(server.get(&format!("/api/v3/user?access_token={access}")).send().status, 401);
    assert_eq!(server.get(&format!("/api/v1.1/users/janedoe/?access_token={access}")).send().status, 401);
}

#[test]
fn an_application_of_an_administrator_is_limited_to_its_scopes() {
    let server = super::start(true, &["--auto-approve", "root"]);
    let access = |scope: &str| WIKI.tokens(&server, scope).access;
    let reader = access("read_user profile_write email_write");
    for (method, path) in [
        ("POST", "/api/v4/users"),
        ("PUT", "/api/v4/users/1"),
        ("DELETE", "/api/v4/users/1"),
        ("POST", "/api/v4/users/1/block"),
    ] {
        let answer = server.call(method, path).bearer(&reader).json(json!({"name": "x"})).send();
        assert_eq!(answer.status, 403, "{method} {path}: {answer:?}");
    }
    assert_eq!(server.get("/api/v4/user").bearer(&reader).header("Sudo", "john_smith").send().status, 403);
    let api = access("api");
    server.put("/api/v4/users/1").bearer(&api).json(json!({"name": "John"})).send().expect(200);
}

/// A personal token would not end with the user's authorization.
#[test]
fn an_access_token_cannot_be_rotated_into_a_personal_token() {
    let server = auto_approving_on_file();
    let tokens = WIKI.tokens(&server, "api");
    let id: i64 = server.sql("SELECT id FROM tokens WHERE kind = 'oauth'");
    for which in ["self", &id.to_string()] {
        for by in [tokens.access.as_str(), ROOT] {
            let path = format!("/api/v4/personal_access_tokens/{which}/rotate");
            if which == "self" && by == ROOT {
                continue;
            }
            let answer = server.post(&path).private_token(by).json(json!({})).send();
            assert!(matches!(answer.status, 400..=405) && !answer.body.contains("glpat-"), "{which} {by}: {answer:?}");
        }
    }
    assert_eq!(server.rows("SELECT kind, count(*) FROM tokens GROUP BY kind"), json!([["oauth", 1], ["personal", 4]]));
    assert_eq!(profile_status(&server, &tokens.access), 200);
    assert_eq!(WIKI.refresh(&server, &tokens.refresh, &[]).status, 200);
}

/// GitLab lets no token but an administrator's create personal tokens with a scope like `api`
/// (`doc/api/user_tokens.md`). Here a user's own tokens may; an application's may not, because the user revokes the
/// application and expects that it has lost access.
#[test]
fn an_application_cannot_create_tokens_that_would_outlive_its_authorization() {
    let server = start(false, &["--auto-approve", "root"]);
    let tokens = WIKI.tokens(&server, "api");
    let johns: i64 = server.sql("SELECT id FROM tokens WHERE user_id = 1");
    let make = json!({"name": "x", "scopes": ["read_user"]});
    let rotate = format!("/api/v4/personal_access_tokens/{johns}/rotate");
    let before = server.rows("SELECT * FROM tokens");
    for (path, sudo, body) in [
        ("/api/v4/user/personal_access_tokens", None, &make),
        ("/api/v4/user/personal_access_tokens", Some("john_smith"), &make),
        ("/api/v4/users/1/personal_access_tokens", None, &make),
        ("/api/v4/users/4/personal_access_tokens", None, &make),
        ("/api/v4/users/1/impersonation_tokens", None, &make),
        (&rotate, None, &json!({})),
        (&rotate, Some("john_smith"), &json!({})),
    ] {
        let request = server.post(path).bearer(&tokens.access).json(body.clone());
        let answer = sudo.map_or(request.clone(), |user| request.header("Sudo", user)).send();
        let reason = "403 Forbidden - an application cannot create access tokens";
        assert_eq!(answer.expect(403), json!({ "message": reason }), "{path} {sudo:?}");
    }
    assert_eq!(server.rows("SELECT * FROM tokens"), before);
    // The same requests work with the user's own token, and the application may still end tokens.
    server.post("/api/v4/users/1/personal_access_tokens").private_token(ROOT).json(make).send().expect(201);
    server.post(&rotate).private_token(ROOT).json(json!({})).send().expect(200);
    let path = format!("/api/v4/personal_access_tokens/{}", server.sql::<i64>("SELECT max(id) FROM tokens"));
    assert_eq!(server.delete(&path).bearer(&tokens.access).send().status, 204);
}

#[test]
fn an_access_token_is_not_listed_as_a_personal_token() {
    let server = auto_approving_on_file();
    let tokens = WIKI.tokens(&server, "api");
    let id: i64 = server.sql("SELECT id FROM tokens WHERE kind = 'oauth'");
    let ids = |path: &str, by: &str| -> Vec<i64> {
        let list = server.get(path).private_token(by).send().expect(200);
        list.as_array().unwrap().iter().map(|token| token["id"].as_i64().unwrap()).collect()
    };
    assert_eq!(ids("/api/v4/personal_access_tokens", ROOT).len(), 4);
    for (path, by) in [
        ("/api/v4/personal_access_tokens?per_page=100", ROOT),
        ("/api/v4/personal_access_tokens?user_id=2", ROOT),
        ("/api/v4/personal_access_tokens?search=Wiki", ROOT),
        ("/api/v4/personal_access_tokens", &tokens.access),
        ("/api/v4/users/2/impersonation_tokens", ROOT),
    ] {
        assert!(!ids(path, by).contains(&id), "{path}");
    }
    let path = format!("/api/v4/personal_access_tokens/{id}");
    assert_eq!(server.get(&path).private_token(ROOT).send().status, 404);
    assert_eq!(server.get(&path).private_token(&tokens.access).send().status, 401);
    assert_eq!(
        server.get(&format!("/api/v4/users/2/impersonation_tokens/{id}")).private_token(ROOT).send().status,
        404
    );
    // It cannot be revoked as a personal token either.
    assert_eq!(server.delete(&path).private_token(ROOT).send().status, 404);
    assert_eq!(
        server.delete(&format!("/api/v4/users/2/impersonation_tokens/{id}")).private_token(ROOT).send().status,
        404
    );
    assert_eq!(profile_status(&server, &tokens.access), 200);
}

#[test]
fn the_token_command_lists_it_as_an_oauth_token() {
    let server = auto_approving_on_file();
    let tokens = WIKI.tokens(&server, "profile_read email_read");
    let listed = server.json(&["token", "list", "janedoe"]);
    let [personal, oauth] = &listed.as_array().unwrap()[..] else { panic!("{listed}") };
    assert_eq!((&personal["kind"], &oauth["kind"]), (&json!("personal"), &json!("oauth")));
    assert_eq!((&oauth["name"], &oauth["scopes"]), (&json!("Wiki"), &json!(["profile_read", "email_read"])));
    assert_eq!(names(personal), names(oauth));
    let text = server.ok(&["token", "list", "janedoe"]);
    assert!(text.contains("oauth") && text.contains("Wiki"), "{text}");
    for secret in [&tokens.access, &tokens.refresh] {
        assert!(!text.contains(secret.as_str()) && !listed.to_string().contains(secret.as_str()));
    }
    server.ok(&["token", "revoke", &oauth["id"].to_string()]);
    assert_eq!(profile_status(&server, &tokens.access), 401);
    assert_error(&WIKI.refresh(&server, &tokens.refresh, &[]), 400, "invalid_grant");
    assert_eq!(server.json(&["token", "list", "janedoe"]).as_array().unwrap().len(), 1);
}

#[test]
fn writes_through_one_dialect_are_visible_in_the_others() {
    let server = auto_approving();
    let tokens = WIKI.tokens(&server, "profile_write email_write api");
    let docker = json!({"full_name": "Jane Roe", "company": "Elsewhere"});
    server.patch("/api/v1.1/users/janedoe/").bearer(&tokens.access).json(docker).send().expect(200);
    for path in ["/api/v3/user", "/api/v4/user"] {
        let user: Value = server.get(path).private_token(&tokens.access).send().expect(200);
        assert_eq!(user["name"], "Jane Roe", "{path}");
    }
    let email = json!({"email": "jane.roe@example.com"});
    server.post("/api/v1.1/users/janedoe/emails/").bearer(&tokens.access).json(email).send().expect(201);
    let emails = server.get("/api/v4/user/emails").bearer(&tokens.access).send().expect(200);
    assert!(emails.to_string().contains("jane.roe@example.com"), "{emails}");
}

/// The time of last use is stored within a minute and at shutdown.
#[test]
fn the_last_use_of_a_token_is_stored() {
    let mut server = auto_approving_on_file();
    let tokens = WIKI.tokens(&server, "profile_read");
    assert_eq!(server.json(&["app", "grants"])[0]["last_used_at"], Value::Null);
    assert_eq!(profile_status(&server, &tokens.access), 200);
    assert!(server.stop().success());
    assert!(server.json(&["app", "grants"])[0]["last_used_at"].is_string());
    assert!(server.json(&["token", "list", "janedoe"])[1]["last_used_at"].is_string());
}

/// A refresh deletes the access tokens before it, but not the time of their last use.
#[test]
fn a_refresh_counts_as_a_use() {
    let server = auto_approving_on_file();
    let tokens = WIKI.tokens(&server, "profile_read");
    assert_eq!(server.json(&["app", "grants"])[0]["last_used_at"], Value::Null);
    assert_eq!(WIKI.refresh(&server, &tokens.refresh, &[]).status, 200);
    let last_used_at = |server: &Server| -> jiff::Timestamp {
        server.json(&["app", "grants"])[0]["last_used_at"].as_str().unwrap().parse().unwrap()
    };
    let refreshed = last_used_at(&server);
    let began: jiff::Timestamp = server.json(&["app", "grants"])[0]["created_at"].as_str().unwrap().parse().unwrap();
    assert!(began <= refreshed && refreshed <= jiff::Timestamp::now(), "{began} {refreshed}");
    // The later of refresh and use counts.
    let later = refreshed.as_microsecond() + 1_000_000;
    execute(&server, &format!("UPDATE tokens SET last_used_at = {later} WHERE kind = 'oauth'"));
    assert_eq!(last_used_at(&server).as_microsecond(), later);
    execute(&server, "UPDATE tokens SET last_used_at = 1 WHERE kind = 'oauth'");
    assert_eq!(last_used_at(&server), refreshed);
}
