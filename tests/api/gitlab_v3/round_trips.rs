//! Clients send back whole objects, with `null` for attributes without a value.

use super::{show, update};
use crate::harness::{ROOT, Server};
use serde_json::{Value, json};

#[test]
fn an_empty_name_stays_empty_after_a_round_trip() {
    let server = Server::demo();
    let path = "/api/v1.1/users/janedoe/";
    server.patch(path).basic("janedoe", "password").json(json!({"full_name": ""})).send().expect(200);
    let whole = show(&server, 2);
    // GitLab always shows a name: the username stands in for an empty one.
    assert_eq!(whole["name"], "janedoe");
    update(&server, 2, whole).expect(200);
    assert_eq!(server.get(path).basic("janedoe", "password").send().expect(200)["full_name"], "");
    update(&server, 2, json!({"name": "Jane"})).expect(200);
    assert_eq!(server.get(path).basic("janedoe", "password").send().expect(200)["full_name"], "Jane");
}

#[test]
fn null_for_half_of_an_identity_leaves_it_unchanged() {
    let server = Server::demo();
    for half in ["extern_uid", "provider"] {
        let user = update(&server, 1, json!({ half: null })).expect(200);
        assert_eq!((&user["extern_uid"], &user["provider"]), (&json!("john.smith"), &json!("provider_name")));
    }
    let user = update(&server, 1, json!({"extern_uid": null, "provider": null})).expect(200);
    assert_eq!((&user["extern_uid"], &user["provider"]), (&Value::Null, &Value::Null));
    assert_eq!(user["identities"], json!([]));
}

#[test]
fn deleting_an_unknown_or_malformed_id_answers_null() {
    let server = Server::demo();
    for id in ["999", "99999999999999999999", "abc", "0", "-1"] {
        assert_eq!(
            server.delete(&format!("/api/v3/users/{id}")).private_token(ROOT).send().expect(200),
            Value::Null,
            "{id}"
        );
        assert_eq!(
            server.delete(&format!("/api/v3/user/keys/{id}")).private_token(ROOT).send().expect(200),
            Value::Null,
            "{id}"
        );
    }
    let precise = Server::demo_with(&["--gitlab-errors", "precise"]);
    assert_eq!(precise.delete("/api/v3/users/abc").private_token(ROOT).send().status, 404);
    assert_eq!(precise.delete("/api/v3/user/keys/abc").private_token(ROOT).send().expect(200), Value::Null);
}

#[test]
fn a_list_with_very_long_parameters_has_totals_but_no_link_header() {
    let server = Server::demo();
    let answer = server.get(&format!("/api/v3/users?x={}", ",".repeat(20_000))).private_token(ROOT).send();
    assert_eq!((answer.status, answer.header("x-total"), answer.header("link")), (200, Some("5"), None));
    let answer = server.get("/api/v3/users?x=short").private_token(ROOT).send();
    assert!(answer.header("link").is_some_and(|link| link.contains("x=short")));
}
