//! Both dialects and the commands show the same accounts (SPEC 8): values written through one are read through the
//! others.

use crate::cli::{Commands, JANE, JOE, email, light_server, listed_email};
use crate::harness::{Server, file, read_file};
use serde_json::{Value, json};

const DOCKER: &str = "/api/v1.1/users/joe/";
const EMAILS: &str = "/api/v1.1/users/joe/emails/";

fn docker(server: &Server) -> Value {
    server.get(DOCKER).bearer(JOE).send().expect(200)
}

fn gitlab(server: &Server) -> Value {
    server.get("/api/v3/users/2").private_token(JANE).send().expect(200)
}

fn command(server: &Server) -> Value {
    server.json(&["user", "show", "joe"])
}

fn patch(server: &Server, body: Value) {
    server.patch(DOCKER).bearer(JOE).json(body).send().expect(200);
}

fn put(server: &Server, body: Value) {
    server.put("/api/v3/users/2").private_token(JANE).json(body).send().expect(200);
}

/// The names of shared attributes in docker, in gitlab and in the commands.
const SHARED: [(&str, &str, &str); 2] = [("full_name", "name", "name"), ("profile_url", "website_url", "profile_url")];

#[test]
fn values_written_through_docker_are_read_by_gitlab_and_the_commands() {
    let server = light_server();
    for value in ["https://roe.example/?a=b&c=d", "http://東京.example/é"] {
        for (docker_name, gitlab_name, command_name) in SHARED {
            patch(&server, json!({docker_name: value}));
            let seen = [&docker(&server)[docker_name], &gitlab(&server)[gitlab_name], &command(&server)[command_name]]
                .map(Value::clone);
            assert_eq!(seen, [json!(value), json!(value), json!(value)], "{docker_name}");
        }
    }
    patch(&server, json!({"profile_url": ""}));
    assert_eq!((&gitlab(&server)["website_url"], &command(&server)["profile_url"]), (&json!(""), &json!("")));
}

#[test]
fn values_written_through_gitlab_are_read_by_docker_and_the_commands() {
    let server = light_server();
    for value in ["https://roe.example/?a=b&c=d", "http://東京.example/é"] {
        for (docker_name, gitlab_name, command_name) in SHARED {
            put(&server, json!({gitlab_name: value}));
            let seen = [&docker(&server)[docker_name], &gitlab(&server)[gitlab_name], &command(&server)[command_name]]
                .map(Value::clone);
            assert_eq!(seen, [json!(value), json!(value), json!(value)], "{gitlab_name}");
        }
    }
}

#[test]
fn values_written_by_a_command_are_read_by_both_dialects() {
    let server = light_server();
    server.ok(&["user", "update", "joe", "--name", "Joseph", "--profile-url", "https://roe.example/"]);
    let (docker, gitlab) = (docker(&server), gitlab(&server));
    assert_eq!((&docker["full_name"], &docker["profile_url"]), (&json!("Joseph"), &json!("https://roe.example/")));
    assert_eq!((&gitlab["name"], &gitlab["website_url"]), (&json!("Joseph"), &json!("https://roe.example/")));
}

#[test]
fn both_dialects_show_the_same_new_account() {
    let server = light_server();
    let (docker, gitlab, command) = (docker(&server), gitlab(&server), command(&server));
    assert_eq!(
        (&docker["id"], &docker["username"], &docker["email"]),
        (&gitlab["id"], &gitlab["username"], &gitlab["email"])
    );
    assert_eq!(
        (&docker["is_active"], &gitlab["blocked"], &gitlab["state"]),
        (&json!(true), &json!(false), &json!("active"))
    );
    // docker shows microseconds, gitlab whole seconds.
    let seconds = |text: &Value| text.as_str().unwrap()[..19].to_owned();
    assert_eq!(seconds(&docker["date_joined"]), seconds(&gitlab["created_at"]));
    assert_eq!(seconds(&command["created_at"]), seconds(&gitlab["created_at"]));
}

#[test]
fn a_change_through_one_dialect_keeps_the_fields_of_the_other() {
    let server = light_server();
    patch(&server, json!({"location": "Paris", "company": "Roe & Co", "gravatar_email": "face@roe.example"}));
    put(
        &server,
        json!({"bio": "Writes.", "skype": "joe.s", "projects_limit": 7, "extern_uid": "joe", "provider": "ldap"}),
    );
    put(&server, json!({"name": "Joseph"}));
    patch(&server, json!({"full_name": "Joe"}));
    let (docker, gitlab, command) = (docker(&server), gitlab(&server), command(&server));
    assert_eq!((&docker["location"], &docker["company"]), (&json!("Paris"), &json!("Roe & Co")));
    assert_eq!(
        (&gitlab["bio"], &gitlab["skype"], &gitlab["projects_limit"]),
        (&json!("Writes."), &json!("joe.s"), &json!(7))
    );
    assert_eq!((&gitlab["extern_uid"], &gitlab["provider"]), (&json!("joe"), &json!("ldap")));
    assert_eq!((&command["gravatar_email"], &command["name"]), (&json!("face@roe.example"), &json!("Joe")));
}

