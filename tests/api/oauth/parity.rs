//! An application's token in every dialect: within its scopes, and not beyond.

use super::{EXAMPLE, WIKI, change, in_memory, on_file, profile, refused};
use crate::cli::Commands;
use crate::harness::{Call, ROOT, Server, names};
use serde_json::{Value, json};

/// The ways to present a token, by dialect.
fn docker(access: &str) -> [Box<dyn Fn(Call) -> Call + '_>; 2] {
    [Box::new(move |call| call.bearer(access)), Box::new(move |call| call.basic("janedoe", access))]
}

fn gitlab(access: &str) -> [Box<dyn Fn(Call) -> Call + '_>; 4] {
    [
        Box::new(move |call| call.bearer(access)),
        Box::new(move |call| call.private(access)),
        Box::new(move |call| call.with_query(&format!("?private_token={access}"))),
        Box::new(move |call| call.header("Authorization", &format!("bearer {access}"))),
    ]
}

/// Reads and writes of both dialects, with the status that each has for a token of this scope.
#[track_caller]
fn may(server: &Server, scope: &str, expected: [u16; 8]) {
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
            // A key that is another's: 200 `null` in v3 (SPEC 5), 404 in v4.
            let mut expected = expected[4..].to_vec();
            if expected[3] == 200 && version == "v4" {
                expected[3] = 404;
            }
            assert_eq!(found[..], expected, "{version}, {scope}");
        }
    }
}

#[test]
fn each_scope_opens_what_it_is_documented_to() {
    let server = in_memory();
    may(&server, "profile_read", [200, 403, 403, 403, 403, 403, 403, 403]);
    may(&server, "profile_write", [200, 200, 403, 403, 403, 403, 403, 403]);
    may(&server, "email_read", [403, 403, 200, 403, 403, 403, 403, 403]);
    may(&server, "email_write", [403, 403, 200, 200, 403, 403, 403, 403]);
    may(&server, "read_user", [403, 403, 403, 403, 200, 200, 200, 403]);
    may(&server, "read_api", [403, 403, 403, 403, 200, 200, 200, 403]);
    may(&server, "api", [200, 200, 200, 200, 200, 200, 200, 200]);
}

