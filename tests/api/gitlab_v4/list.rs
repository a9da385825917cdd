//! Which users a list holds: `users.md`, "List users".

use super::make_ada;
use crate::harness::{JOHN, ROOT, Server};
use serde_json::{Value, json};

#[track_caller]
fn found(server: &Server, token: &str, query: &str) -> Vec<String> {
    let users = server.get(&format!("/api/v4/users?{query}")).private(token).send().expect(200);
    users.as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn regular_users_see_the_basic_fields_newest_first() {
    let server = Server::demo();
    let users = server.get("/api/v4/users").private(JOHN).send().expect(200);
    let basic = ["id", "username", "name", "state", "locked", "avatar_url", "web_url"];
    assert!(users.as_array().unwrap().iter().all(|user| crate::harness::names(user) == basic));
    assert_eq!(found(&server, JOHN, ""), ["username", "root", "jack_smith", "janedoe", "john_smith"]);
}

#[test]
fn administrators_see_the_documented_fields() {
    let server = Server::demo();
    let users = server.get("/api/v4/users?per_page=1").private(ROOT).send().expect(200);
    let expected = [
        "id",
        "username",
        "email",
        "name",
        "state",
        "locked",
        "avatar_url",
        "web_url",
        "created_at",
        "is_admin",
        "bio",
        "location",
        "public_email",
        "skype",
        "linkedin",
        "twitter",
        "discord",
        "website_url",
        "organization",
        "job_title",
        "last_sign_in_at",
        "confirmed_at",
        "theme_id",
        "last_activity_on",
        "color_scheme_id",
        "projects_limit",
        "current_sign_in_at",
        "note",
        "identities",
        "can_create_group",
        "can_create_project",
        "two_factor_enabled",
        "external",
        "private_profile",
        "current_sign_in_ip",
        "last_sign_in_ip",
        "namespace_id",
        "created_by",
        "email_reset_offered_at",
    ];
    assert_eq!(crate::harness::names(&users[0]), expected);
}

#[test]
fn without_a_token_only_a_user_name_is_looked_up() {
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
fn a_table_of_filters() {
    let server = Server::demo();
    make_ada(&server);
    let change = |id: i64, body: Value| {
        server.put(&format!("/api/v4/users/{id}")).private(ROOT).json(body).send().expect(200);
    };
    change(6, json!({ "external": true, "public_email": "ada@example.com" }));
    server.post("/api/v4/users/3/block").private(ROOT).send().expect(201);
    let everybody = ["ada", "username", "root", "jack_smith", "janedoe", "john_smith"];
    for (query, expected) in [
        ("username=Ada", &["ada"][..]),
        ("username=ad", &[]),
        ("search=SMITH", &["jack_smith", "john_smith"]),
        ("search=doe", &["janedoe"]),
        ("search=john@example.com", &["john_smith"]),
        ("search=john@exampl", &[]),
        ("active=true", &["ada", "username", "root", "janedoe", "john_smith"]),
        ("active=false", &everybody),
        ("active=False&external=True", &["ada"]),
        ("blocked=true", &["jack_smith"]),
        ("exclude_active=true", &["jack_smith"]),
        ("external=true", &["ada"]),
        ("exclude_external=true", &everybody[1..]),
        ("admins=true", &["root"]),
        ("provider=provider_name&extern_uid=john.smith", &["john_smith"]),
        ("provider=provider_name&extern_uid=nobody", &[]),
        ("public_email=ADA@example.com", &["ada"]),
        ("public_email=john@example.com", &[]),
        ("created_before=2012-05-23T08:00:59Z", &["root", "john_smith"]),
        ("created_before=2013-01-01", &["root", "jack_smith", "john_smith"]),
        ("created_after=2014-02-12T17:59:00.000&created_before=2015-01-01", &["username"]),
        ("humans=true", &everybody),
        ("exclude_humans=true", &[]),
        ("exclude_internal=true&without_project_bots=true&without_projects=true", &everybody),
        ("two_factor=enabled", &[]),
        ("two_factor=disabled", &everybody),
        ("order_by=id&sort=asc&per_page=2", &["john_smith", "janedoe"]),
        ("order_by=name&sort=asc&per_page=2", &["ada", "root"]),
        ("order_by=username&per_page=2", &["username", "root"]),
        ("order_by=created_at&sort=asc&per_page=2", &["root", "john_smith"]),
        ("order_by=updated_at&per_page=1", &["jack_smith"]),
    ] {
        assert_eq!(found(&server, ROOT, query), expected, "{query}");
    }
}

#[test]
fn regular_users_cannot_find_out_addresses() {
    let server = Server::demo();
    make_ada(&server);
    assert_eq!(found(&server, JOHN, "search=ada@example.com"), Vec::<String>::new());
    assert_eq!(found(&server, JOHN, "search=example"), Vec::<String>::new());
    let body = json!({ "public_email": "ada@example.com" });
    server.put("/api/v4/users/6").private(ROOT).json(body).send().expect(200);
    assert_eq!(found(&server, JOHN, "search=Ada@example.com"), ["ada"]);
}

#[test]
fn what_is_for_administrators_is_left_out_for_others() {
    let server = Server::demo();
    let all = ["username", "root", "jack_smith", "janedoe", "john_smith"];
    for query in ["admins=true", "created_after=2100-01-01", "order_by=name&sort=asc", "two_factor=enabled"] {
        assert_eq!(found(&server, JOHN, query), all, "{query}");
    }
}

#[test]
fn a_parameter_that_cannot_be_is_400() {
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
        let refused = server.get(&format!("/api/v4/users?{query}")).private(ROOT).send().expect(400);
        assert_eq!(refused, json!({ "error": error }), "{query}");
    }
}