#[test]
fn a_blocked_user_is_not_active_in_either_dialect() {
    let server = light_server();
    let state = |blocked: bool| {
        let (docker, user) = (server.get(DOCKER).bearer(JOE).send(), gitlab(&server));
        assert_eq!(docker.status, if blocked { 401 } else { 200 });
        assert!(blocked || docker.json()["is_active"] == true);
        assert_eq!(server.get("/api/v3/user").private_token(JOE).send().status, docker.status);
        assert_eq!(
            (&user["blocked"], &user["state"]),
            (&json!(blocked), &json!(if blocked { "blocked" } else { "active" }))
        );
        assert_eq!(command(&server)["blocked"], blocked);
        let lists = [("active=true", !blocked), ("blocked=true", blocked)];
        for (query, listed) in lists {
            let users = server.get(&format!("/api/v3/users?{query}")).private_token(JANE).send().expect(200);
            assert_eq!(users.as_array().unwrap().iter().any(|user| user["id"] == 2), listed, "{query}");
        }
    };
    state(false);
    server.ok(&["user", "block", "joe"]);
    state(true);
    server.ok(&["user", "unblock", "joe"]);
    state(false);
}

#[test]
fn an_address_added_through_docker_is_known_to_gitlab() {
    let server = light_server();
    let body = json!({"email": "joe@new.example"});
    server.post(EMAILS).bearer(JOE).json(body.clone()).send().expect(201);
    assert_eq!(gitlab(&server)["email"], "joe@example.com");
    let body = json!({"email": "joe@new.example", "primary": true, "verified": true});
    server.patch(EMAILS).bearer(JOE).json(body).send().expect(200);
    assert_eq!(
        (&gitlab(&server)["email"], &command(&server)["email"]),
        (&json!("joe@new.example"), &json!("joe@new.example"))
    );
    let expected = json!([
        listed_email("joe@new.example", Some("self"), true),
        listed_email("joe@example.com", Some("administrator"), false),
        listed_email("joe@work.example", None, false),
    ]);
    assert_eq!(server.json(&["email", "list", "joe"]), expected);
    server.delete(EMAILS).bearer(JOE).json(json!({"email": "joe@example.com"})).send().expect(204);
    let free = json!({"username": "ada", "name": "Ada", "password": "correct-horse", "email": "joe@example.com"});
    server.post("/api/v3/users").private_token(JANE).json(free).send().expect(201);
}

#[test]
fn an_address_set_through_gitlab_is_known_to_docker() {
    let server = light_server();
    put(&server, json!({"email": "joe@new.example"}));
    // SPEC 5: a new address replaces the primary one.
    let expected = json!([email("joe@new.example", true, true), email("joe@work.example", false, false)]);
    assert_eq!(server.get(EMAILS).bearer(JOE).send().expect(200), expected);
    let listed =
        [listed_email("joe@new.example", Some("administrator"), true), listed_email("joe@work.example", None, false)];
    assert_eq!(server.json(&["email", "list", "joe"]), json!(listed));
    assert_eq!(docker(&server)["email"], "joe@new.example");
    // A secondary address of the user becomes primary.
    put(&server, json!({"email": "joe@work.example"}));
    let emails = server.get(EMAILS).bearer(JOE).send().expect(200);
    assert_eq!((&emails[0]["email"], &emails[0]["primary"]), (&json!("joe@work.example"), &json!(true)));
    assert_eq!(emails[1], email("joe@new.example", true, false));
}

#[test]
fn an_address_taken_in_one_dialect_is_taken_in_all() {
    let server = light_server();
    let taken = |address: &str, owner: &str| {
        let docker = server.post(EMAILS).bearer(JOE).json(json!({"email": address})).send();
        assert_eq!(docker.status, 400, "{docker:?}");
        assert!(docker.json()["email"].is_array(), "{docker:?}");
        let user = json!({"username": "eve", "name": "Eve", "password": "correct-horse", "email": address});
        let gitlab = server.post("/api/v3/users").private_token(JANE).json(user).send();
        assert_eq!(gitlab.expect(404), json!({"message": format!("Email has already been taken by {owner}")}));
        let command = server.refused(&["email", "add", "joe", address]);
        assert!(command.ends_with(&format!("email has already been taken by {owner}")), "{command}");
    };
    let ada = json!({"username": "ada", "name": "Ada", "password": "correct-horse", "email": "ada@example.com"});
    server.post("/api/v3/users").private_token(JANE).json(ada).send().expect(201);
    taken("ADA@example.com", "ada");
    put(&server, json!({"email": "joe@new.example"}));
    taken("Joe@New.Example", "joe");
    server.ok(&["email", "add", "jane", "jane@new.example", "--verified"]);
    taken("jane@NEW.example", "jane");
}

