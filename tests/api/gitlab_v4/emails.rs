//! `user_email_addresses.md`.

use super::{assert_is_timestamp, create_ada};
use crate::harness::{JACK, JOHN, ROOT, Server};
use serde_json::{Value, json};

#[test]
fn a_user_can_manage_their_own_secondary_addresses() {
    let server = Server::demo();
    let emails = "/api/v4/user/emails";
    assert_eq!(server.get(emails).private_token(JOHN).send().expect(200), json!([]));
    let added = server.post(emails).private_token(JOHN).json(json!({ "email": "j@example.com" })).send();
    assert_eq!(added.names(), ["id", "email", "confirmed_at"]);
    let added = added.expect(201);
    assert_eq!((&added["email"], &added["confirmed_at"]), (&json!("j@example.com"), &Value::Null));
    assert_eq!(server.get(emails).private_token(JOHN).send().expect(200), json!([added]));
    let one = format!("{emails}/{}", added["id"]);
    assert_eq!(server.get(&one).private_token(JOHN).send().expect(200), added);
    // Other users cannot see it.
    let missing = json!({ "message": "404 Email Not Found" });
    assert_eq!(server.get(&one).private_token(JACK).send().expect(404), missing);
    let deleted = server.delete(&one).private_token(JOHN).json(json!({})).send();
    assert_eq!((deleted.status, deleted.body.as_str()), (204, ""));
    assert_eq!(server.delete(&one).private_token(JOHN).send().expect(404), missing);
}

#[test]
fn an_administrator_can_add_an_address_as_confirmed() {
    let server = Server::demo();
    let emails = "/api/v4/users/1/emails";
    let body = json!({ "email": "j@example.com", "skip_confirmation": true });
    let added = server.post(emails).private_token(ROOT).json(body).send().expect(201);
    assert_is_timestamp(&added["confirmed_at"]);
    assert_eq!(server.get(emails).private_token(ROOT).send().expect(200), json!([added]));
    let one = format!("{emails}/{}", added["id"]);
    assert_eq!(server.get(&one).private_token(ROOT).send().expect(200), added);
    server.delete(&format!("/api/v4/users/3/emails/{}", added["id"])).private_token(ROOT).send().expect(404);
    assert_eq!(server.delete(&one).private_token(ROOT).send().status, 204);
    for call in [server.get(emails), server.post(emails)] {
        assert_eq!(call.private_token(JOHN).send().expect(403), json!({ "message": "403 Forbidden" }));
    }
}

#[test]
fn an_invalid_address_is_400_with_a_reason() {
    let server = Server::demo();
    create_ada(&server);
    let add = |body: Value| server.post("/api/v4/user/emails").private_token(JOHN).json(body).send().expect(400);
    let reason = |text: &str| json!({ "message": { "email": [text] } });
    assert_eq!(add(json!({})), json!({ "error": "email is missing" }));
    assert_eq!(add(json!({ "email": "" })), reason("can't be blank"));
    assert_eq!(add(json!({ "email": "ADA@example.com" })), reason("has already been taken"));
    assert_eq!(add(json!({ "email": "nobody" })), reason("is not a valid email address"));
}

#[test]
fn the_primary_address_cannot_be_deleted() {
    let server = Server::on_file(&[]);
    let id: i64 = server.sql("SELECT primary_email_id FROM users WHERE id = 1");
    let refused = server.delete(&format!("/api/v4/user/emails/{id}")).private_token(JOHN).send().expect(400);
    assert!(refused["message"]["email"][0].is_string(), "{refused}");
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM emails WHERE user_id = 1"), 1);
}
