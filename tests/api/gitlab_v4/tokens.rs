//! Personal and impersonation tokens: `personal_access_tokens.md` and `user_tokens.md`.

use super::{assert_is_timestamp, create_ada, create_token, secret};
use crate::harness::{JOHN, ROOT, Server, names};
use serde_json::{Value, json};

const FIELDS: [&str; 10] =
    ["id", "name", "revoked", "created_at", "description", "scopes", "user_id", "last_used_at", "active", "expires_at"];

#[test]
fn a_tokens_secret_is_shown_only_on_creation() {
    let server = Server::on_file(&[]);
    let body = json!({
        "name": "ci", "description": "for builds", "scopes": ["read_api", "read_user"], "expires_at": "2031-01-21"
    });
    let answer = server.post("/api/v4/users/1/personal_access_tokens").private_token(ROOT).json(body).send();
    let made = answer.expect(201);
    assert_eq!(names(&made)[..10], FIELDS);
    assert_eq!(names(&made)[10..], ["token"]);
    assert!(secret(&made).starts_with("glpat-"), "{made}");
    assert_is_timestamp(&made["created_at"]);
    let mut shown = made.clone();
    shown.as_object_mut().unwrap().remove("token");
    let expected = json!({
        "id": made["id"], "name": "ci", "revoked": false, "created_at": made["created_at"],
        "description": "for builds", "scopes": ["read_user", "read_api"], "user_id": 1, "last_used_at": null,
        "active": true, "expires_at": "2031-01-21"
    });
    assert_eq!(shown, expected);
    let one = server.get(&format!("/api/v4/personal_access_tokens/{}", made["id"])).private_token(JOHN).send();
    assert!(!one.body.contains("glpat-"), "{}", one.body);
    let mut read = expected.clone();
    read["last_used_ips"] = json!([]);
    assert_eq!(one.expect(200), read);
    let list = server.get("/api/v4/personal_access_tokens").private_token(JOHN).send();
    assert!(!list.body.contains("glpat-"), "{}", list.body);
    let stored: String = server.sql("SELECT group_concat(quote(hash) || name || description) FROM tokens");
    assert!(!stored.contains("glpat-"));
}

#[test]
fn scopes_are_accepted_in_every_notation_of_an_array() {
    let server = Server::demo();
    let path = "/api/v4/users/1/personal_access_tokens";
    for call in [
        server.post(path).form(&[("name", "x"), ("scopes[]", "api"), ("scopes[]", "read_user")]),
        server.post(path).form(&[("name", "x"), ("scopes", "api,read_user")]),
        server.post(path).json(json!({ "name": "x", "scopes": ["read_user", "api"] })),
        server.post(&format!("{path}?name=x&scopes[]=api&scopes[]=read_user")),
    ] {
        assert_eq!(call.private_token(ROOT).send().expect(201)["scopes"], json!(["read_user", "api"]));
    }
}

#[test]
fn an_invalid_token_request_is_400_with_a_reason() {
    let server = Server::demo();
    let make = |body: Value| {
        server.post("/api/v4/users/1/personal_access_tokens").private_token(ROOT).json(body).send().expect(400)
    };
    assert_eq!(make(json!({})), json!({ "error": "name is missing, scopes is missing" }));
    let unknown = make(json!({ "name": "x", "scopes": ["everything"] }));
    assert_eq!(unknown, json!({ "error": "scopes does not have a valid value" }));
    let blank = make(json!({ "name": " ", "scopes": ["api"], "expires_at": "2001-01-01" }));
    assert_eq!(names(&blank["message"]), ["name", "expires_at"]);
    let long = make(json!({ "name": "x", "scopes": ["api"], "description": "d".repeat(256) }));
    assert_eq!(long, json!({ "message": { "description": ["is too long (maximum is 255 characters)"] } }));
}

#[test]
fn a_token_cannot_create_tokens_with_more_rights_or_for_other_users() {
    let server = Server::demo();
    let own = "/api/v4/user/personal_access_tokens";
    let body = json!({ "name": "x", "scopes": ["read_user"] });
    let made = server.post(own).private_token(JOHN).json(body.clone()).send().expect(201);
    assert_eq!(made["user_id"], 1);
    server.get("/api/v4/user").private_token(secret(&made)).send().expect(200);
    server.post(own).private_token(secret(&made)).json(body.clone()).send().expect(403);
    let other = server.post("/api/v4/users/3/personal_access_tokens").private_token(JOHN).json(body).send();
    assert_eq!(other.expect(403), json!({ "message": "403 Forbidden" }));
}