#[test]
fn a_user_created_through_gitlab_can_use_docker() {
    let server = light_server();
    let body = json!({
        "username": "ada", "name": "Ada Lovelace", "password": "correct-horse", "email": "ada@example.com",
        "website_url": "https://ada.example/",
    });
    let made = server.post("/api/v3/users").private_token(JANE).json(body).send().expect(201);
    let path = "/api/v1.1/users/ada/";
    let seen = server.get(path).basic("ada", "correct-horse").send().expect(200);
    assert_eq!((&seen["id"], &seen["full_name"]), (&made["id"], &json!("Ada Lovelace")));
    assert_eq!((&seen["email"], &seen["profile_url"]), (&json!("ada@example.com"), &json!("https://ada.example/")));
    let emails = server.get("/api/v1.1/users/ada/emails/").basic("ada@example.com", "correct-horse").send();
    assert_eq!(emails.expect(200), json!([email("ada@example.com", true, true)]));
    let own = format!("/api/v3/users/{}", made["id"]);
    server
        .put(&own)
        .private_token(JANE)
        .json(json!({"password": "battery-staple", "username": "Lovelace"}))
        .send()
        .expect(200);
    assert_eq!(server.get(path).basic("ada", "correct-horse").send().status, 401);
    let renamed = server.get("/api/v1.1/users/lovelace/").basic("lovelace", "battery-staple").send().expect(200);
    assert_eq!(renamed["username"], "Lovelace");
    server.delete(&own).private_token(JANE).send().expect(200);
    assert_eq!(server.get("/api/v1.1/users/lovelace/").basic("lovelace", "battery-staple").send().status, 401);
    assert_eq!(server.get("/api/v1.1/users/lovelace/").bearer(JOE).send().status, 404);
    assert!(server.refused(&["user", "show", "lovelace"]).contains("not found"));
}

#[test]
fn gitlab_and_the_commands_share_keys() {
    let server = light_server();
    let key = read_file("fixtures/keys/accepted/ecdsa-256.pub").trim_end().to_owned();
    let body = json!({"title": "desk", "key": key});
    let added = server.post("/api/v3/user/keys").private_token(JOE).json(body).send().expect(201);
    let seen = server.json(&["key", "show", &added["id"].to_string()]);
    for name in ["id", "title", "key", "fingerprint"] {
        assert_eq!(seen[name], added[name], "{name}");
    }
    assert_eq!((&seen["user_id"], &seen["key"]), (&json!(2), &json!(key)));
    let other = file("fixtures/keys/accepted/rsa-2048.pub");
    let other = server.json(&["key", "add", "joe", other.to_str().unwrap(), "--title", "stick"]);
    let list = server.get("/api/v3/users/2/keys").private_token(JANE).send().expect(200);
    assert_eq!((list.as_array().unwrap().len(), &list[1]["fingerprint"]), (2, &other["fingerprint"]));
    server.delete(&format!("/api/v3/user/keys/{}", added["id"])).private_token(JOE).send().expect(200);
    assert_eq!(server.json(&["key", "list", "joe"]), json!([other]));
}

#[test]
fn invalid_values_are_refused_by_both_dialects_and_the_commands() {
    let server = light_server();
    let long = "x".repeat(256);
    let table = [
        ("full_name", "name", "--name", long.as_str()),
        ("full_name", "name", "--name", "line\nbreak"),
        ("full_name", "name", "--name", "\u{202e}eoj"),
        ("profile_url", "website_url", "--profile-url", "javascript:alert(1)"),
        ("profile_url", "website_url", "--profile-url", "ftp://roe.example/"),
        ("profile_url", "website_url", "--profile-url", "roe.example"),
    ];
    for (docker_name, gitlab_name, option, value) in table {
        let docker = server.patch(DOCKER).bearer(JOE).json(json!({docker_name: value})).send();
        assert!(docker.status == 400 && docker.json()[docker_name].is_array(), "{value:?}: {docker:?}");
        let gitlab = server.put("/api/v3/users/2").private_token(JANE).json(json!({gitlab_name: value})).send();
        assert!(gitlab.status == 404 && gitlab.json()["message"][gitlab_name].is_array(), "{value:?}: {gitlab:?}");
        server.refused(&["user", "update", "joe", option, value]);
    }
    assert_eq!((&command(&server)["name"], &command(&server)["profile_url"]), (&json!("Joe Roe"), &json!("")));
}
