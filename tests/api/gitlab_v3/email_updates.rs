//! `PUT /users/:id` with an `email`: another user's address, the user's own secondary one, and a new one. Each result
//! is checked in both dialects and in the database.

use super::{show, update};
use crate::harness::{JOHN, Server};
use serde_json::{Value, json};

fn emails(server: &Server) -> Value {
    server.get("/api/v1.1/users/john_smith/emails/").bearer(JOHN).send().expect(200)
}

fn email(address: &str, verified: bool, primary: bool) -> Value {
    json!({"email": address, "verified": verified, "primary": primary})
}

fn rows(server: &Server) -> Value {
    server.rows(
        "SELECT e.id, e.address, e.verified, e.id = u.primary_email_id
         FROM emails e JOIN users u ON u.id = e.user_id WHERE u.id = 1 ORDER BY e.id",
    )
}

#[track_caller]
fn add(server: &Server, address: &str) {
    let call = server.post("/api/v1.1/users/john_smith/emails/").bearer(JOHN);
    call.json(json!({"email": address})).send().expect(201);
}

#[test]
fn another_users_address_is_refused_and_nothing_changes() {
    let server = Server::on_file_without_passwords(&[]);
    let (before, user) = (server.rows("SELECT * FROM emails ORDER BY id"), show(&server, 1));
    for address in ["jack@example.com", "JACK@Example.com"] {
        let answer = update(&server, 1, json!({"email": address, "name": "Changed"}));
        assert_eq!(
            (answer.status, answer.json()),
            (404, json!({"message": "Email has already been taken by jack_smith"})),
            "{address}"
        );
    }
    assert_eq!(server.rows("SELECT * FROM emails ORDER BY id"), before);
    assert_eq!(show(&server, 1), user);
}

#[test]
fn the_users_own_secondary_address_becomes_primary_and_the_old_primary_stays() {
    let server = Server::on_file_without_passwords(&[]);
    add(&server, "second@example.com");
    add(&server, "third@example.com");
    let ids: Vec<Value> = rows(&server).as_array().unwrap().iter().map(|row| row[0].clone()).collect();
    let user = update(&server, 1, json!({"email": "second@example.com"})).expect(200);
    assert_eq!(user["email"], "second@example.com");
    let list = emails(&server);
    assert_eq!(list[0]["email"], "second@example.com");
    assert_eq!(list[0]["primary"], true);
    assert_eq!(list[1], email("john@example.com", true, false));
    assert_eq!(list[2], email("third@example.com", false, false));
    let now: Vec<Value> = rows(&server).as_array().unwrap().iter().map(|row| row[0].clone()).collect();
    assert_eq!(now, ids, "no row was added or removed");
}

#[test]
fn a_new_address_replaces_the_primary_one() {
    let server = Server::on_file_without_passwords(&[]);
    add(&server, "second@example.com");
    let user = update(&server, 1, json!({"email": "new@example.com"})).expect(200);
    assert_eq!(user["email"], "new@example.com");
    assert_eq!(
        emails(&server),
        json!([email("new@example.com", true, true), email("second@example.com", false, false)])
    );
    assert_eq!(rows(&server).as_array().unwrap().len(), 2);
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM emails WHERE address = 'john@example.com'"), 0);
    // The replaced address is free for any user.
    update(&server, 3, json!({"email": "john@example.com"})).expect(200);
}

#[test]
fn the_current_primary_address_changes_only_its_case() {
    let server = Server::on_file_without_passwords(&[]);
    let before = rows(&server);
    update(&server, 1, json!({"email": "john@example.com"})).expect(200);
    assert_eq!(rows(&server), before);
    let user = update(&server, 1, json!({"email": "John@Example.com"})).expect(200);
    assert_eq!(user["email"], "John@Example.com");
    assert_eq!(emails(&server), json!([email("John@Example.com", true, true)]));
    assert_eq!(rows(&server)[0][0], before[0][0]);
}

#[test]
fn sign_in_by_address_accepts_only_the_new_address() {
    let server = Server::demo();
    update(&server, 1, json!({"email": "new@example.com"})).expect(200);
    let session = |address: &str| {
        server.post("/api/v3/session").json(json!({"email": address, "password": "john-password"})).send().status
    };
    assert_eq!((session("new@example.com"), session("john@example.com")), (201, 401));
}