/// RFC 6750 section 3.1.
#[test]
fn a_missing_scope_is_named() {
    let server = in_memory();
    let access = EXAMPLE.tokens(&server, "email_read").access;
    let answer = server.get("/api/v1.1/users/janedoe/").bearer(&access).send();
    assert_eq!(answer.status, 403);
    let challenge = answer.header("www-authenticate").unwrap();
    assert!(challenge.starts_with("Bearer ") && challenge.contains(r#"error="insufficient_scope""#), "{challenge}");
    assert!(challenge.contains(r#"scope="profile_read""#), "{challenge}");
    let answer = server.get("/api/v4/user").bearer(&access).send();
    assert_eq!(answer.expect(403)["error"], "insufficient_scope");
}

/// social-core's GitLab backend asks for the user so.
#[test]
fn v4_takes_it_as_access_token_in_the_query() {
    let server = in_memory();
    let access = WIKI.tokens(&server, "read_user").access;
    let user = server.get(&format!("/api/v4/user?access_token={access}")).send().expect(200);
    assert_eq!((&user["username"], &user["id"]), (&json!("janedoe"), &json!(2)));
    assert_eq!(server.get(&format!("/api/v3/user?access_token={access}")).send().status, 401);
    assert_eq!(server.get(&format!("/api/v1.1/users/janedoe/?access_token={access}")).send().status, 401);
}

/// An application's token is no administrator's, whoever allowed it, beyond what its scopes say.
#[test]
fn an_administrators_application_is_held_to_its_scopes() {
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

/// What is made by rotation has no consent that it would end with.
#[test]
fn it_cannot_rotate_itself_into_a_personal_token() {
    let server = on_file();
    let tokens = WIKI.tokens(&server, "api");
    let id: i64 = server.sql("SELECT id FROM tokens WHERE kind = 'oauth'");
    for which in ["self", &id.to_string()] {
        for by in [tokens.access.as_str(), ROOT] {
            let path = format!("/api/v4/personal_access_tokens/{which}/rotate");
            if which == "self" && by == ROOT {
                continue;
            }
            let answer = server.post(&path).private(by).json(json!({})).send();
            assert!(matches!(answer.status, 400..=405) && !answer.body.contains("glpat-"), "{which} {by}: {answer:?}");
        }
    }
    assert_eq!(server.rows("SELECT kind, count(*) FROM tokens GROUP BY kind"), json!([["oauth", 1], ["personal", 4]]));
    assert_eq!(profile(&server, &tokens.access), 200);
    assert_eq!(WIKI.refresh(&server, &tokens.refresh, &[]).status, 200);
}

#[test]
fn gitlabs_lists_of_personal_tokens_do_not_have_it() {
    let server = on_file();
    let tokens = WIKI.tokens(&server, "api");
    let id: i64 = server.sql("SELECT id FROM tokens WHERE kind = 'oauth'");
    let ids = |path: &str, by: &str| -> Vec<i64> {
        let list = server.get(path).private(by).send().expect(200);
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
    assert_eq!(server.get(&path).private(ROOT).send().status, 404);
    assert_eq!(server.get(&path).private(&tokens.access).send().status, 401);
    assert_eq!(server.get(&format!("/api/v4/users/2/impersonation_tokens/{id}")).private(ROOT).send().status, 404);
    // Nor can it be ended as one.
    assert_eq!(server.delete(&path).private(ROOT).send().status, 404);
    assert_eq!(server.delete(&format!("/api/v4/users/2/impersonation_tokens/{id}")).private(ROOT).send().status, 404);
    assert_eq!(profile(&server, &tokens.access), 200);
}

#[test]
fn the_command_line_lists_it_as_what_it_is() {
    let server = on_file();
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
    assert_eq!(profile(&server, &tokens.access), 401);
    refused(&WIKI.refresh(&server, &tokens.refresh, &[]), 400, "invalid_grant");
    assert_eq!(server.json(&["token", "list", "janedoe"]).as_array().unwrap().len(), 1);
}

/// Written through one dialect with an application's token, read through the others.
#[test]
fn what_it_writes_is_one_account() {
    let server = in_memory();
    let tokens = WIKI.tokens(&server, "profile_write email_write api");
    let docker = json!({"full_name": "Jane Roe", "company": "Elsewhere"});
    server.patch("/api/v1.1/users/janedoe/").bearer(&tokens.access).json(docker).send().expect(200);
    for path in ["/api/v3/user", "/api/v4/user"] {
        let user: Value = server.get(path).private(&tokens.access).send().expect(200);
        assert_eq!(user["name"], "Jane Roe", "{path}");
    }
    let email = json!({"email": "jane.roe@example.com"});
    server.post("/api/v1.1/users/janedoe/emails/").bearer(&tokens.access).json(email).send().expect(201);
    let emails = server.get("/api/v4/user/emails").bearer(&tokens.access).send().expect(200);
    assert!(emails.to_string().contains("jane.roe@example.com"), "{emails}");
}

/// The time of last use is written a minute later, and at the end.
#[test]
fn its_use_is_noted() {
    let mut server = on_file();
    let tokens = WIKI.tokens(&server, "profile_read");
    assert_eq!(server.json(&["app", "grants"])[0]["last_used_at"], Value::Null);
    assert_eq!(profile(&server, &tokens.access), 200);
    assert!(server.stop().success());
    assert!(server.json(&["app", "grants"])[0]["last_used_at"].is_string());
    assert!(server.json(&["token", "list", "janedoe"])[1]["last_used_at"].is_string());
}

/// A refresh ends the tokens until then; that they were used is not forgotten with them.
#[test]
fn a_refresh_is_a_use() {
    let server = on_file();
    let tokens = WIKI.tokens(&server, "profile_read");
    assert_eq!(server.json(&["app", "grants"])[0]["last_used_at"], Value::Null);
    assert_eq!(WIKI.refresh(&server, &tokens.refresh, &[]).status, 200);
    let noted = |server: &Server| -> jiff::Timestamp {
        server.json(&["app", "grants"])[0]["last_used_at"].as_str().unwrap().parse().unwrap()
    };
    let refreshed = noted(&server);
    let began: jiff::Timestamp = server.json(&["app", "grants"])[0]["created_at"].as_str().unwrap().parse().unwrap();
    assert!(began <= refreshed && refreshed <= jiff::Timestamp::now(), "{began} {refreshed}");
    // The later of the two counts.
    let later = refreshed.as_microsecond() + 1_000_000;
    change(&server, &format!("UPDATE tokens SET last_used_at = {later} WHERE kind = 'oauth'"));
    assert_eq!(noted(&server).as_microsecond(), later);
    change(&server, "UPDATE tokens SET last_used_at = 1 WHERE kind = 'oauth'");
    assert_eq!(noted(&server), refreshed);
}
