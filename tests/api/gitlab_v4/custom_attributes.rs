//! Custom attributes of users: `custom_attributes.md`, and `users.md` on the list of users.

use super::{create_token, secret};
use crate::harness::{JOHN, ROOT, Request, Response, Server};
use serde_json::{Value, json};

const ALL: &str = "/api/v4/users/1/custom_attributes";

fn set(server: &Server, user: i64, key: &str, value: &str) -> Response {
    let path = format!("/api/v4/users/{user}/custom_attributes/{key}");
    server.put(&path).private_token(ROOT).json(json!({ "value": value })).send()
}

fn as_root(call: Request) -> Response {
    call.private_token(ROOT).send()
}

#[test]
fn an_attribute_can_be_set_read_changed_and_deleted() {
    let server = Server::demo();
    assert_eq!(as_root(server.get(ALL)).expect(200), json!([]));
    assert_eq!(set(&server, 1, "role", "Developer").expect(200), json!({ "key": "role", "value": "Developer" }));
    let form = server.put(&format!("{ALL}/the%20location")).private_token(ROOT).form(&[("value", "Antarctica")]);
    assert_eq!(form.send().expect(200), json!({ "key": "the location", "value": "Antarctica" }));
    set(&server, 1, "role", "Owner").expect(200);
    let all = json!([{ "key": "role", "value": "Owner" }, { "key": "the location", "value": "Antarctica" }]);
    assert_eq!(as_root(server.get(ALL)).expect(200), all);
    assert_eq!(as_root(server.get(&format!("{ALL}/role"))).expect(200), all[0]);
    let deleted = as_root(server.delete(&format!("{ALL}/role")));
    assert_eq!((deleted.status, deleted.body.as_str()), (204, ""));
    assert_eq!(as_root(server.get(ALL)).expect(200), json!([all[1]]));
    // Another user's are not touched.
    assert_eq!(as_root(server.get("/api/v4/users/2/custom_attributes")).expect(200), json!([]));
}

#[test]
fn a_missing_user_or_attribute_is_404() {
    let server = Server::demo();
    let path = "/api/v4/users/999/custom_attributes";
    let one = format!("{path}/role");
    let put = server.put(&one).json(json!({ "value": "x" }));
    for call in [server.get(path), server.get(&one), put, server.delete(&one)] {
        assert_eq!(as_root(call).expect(404), json!({ "message": "404 User Not Found" }));
    }
    let one = format!("{ALL}/role");
    assert_eq!(as_root(server.get(&one)).expect(404), json!({ "message": "404 Not Found" }));
    assert_eq!(as_root(server.delete(&one)).expect(404), json!({ "message": "404 Custom attribute Not Found" }));
}

#[test]
fn a_value_is_required_and_bounded() {
    let server = Server::demo();
    let missing = as_root(server.put(&format!("{ALL}/role")).json(json!({})));
    assert_eq!(missing.expect(400), json!({ "error": "value is missing" }));
    assert_eq!(set(&server, 1, "role", " ").expect(400), json!({ "message": { "value": ["can't be blank"] } }));
    let long = json!({ "message": { "value": ["is too long (maximum is 255 characters)"] } });
    assert_eq!(set(&server, 1, "role", &"x".repeat(256)).expect(400), long);
    let long = json!({ "message": { "key": ["is too long (maximum is 255 characters)"] } });
    assert_eq!(set(&server, 1, &"k".repeat(256), "x").expect(400), long);
    for number in 0..100 {
        set(&server, 1, &format!("key{number}"), "x").expect(200);
    }
    let full = json!({ "message": { "key": ["is one too many: a user can have 100 custom attributes"] } });
    assert_eq!(set(&server, 1, "one-more", "x").expect(400), full);
    set(&server, 1, "key7", "y").expect(200);
    set(&server, 2, "one-more", "x").expect(200);
}

