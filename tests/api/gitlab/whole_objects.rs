//! SPEC 5: clients send back whole objects, with `null` for what has no value.

use super::{show, update};
use crate::harness::{ROOT, Server};
use serde_json::{Value, json};

#[test]
fn a_user_without_a_name_still_has_none_after_a_round_trip() {
    let server = Server::demo();
    let path = "/api/v1.1/users/janedoe/";
    server.patch(path).basic("janedoe", "password").json(json!({"full_name": ""})).send().expect(200);
    let whole = show(&server, 2);
    // GitLab's clients never meet a user without a name.
    assert_eq!(whole["name"], "janedoe");
    update(&server, 2, whole).expect(200);
    assert_eq!(server.get(path).basic("janedoe", "password").send().expect(200)["full_name"], "");
    update(&server, 2, json!({"name": "Jane"})).expect(200);
    assert_eq!(server.get(path).basic("janedoe", "password").send().expect(200)["full_name"], "Jane");
}

#[test]
fn one_half_of_an_identity_that_is_null_says_nothing_of_it() {
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
fn what_is_no_id_is_nothing_to_delete() {
    let server = Server::demo();
    for id in ["999", "99999999999999999999", "abc", "0", "-1"] {
        assert_eq!(server.delete(&format!("/api/v3/users/{id}")).private(ROOT).send().expect(200), Value::Null, "{id}");
        assert_eq!(
            server.delete(&format!("/api/v3/user/keys/{id}")).private(ROOT).send().expect(200),
            Value::Null,
            "{id}"
        );
    }
    let precise = Server::demo_with(&["--gitlab-errors", "precise"]);
    assert_eq!(precise.delete("/api/v3/users/abc").private(ROOT).send().status, 404);
    assert_eq!(precise.delete("/api/v3/user/keys/abc").private(ROOT).send().expect(200), Value::Null);
}

#[test]
fn a_list_with_very_long_parameters_has_its_counts_and_no_link() {
    let server = Server::demo();
    let answer = server.get(&format!("/api/v3/users?x={}", ",".repeat(20_000))).private(ROOT).send();
    assert_eq!((answer.status, answer.header("x-total"), answer.header("link")), (200, Some("5"), None));
    let answer = server.get("/api/v3/users?x=short").private(ROOT).send();
    assert!(answer.header("link").is_some_and(|link| link.contains("x=short")));
}
