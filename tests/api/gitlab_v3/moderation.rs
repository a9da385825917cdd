//! `PUT /users/:id/block` and `/unblock` follow the rules of v4's moderation.

use super::{create, new_user, show, update};
use crate::harness::{ROOT, Server};
use serde_json::json;

#[test]
fn unblock_does_not_lift_a_ban() {
    let server = Server::demo();
    server.post("/api/v4/users/3/ban").private_token(ROOT).send().expect(201);
    let refused = server.put("/api/v3/users/3/unblock").private_token(ROOT).send().expect(403);
    assert_eq!(refused, json!({ "message": "403 Forbidden - the user is banned" }));
    assert_eq!(show(&server, 3)["state"], "banned");
    // A banned user counts as blocked already.
    assert_eq!(server.put("/api/v3/users/3/block").private_token(ROOT).send().expect(200), json!(true));
    assert_eq!(show(&server, 3)["state"], "banned");
}

#[test]
fn unblock_does_not_activate_a_deactivated_user() {
    let server = Server::demo();
    let id = create(&server, new_user("ada"));
    server.post(&format!("/api/v4/users/{id}/deactivate")).private_token(ROOT).send().expect(201);
    server.put(&format!("/api/v3/users/{id}/unblock")).private_token(ROOT).send().expect(403);
    assert_eq!(show(&server, id)["state"], "deactivated");
}

#[test]
fn administrators_cannot_block_themselves() {
    let server = Server::demo();
    update(&server, 1, json!({"admin": true})).expect(200);
    let refused = server.put("/api/v3/users/4/block").private_token(ROOT).send().expect(403);
    assert!(refused["message"].as_str().unwrap().starts_with("403 Forbidden"), "{refused}");
    assert_eq!(show(&server, 4)["state"], "active");
}