/// "Every API call to custom attributes must be authenticated as administrator."
#[test]
fn only_administrators_can_see_or_change_them() {
    let server = Server::demo();
    set(&server, 1, "role", "secret-role").expect(200);
    let one = format!("{ALL}/role");
    let put = server.put(&one).json(json!({ "value": "x" }));
    for call in [server.get(ALL), server.get(&one), put, server.delete(&one)] {
        assert_eq!(call.clone().private_token(JOHN).send().expect(403), json!({ "message": "403 Forbidden" }));
        call.send().expect(401);
    }
    let read = create_token(&server, 4, "personal_access_tokens", &["read_user"]);
    server.get(ALL).private_token(secret(&read)).send().expect(200);
    server.delete(&one).private_token(secret(&read)).send().expect(403);
    for path in ["/api/v4/users?with_custom_attributes=true", "/api/v4/users/1?with_custom_attributes=true"] {
        let seen = server.get(path).private_token(JOHN).send();
        assert!(seen.status == 200 && !seen.body.contains("secret-role"), "{seen:?}");
        assert!(!seen.body.contains("custom_attributes"), "{seen:?}");
    }
    // GitLab ignores the filter from other users, who would learn values from it.
    let all = server.get("/api/v4/users").private_token(JOHN).send().expect(200);
    for value in ["secret-role", "another"] {
        let list = server.get(&format!("/api/v4/users?custom_attributes[role]={value}")).private_token(JOHN).send();
        assert_eq!(list.expect(200), all, "{value}");
    }
}

#[test]
fn users_can_be_found_by_their_attributes() {
    let server = Server::demo();
    set(&server, 1, "role", "dev").expect(200);
    set(&server, 1, "site", "north").expect(200);
    set(&server, 3, "role", "dev").expect(200);
    let ids = |query: &str| -> Vec<i64> {
        let list = as_root(server.get(&format!("/api/v4/users?sort=asc&{query}"))).expect(200);
        list.as_array().unwrap().iter().map(|user| user["id"].as_i64().unwrap()).collect()
    };
    assert_eq!(ids("custom_attributes[role]=dev"), [1, 3]);
    assert_eq!(ids("custom_attributes%5Brole%5D=dev&custom_attributes[site]=north"), [1]);
    assert_eq!(ids("custom_attributes[role]=Dev"), Vec::<i64>::new());
    assert_eq!(ids("custom_attributes[other]=dev"), Vec::<i64>::new());
    assert_eq!(ids("custom_attributes[role]=dev&search=jack"), [3]);
    assert_eq!(ids("custom_attributes[role]=dev&pagination=keyset&order_by=id"), [1, 3]);
    let many: String = (0..11).map(|number| format!("custom_attributes[k{number}]=x&")).collect();
    let error = json!({ "error": "custom_attributes does not have a valid value" });
    assert_eq!(as_root(server.get(&format!("/api/v4/users?{many}"))).expect(400), error);
}

#[test]
fn administrators_can_read_users_with_their_attributes() {
    let server = Server::demo();
    set(&server, 1, "role", "dev").expect(200);
    let attributes = json!([{ "key": "role", "value": "dev" }]);
    let one = as_root(server.get("/api/v4/users/1?with_custom_attributes=true")).expect(200);
    assert_eq!(one["custom_attributes"], attributes);
    let list = as_root(server.get("/api/v4/users?with_custom_attributes=true")).expect(200);
    let of = |id: i64| -> &Value {
        &list.as_array().unwrap().iter().find(|user| user["id"] == id).unwrap()["custom_attributes"]
    };
    assert_eq!((of(1), of(2)), (&attributes, &json!([])));
    for path in ["/api/v4/users/1", "/api/v4/users", "/api/v4/users/1?with_custom_attributes=false"] {
        assert!(!as_root(server.get(path)).body.contains("custom_attributes"), "{path}");
    }
}

#[test]
fn an_export_has_the_attributes_and_a_deletion_removes_them() {
    let server = Server::on_file_without_passwords(&[]);
    set(&server, 1, "role", "dev").expect(200);
    let (exported, copy) = super::export_and_import(&server);
    let user = exported["users"].as_array().unwrap().iter().find(|user| user["username"] == "john_smith").unwrap();
    assert_eq!(user["custom_attributes"], json!([{ "key": "role", "value": "dev" }]));
    assert_eq!(as_root(copy.get(&format!("{ALL}/role"))).expect(200), user["custom_attributes"][0]);
    as_root(server.delete("/api/v4/users/1")).expect(204);
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM custom_attributes"), 0);
}
