//! What the last v3 release added: `sudo`, `/version`, and attributes of users (GitLab 9's `doc/api`).

use super::show;
use crate::harness::{JOHN, ROOT, Server};
use serde_json::{Value, json};

#[test]
fn an_administrator_can_act_as_a_user_by_id_or_username() {
    let server = Server::demo();
    let user = "/api/v3/user";
    for call in [
        server.get(&format!("{user}?sudo=1")),
        server.get(&format!("{user}?sudo=john_smith")),
        server.get(user).header("Sudo", "1"),
        server.get(user).header("SUDO", "john_smith"),
    ] {
        assert_eq!(call.private_token(ROOT).send().expect(200)["username"], "john_smith");
    }
    let body = json!({ "email": "j@example.org", "sudo": "john_smith" });
    let email = server.post("/api/v3/user/emails").private_token(ROOT).json(body).send().expect(201);
    assert_eq!(server.get("/api/v3/user/emails").private_token(JOHN).send().expect(200), json!([email]));
    // With the rights of that user.
    server.get("/api/v3/users/1/emails").private_token(ROOT).header("Sudo", "1").send().expect(403);
}

#[test]
fn sudo_is_refused_with_gitlabs_status_and_message() {
    let server = Server::demo();
    let user = |token: &str, sudo: &str| server.get("/api/v3/user").private_token(token).header("Sudo", sudo).send();
    let message = |text: &str| json!({ "message": text });
    assert_eq!(user(JOHN, "4").expect(403), message("403 Forbidden - Must be admin to use sudo"));
    assert_eq!(user(ROOT, "123").expect(404), message("404 No user id or username for: 123 Not Found"));
    assert_eq!(user("no-such-token-at-all", "1").expect(401), message("401 Unauthorized"));
    // A body that cannot be read might have contained it.
    let broken = server.put("/api/v3/users/1/block").private_token(ROOT).header("Content-Type", "application/json");
    broken.body("{\"sudo\": 1").send().expect(400);
    assert_eq!(show(&server, 1)["state"], "active");
    // With an ambiguous parameter the request is refused, rather than run as the administrator.
    server.get("/api/v3/user?sudo=1&sudo=3").private_token(ROOT).send().expect(400);
}

#[test]
fn the_version_is_that_of_the_last_release() {
    let server = Server::demo();
    let version = server.get("/api/v3/version").private_token(JOHN).send().expect(200);
    assert_eq!(version["version"], "9.5.10");
    assert!(version["revision"].as_str().unwrap().starts_with("accountd-"), "{version}");
    server.get("/api/v3/version").send().expect(401);
}

#[test]
fn users_have_the_attributes_of_the_last_release() {
    let server = Server::demo();
    let user = show(&server, 1);
    assert_eq!((&user["external"], &user["organization"]), (&json!(false), &json!("")));
    assert_eq!((&user["location"], &user["confirmed_at"]), (&Value::Null, &json!("2012-05-23T08:00:58Z")));
    let body = json!({ "external": true, "organization": "Example Inc.", "location": "Berlin" });
    let changed = super::update(&server, 1, body.clone()).expect(200);
    for (name, value) in body.as_object().unwrap() {
        assert_eq!(&changed[name], value, "{name}");
    }
    let v4 = server.get("/api/v4/users/1").private_token(ROOT).send().expect(200);
    assert_eq!(
        (&v4["external"], &v4["organization"], &v4["location"]),
        (&json!(true), &json!("Example Inc."), &json!("Berlin"))
    );
    // A client sends the whole object back.
    assert_eq!(super::update(&server, 1, changed.clone()).expect(200), changed);
    // An address that only its user calls verified is not confirmed, as in v4.
    let jane = "/api/v1.1/users/janedoe/emails/";
    let login = ("janedoe", "password");
    let added = json!({ "email": "jd@example.com" });
    server.post(jane).basic(login.0, login.1).json(added).send().expect(201);
    let verify = json!({ "email": "jd@example.com", "verified": true, "primary": true });
    server.patch(jane).basic(login.0, login.1).json(verify).send().expect(200);
    let (v3, v4) = (show(&server, 2), server.get("/api/v4/users/2").private_token(ROOT).send().expect(200));
    assert_eq!(v3["confirmed_at"].is_null(), v4["confirmed_at"].is_null());
}
