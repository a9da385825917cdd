//! `rest/authentication.md`, "Sudo".

use super::{create_ada, create_token, secret};
use crate::harness::{JOHN, ROOT, Server};
use serde_json::json;

#[test]
fn an_administrator_can_act_as_a_user_by_id_or_username() {
    let server = Server::demo();
    let user = "/api/v4/user";
    for call in [
        server.get(&format!("{user}?sudo=1")),
        server.get(&format!("{user}?sudo=JOHN_smith")),
        server.get(user).header("Sudo", "1"),
        server.get(user).header("SUDO", "john_smith"),
    ] {
        let john = call.private_token(ROOT).send().expect(200);
        assert_eq!(john["username"], "john_smith");
        assert_eq!(john.get("is_admin"), None);
    }
}

#[test]
fn sudo_acts_with_the_ownership_and_rights_of_that_user() {
    let server = Server::demo();
    let body = json!({ "email": "j@example.com", "sudo": 1 });
    let email = server.post("/api/v4/user/emails").private_token(ROOT).json(body).send().expect(201);
    assert_eq!(server.get("/api/v4/user/emails").private_token(JOHN).send().expect(200), json!([email]));
    let refused = server.delete("/api/v4/users/3").private_token(ROOT).header("Sudo", "john_smith").send();
    assert_eq!(refused.expect(403), json!({ "message": "403 Forbidden" }));
}

#[test]
fn refused_sudo_has_gitlabs_status_and_message() {
    let server = Server::demo();
    let user = |token: &str, sudo: &str| server.get("/api/v4/user").private_token(token).header("Sudo", sudo).send();
    let message = |text: &str| json!({ "message": text });
    assert_eq!(user(JOHN, "4").expect(403), message("403 Forbidden - Must be admin to use sudo"));
    assert_eq!(user(ROOT, "123").expect(404), message("404 User with ID or username '123' Not Found"));
    assert_eq!(user(ROOT, "nobody").expect(404), message("404 User with ID or username 'nobody' Not Found"));
    assert_eq!(user("no-such-token-at-all", "1").expect(401), message("401 Unauthorized"));
    // With an ambiguous parameter the request is refused, rather than run as the administrator.
    server.get("/api/v4/user?sudo[]=1&sudo=1&sudo=3").private_token(ROOT).send().expect(400);
    server.post("/api/v4/users/3/block").private_token(ROOT).send().expect(201);
    assert_eq!(user(ROOT, "3").expect(403), message("403 Forbidden - that user is not active"));
}

#[test]
fn sudo_requires_the_api_scope() {
    let server = Server::demo();
    create_ada(&server);
    let token = create_token(&server, 4, "personal_access_tokens", &["read_api"]);
    let refused = server.get("/api/v4/user?sudo=1").private_token(secret(&token)).send().expect(403);
    assert_eq!(refused["error"], "insufficient_scope");
}

#[test]
fn docker_ignores_sudo() {
    let server = Server::demo();
    server.get("/api/v1.1/users/john_smith/").bearer(ROOT).header("Sudo", "1").send().expect(403);
}