#[test]
fn administrators_list_every_personal_token_and_users_their_own() {
    let server = Server::demo();
    create_ada(&server);
    create_token(&server, 6, "personal_access_tokens", &["api"]);
    create_token(&server, 6, "impersonation_tokens", &["api"]);
    server.post("/api/v3/session").json(json!({ "login": "ada", "password": "correct-horse" })).send().expect(201);
    let users = |token: &str, query: &str| -> Vec<i64> {
        let all =
            server.get(&format!("/api/v4/personal_access_tokens?{query}")).private_token(token).send().expect(200);
        all.as_array().unwrap().iter().map(|token| token["user_id"].as_i64().unwrap()).collect()
    };
    // Sessions and impersonation tokens are not listed.
    assert_eq!(users(ROOT, ""), [1, 2, 3, 4, 6]);
    assert_eq!(users(ROOT, "user_id=6"), [6]);
    assert_eq!(users(ROOT, "search=TES"), [6]);
    assert_eq!(users(ROOT, "sort=name_asc&per_page=2"), [1, 4]);
    assert_eq!(users(ROOT, "sort=created_desc&per_page=1"), [6]);
    assert_eq!(users(ROOT, "state=inactive"), Vec::<i64>::new());
    assert_eq!(users(ROOT, "state=active&revoked=false&created_after=2020-01-01"), [1, 2, 3, 4, 6]);
    assert_eq!(users(ROOT, "created_before=2020-01-01"), Vec::<i64>::new());
    assert_eq!(users(JOHN, ""), [1]);
    assert_eq!(users(JOHN, "user_id=1"), [1]);
    let others = server.get("/api/v4/personal_access_tokens?user_id=2").private_token(JOHN).send();
    assert_eq!(others.expect(401), json!({ "message": "401 Unauthorized" }));
    let wrong = server.get("/api/v4/personal_access_tokens?state=old").private_token(JOHN).send();
    assert_eq!(wrong.expect(400), json!({ "error": "state does not have a valid value" }));
}

/// "401: the token does not exist, or you do not have access"; "404 if the user is an administrator".
#[test]
fn an_unknown_token_is_404_for_administrators_and_401_for_users() {
    let server = Server::demo();
    for (token, id, status) in [(ROOT, "999", 404), (ROOT, "x", 404), (JOHN, "999", 401), (JOHN, "2", 401)] {
        let path = format!("/api/v4/personal_access_tokens/{id}");
        for call in [server.get(&path), server.delete(&path), server.post(&format!("{path}/rotate"))] {
            let expected = if status == 404 { "404 Not Found" } else { "401 Unauthorized" };
            assert_eq!(call.private_token(token).send().expect(status), json!({ "message": expected }), "{id}");
        }
    }
}

/// "Any token can use this endpoint."
#[test]
fn a_token_can_show_and_revoke_itself() {
    let server = Server::demo();
    let made = create_token(&server, 1, "personal_access_tokens", &["read_user"]);
    let path = "/api/v4/personal_access_tokens/self";
    let own = server.get(path).private_token(secret(&made)).send().expect(200);
    assert_eq!((&own["id"], &names(&own)[..10]), (&made["id"], &FIELDS.map(str::to_owned)[..]));
    assert_eq!(names(&own)[10..], ["last_used_ips"]);
    let deleted = server.delete(path).private_token(secret(&made)).json(json!({})).send();
    assert_eq!((deleted.status, deleted.body.as_str()), (204, ""));
    server.get(path).private_token(secret(&made)).send().expect(401);
    let ended =
        server.get(&format!("/api/v4/personal_access_tokens/{}", made["id"])).private_token(ROOT).send().expect(200);
    assert_eq!((&ended["revoked"], &ended["active"]), (&json!(true), &json!(false)));
}

#[test]
fn only_administrators_can_manage_impersonation_tokens() {
    let server = Server::demo();
    let made = create_token(&server, 1, "impersonation_tokens", &["api"]);
    assert_eq!(made["impersonation"], true);
    assert!(secret(&made).starts_with("glpat-"));
    assert_eq!(server.get("/api/v4/user").private_token(secret(&made)).send().expect(200)["username"], "john_smith");
    let all = "/api/v4/users/1/impersonation_tokens";
    let list = server.get(all).private_token(ROOT).send().expect(200);
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert_eq!(list[0].get("token"), None);
    let one = format!("{all}/{}", made["id"]);
    assert_eq!(server.get(&one).private_token(ROOT).send().expect(200)["id"], made["id"]);
    let missing = json!({ "message": "404 Impersonation Token Not Found" });
    // Neither a personal token nor another user's impersonation token is found here.
    assert_eq!(server.get(&format!("{all}/1")).private_token(ROOT).send().expect(404), missing);
    let others = server.get(&format!("/api/v4/users/3/impersonation_tokens/{}", made["id"])).private_token(ROOT).send();
    assert_eq!(others.expect(404), missing);
    for call in [server.get(all), server.get(&one), server.delete(&one), server.post(all)] {
        assert_eq!(call.private_token(JOHN).send().expect(403), json!({ "message": "403 Forbidden" }));
    }
    assert_eq!(server.delete(&one).private_token(ROOT).json(json!({})).send().status, 204);
    server.get("/api/v4/user").private_token(secret(&made)).send().expect(401);
    for (state, count) in [("active", 0), ("inactive", 1), ("all", 1)] {
        let list = server.get(&format!("{all}?state={state}")).private_token(ROOT).send().expect(200);
        assert_eq!(list.as_array().unwrap().len(), count, "{state}");
    }
}

#[test]
fn the_last_use_of_a_token_is_recorded() {
    let mut server = Server::on_file(&[]);
    server.get("/api/v4/user").private_token(JOHN).send().expect(200);
    // The server writes it every minute and when it stops.
    assert!(server.stop().success());
    let used = "SELECT t.last_used_at = u.last_active_at FROM tokens t JOIN users u ON u.id = t.user_id WHERE u.id = 1";
    assert_eq!(server.sql::<Option<bool>>(used), Some(true));
}
