//! The users and fields that `GET /users` returns: `users.md`, "List users".

use super::create_ada;
use super::user_fields::{View, fields};
use crate::harness::{JOHN, ROOT, Server};
use serde_json::{Value, json};

#[track_caller]
fn usernames_found(server: &Server, token: &str, query: &str) -> Vec<String> {
    let users = server.get(&format!("/api/v4/users?{query}")).private_token(token).send().expect(200);
    users.as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn regular_users_see_the_basic_fields_newest_first() {
    let server = Server::demo();
    let users = server.get("/api/v4/users").private_token(JOHN).send().expect(200);
    let basic = fields(View::Basic);
    assert!(users.as_array().unwrap().iter().all(|user| crate::harness::names(user) == basic));
    assert_eq!(usernames_found(&server, JOHN, ""), ["username", "root", "jack_smith", "janedoe", "john_smith"]);
}

#[test]
fn administrators_see_the_documented_fields_of_every_user() {
    let server = Server::demo();
    let users = server.get("/api/v4/users?per_page=1").private_token(ROOT).send().expect(200);
    assert_eq!(crate::harness::names(&users[0]), fields(View::AdminList));
}

#[test]
fn anonymous_callers_can_only_look_up_a_username() {
    let server = Server::demo();
    let one = server.get("/api/v4/users?username=JOHN_Smith").send().expect(200);
    assert_eq!(one.as_array().unwrap().len(), 1);
    assert_eq!(one[0]["username"], "john_smith");
    assert_eq!(one[0].as_object().unwrap().len(), 7);
    for query in ["", "?username=", "?search=john"] {
        let refused = server.get(&format!("/api/v4/users{query}")).send().expect(403);
        assert_eq!(refused, json!({ "message": "403 Forbidden - Not authorized to access /api/v4/users" }));
    }
}

#[test]
fn each_filter_and_order_selects_the_documented_users() {
    let server = Server::demo();
    create_ada(&server);
    let change = |id: i64, body: Value| {
        server.put(&format!("/api/v4/users/{id}")).private_token(ROOT).json(body).send().expect(200);
    };
    change(6, json!({ "external": true, "public_email": "ada@example.com" }));
    server.post("/api/v4/users/3/block").private_token(ROOT).send().expect(201);
    let all = ["ada", "username", "root", "jack_smith", "janedoe", "john_smith"];
    for (query, expected) in [
        ("username=Ada", &["ada"][..]),
        ("username=ad", &[]),
        ("search=SMITH", &["jack_smith", "john_smith"]),
        ("search=doe", &["janedoe"]),
        ("search=john@example.com", &["john_smith"]),
        ("search=john@exampl", &[]),
        ("active=true", &["ada", "username", "root", "janedoe", "john_smith"]),
        ("active=false", &all),
        ("active=False&external=True", &["ada"]),
        ("blocked=true", &["jack_smith"]),
        ("exclude_active=true", &["jack_smith"]),
        ("external=true", &["ada"]),
        ("exclude_external=true", &all[1..]),
        ("admins=true", &["root"]),
        ("provider=provider_name&extern_uid=john.smith", &["john_smith"]),
        ("provider=provider_name&extern_uid=nobody", &[]),
        ("public_email=ADA@example.com", &["ada"]),
        ("public_email=john@example.com", &[]),
        ("created_before=2012-05-23T08:00:59Z", &["root", "john_smith"]),
        ("created_before=2013-01-01", &["root", "jack_smith", "john_smith"]),
        ("created_after=2014-02-12T17:59:00.000&created_before=2015-01-01", &["username"]),
        ("humans=true", &all),
        ("exclude_humans=true", &[]),
        ("exclude_internal=true&without_project_bots=true&without_projects=true", &all),
        ("two_factor=enabled", &[]),
        ("two_factor=disabled", &all),
        ("order_by=id&sort=asc&per_page=2", &["john_smith", "janedoe"]),
        ("order_by=name&sort=asc&per_page=2", &["ada", "root"]),
        ("order_by=username&per_page=2", &["username", "root"]),
        ("order_by=created_at&sort=asc&per_page=2", &["root", "john_smith"]),
        ("order_by=updated_at&per_page=1", &["jack_smith"]),
    ] {
        assert_eq!(usernames_found(&server, ROOT, query), expected, "{query}");
    }
}

#[test]
fn regular_users_cannot_search_for_private_addresses() {
    let server = Server::demo();
    create_ada(&server);
    assert_eq!(usernames_found(&server, JOHN, "search=ada@example.com"), Vec::<String>::new());
    assert_eq!(usernames_found(&server, JOHN, "search=example"), Vec::<String>::new());
    let body = json!({ "public_email": "ada@example.com" });
    server.put("/api/v4/users/6").private_token(ROOT).json(body).send().expect(200);
    assert_eq!(usernames_found(&server, JOHN, "search=Ada@example.com"), ["ada"]);
}

#[test]
fn filters_for_administrators_are_ignored_for_regular_users() {
    let server = Server::demo();
    let all = ["username", "root", "jack_smith", "janedoe", "john_smith"];
    for query in ["admins=true", "created_after=2100-01-01", "order_by=name&sort=asc", "two_factor=enabled"] {
        assert_eq!(usernames_found(&server, JOHN, query), all, "{query}");
    }
}

#[test]
fn an_invalid_parameter_is_400() {
    let server = Server::demo();
    for (query, error) in [
        ("order_by=email", "order_by does not have a valid value"),
        ("sort=up", "sort does not have a valid value"),
        ("active=maybe", "active is invalid"),
        ("created_after=soon", "created_after is invalid"),
        ("provider=github", "extern_uid, provider provide all or none of parameters"),
        ("per_page=0", "per_page does not have a valid value"),
        ("page=x", "page does not have a valid value"),
        ("pagination=keyset&cursor=%21", "cursor is invalid"),
        ("pagination=keyset&id_after=x", "id_after is invalid"),
    ] {
        let refused = server.get(&format!("/api/v4/users?{query}")).private_token(ROOT).send().expect(400);
        assert_eq!(refused, json!({ "error": error }), "{query}");
    }
}
