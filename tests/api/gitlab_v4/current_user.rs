//! `GET /user`, the accepted credentials and scopes, and the first requests of typical clients.

use super::user_fields::{View, fields};
use super::{create_ada, create_token, secret};
use crate::harness::{JACK, JANE, JOHN, ROOT, Server};
use serde_json::json;

/// `users.md`, "Get the current user", "As a regular user".
#[test]
fn a_regular_user_sees_exactly_the_documented_fields() {
    let server = Server::demo();
    let answer = server.get("/api/v4/user").private_token(JOHN).send();
    assert_eq!(answer.names(), fields(View::Current));
    let john = answer.expect(200);
    assert_eq!(john["web_url"], format!("{}/john_smith", server.url()));
    assert_eq!(john["created_at"], "2012-05-23T08:00:58.000Z");
    assert_eq!(john["bio"], "");
    assert_eq!(john["location"], json!(null));
    assert_eq!(john["identities"], json!([{ "provider": "provider_name", "extern_uid": "john.smith" }]));
}

/// "As an administrator".
#[test]
fn an_administrator_sees_more_fields_of_their_own_user() {
    let server = Server::demo();
    let answer = server.get("/api/v4/user").private_token(ROOT).send();
    assert_eq!(answer.names(), fields(View::CurrentAdmin));
    assert_eq!(answer.json()["is_admin"], true);
}

/// `rest/authentication.md`.
#[test]
fn a_token_is_accepted_in_headers_and_query_parameters() {
    let server = Server::demo();
    let user = "/api/v4/user";
    for call in [
        server.get(user).private_token(JOHN),
        server.get(user).bearer(JOHN),
        server.get(&format!("{user}?private_token={JOHN}")),
        server.get(&format!("{user}?access_token={JOHN}")),
        server.get(user).bearer(JOHN).header("Sudo", ""),
    ] {
        assert_eq!(call.send().expect(200)["username"], "john_smith");
    }
    // v3 has no `access_token`.
    server.get(&format!("/api/v3/user?access_token={JOHN}")).send().expect(401);
}

#[test]
fn an_invalid_credential_is_401_in_gitlabs_format() {
    let server = Server::demo();
    for call in [
        server.get("/api/v4/user"),
        server.get("/api/v4/user").private_token("no-such-token-at-all"),
        server.get("/api/v4/user").private_token("short"),
        server.get("/api/v4/user?access_token=no-such-token-at-all"),
        server.get("/api/v4/users?username=john_smith").private_token("no-such-token-at-all"),
    ] {
        assert_eq!(call.send().expect(401), json!({ "message": "401 Unauthorized" }));
    }
}

#[test]
fn a_missing_scope_is_403_and_names_the_sufficient_scopes() {
    let server = Server::demo();
    let description = "The request requires higher privileges than provided by the access token.";
    let insufficient =
        |scope: &str| json!({ "error": "insufficient_scope", "error_description": description, "scope": scope });
    let answer = server.get("/api/v4/user").private_token(JANE).send();
    assert_eq!(answer.header("www-authenticate").unwrap().split(' ').next(), Some("Bearer"));
    assert_eq!(answer.expect(403), insufficient("read_user read_api api"));
    let answer = server.post("/api/v4/user/keys").private_token(JACK).send();
    assert_eq!(answer.expect(403), insufficient("api"));
    let answer = server.get("/api/v4/personal_access_tokens").private_token(JACK).send();
    assert_eq!(answer.expect(403), insufficient("read_api api"));
}

#[test]
fn read_api_can_read_everything_and_change_nothing() {
    let server = Server::demo();
    create_ada(&server);
    let token = create_token(&server, 4, "personal_access_tokens", &["read_api"]);
    for path in ["user", "users", "users/1", "user/keys", "users/1/emails", "personal_access_tokens", "keys/1"] {
        server.get(&format!("/api/v4/{path}")).private_token(secret(&token)).send().expect(200);
    }
    for call in [
        server.post("/api/v4/users/1/block"),
        server.delete("/api/v4/users/6"),
        server.post("/api/v4/user/emails"),
        server.put("/api/v4/users/6"),
    ] {
        assert_eq!(call.private_token(secret(&token)).send().expect(403)["error"], "insufficient_scope");
    }
    // It includes none of docker's scopes.
    server.get("/api/v1.1/users/root/").bearer(secret(&token)).send().expect(403);
}

/// `version.md`, `metadata.md`.
#[test]
fn version_and_metadata_require_a_credential() {
    let server = Server::demo();
    let version = server.get("/api/v4/version").private_token(JACK).send();
    assert_eq!(version.names(), ["version", "revision"]);
    let metadata = server.get("/api/v4/metadata").private_token(JACK).send().expect(200);
    assert_eq!(metadata["version"], version.json()["version"]);
    assert_eq!(metadata["enterprise"], false);
    let none = json!({ "enabled": false, "externalUrl": null, "externalK8sProxyUrl": null, "version": null });
    assert_eq!(metadata["kas"], none);
    for path in ["version", "metadata", "user_counts"] {
        server.get(&format!("/api/v4/{path}")).send().expect(401);
    }
}

#[test]
fn user_counts_are_all_zero() {
    let server = Server::demo();
    let expected = json!({
        "merge_requests": 0, "assigned_issues": 0, "assigned_merge_requests": 0,
        "review_requested_merge_requests": 0, "todos": 0
    });
    assert_eq!(server.get("/api/v4/user_counts").private_token(JACK).send().expect(200), expected);
}

#[test]
fn health_probes_need_no_credential() {
    let server = Server::demo();
    let health = server.get("/-/health").send();
    assert_eq!((health.status, health.body.as_str()), (200, "GitLab OK"));
    assert_eq!(server.get("/-/liveness").send().expect(200), json!({ "status": "ok" }));
    assert_eq!(server.get("/-/readiness").send().expect(200)["status"], "ok");
    assert_eq!(server.post("/-/health").send().header("allow"), Some("GET, HEAD"));
}

#[test]
fn unknown_paths_and_methods_are_refused_in_v4s_format() {
    let server = Server::demo();
    let unknown = server.get("/api/v4/projects/1/hooks").private_token(ROOT).send();
    assert_eq!(unknown.expect(404), json!({ "error": "404 Not Found" }));
    let put = server.put("/api/v4/user").private_token(ROOT).send();
    assert_eq!(put.header("allow"), Some("GET, HEAD"));
    assert_eq!(put.expect(405), json!({ "error": "405 Not Allowed" }));
}
