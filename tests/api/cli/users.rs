//! `accountd user …`

use super::{Commands, Connection, Database, JANE, JOE, basic, email, light_server, wrong_usage};
use crate::harness::{file, run_with_stdin};
use serde_json::{Value, json};

/// The attributes of a user in SPEC 8, without emails, keys and tokens but with the primary address.
const ATTRIBUTES: [&str; 18] = [
    "id",
    "username",
    "email",
    "name",
    "admin",
    "blocked",
    "created_at",
    "location",
    "company",
    "profile_url",
    "gravatar_email",
    "bio",
    "skype",
    "linkedin",
    "twitter",
    "extern_uid",
    "provider",
    "projects_limit",
];

#[track_caller]
fn assert_is_user(json: &Value, username: &str) {
    for name in ATTRIBUTES {
        assert!(json.get(name).is_some(), "{name}: {json}");
    }
    assert_eq!(json["username"], username);
    let text = json.to_string();
    assert!(!text.contains("hash") && !text.contains("token") && !text.contains("argon2"), "{text}");
}

#[test]
fn an_added_user_appears_on_an_open_connection() {
    let server = light_server();
    let mut open = Connection::to(&server);
    assert_eq!(open.by(JANE, "/api/v3/users?username=ada"), (200, json!([])));
    assert_eq!(open.by(JANE, "/api/v1.1/users/ada/").0, 404);
    let args = ["user", "add", "ada", "--email", "ada@example.com", "--name", "Ada Lovelace", "--generate"];
    let added = server.json(&args);
    assert_is_user(&added, "ada");
    let (status, found) = open.by(JANE, "/api/v3/users?username=ada");
    assert_eq!((status, found.as_array().map(Vec::len)), (200, Some(1)));
    assert_eq!((&found[0]["id"], &found[0]["name"]), (&added["id"], &json!("Ada Lovelace")));
    assert_eq!((&found[0]["email"], &found[0]["is_admin"]), (&json!("ada@example.com"), &json!(false)));
    assert_eq!(open.by(JANE, "/api/v1.1/users/ada/").0, 403);
    let login = basic("ada", added["password"].as_str().unwrap());
    let (status, own) = open.get("/api/v1.1/users/ada/", &login);
    assert_eq!((status, &own["full_name"], &own["email"]), (200, &json!("Ada Lovelace"), &json!("ada@example.com")));
    let (_, emails) = open.get("/api/v1.1/users/ada/emails/", &login);
    assert_eq!(emails, json!([email("ada@example.com", true, true)]));
}

#[test]
fn every_user_command_prints_json() {
    let database = Database::light();
    let added = database.json(&["user", "add", "ada", "--email", "ada@example.com", "--generate"]);
    assert_is_user(&added, "ada");
    for args in [&["show", "ada"][..], &["update", "ada", "--name", "Ada"], &["block", "ada"], &["unblock", "ada"]] {
        assert_is_user(&database.json(&[&["user"], args].concat()), "ada");
    }
    let changed = database.json(&["user", "password", "ada", "--generate"]);
    assert_is_user(&changed, "ada");
    assert_ne!(changed["password"], added["password"]);
    let list = database.json(&["user", "list"]);
    let names: Vec<_> = list.as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap()).collect();
    assert_eq!(names, ["jane", "joe", "ada"]);
    list.as_array().unwrap().iter().for_each(|user| assert_is_user(user, user["username"].as_str().unwrap()));
    assert_is_user(&database.json(&["user", "delete", "ada"]), "ada");
    assert_eq!(database.value::<i64>("SELECT count(*) FROM users"), 2);
}

#[test]
fn user_commands_print_readable_text_without_json() {
    let database = Database::light();
    let list = database.ok(&["user", "list"]);
    let lines: Vec<_> = list.lines().collect();
    assert_eq!(lines.len(), 3, "{list}");
    assert!(lines[1].contains("jane") && lines[1].contains("jane@example.com") && lines[1].contains("Jane Doe"));
    assert!(lines[2].contains("joe") && lines[2].contains("joe@example.com") && lines[2].contains("Joe Roe"));
    let shown = database.ok(&["user", "show", "jane"]);
    assert!(shown.lines().any(|line| line.split_whitespace().eq(["email", "jane@example.com"])), "{shown}");
    for (args, what) in [(["user", "block", "joe"], "blocked"), (["user", "unblock", "joe"], "unblocked")] {
        assert_eq!(database.ok(&args), format!("user joe (id 2) {what}\n"));
    }
    assert_eq!(database.ok(&["user", "delete", "joe"]), "user joe (id 2) deleted\n");
}

#[test]
fn user_list_can_be_searched_and_filtered() {
    let database = Database::light();
    database.ok(&["user", "block", "joe"]);
    let table: [(&[&str], &[&str]); 8] = [
        (&["--search", "JANE@"], &["jane"]),
        (&["--search", "work.example"], &[]),
        (&["--search", "Roe"], &["joe"]),
        (&["--search", "example.com"], &["jane", "joe"]),
        (&["--search", "%"], &[]),
        (&["--active"], &["jane"]),
        (&["--blocked"], &["joe"]),
        (&["--blocked", "--search", "jane"], &[]),
    ];
    for (args, expected) in table {
        let list = database.json(&[&["user", "list"], args].concat());
        let names: Vec<_> = list.as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap()).collect();
        assert_eq!(names, expected, "{args:?}");
    }
    assert!(wrong_usage(database.run(&["user", "list", "--active", "--blocked"])).contains("--blocked"));
}

#[test]
fn every_changed_attribute_appears_on_an_open_connection() {
    let server = light_server();
    let mut open = Connection::to(&server);
    assert_eq!(open.by(JOE, "/api/v3/user").1["name"], "Joe Roe");
    assert_eq!(open.by(JOE, "/api/v3/users/1/keys").0, 403);
    let attributes = [
        ("name", "Joseph Roe"),
        ("bio", "Writes."),
        ("skype", "joe.s"),
        ("linkedin", "joe.l"),
        ("twitter", "joe.t"),
        ("location", "Paris"),
        ("company", "Roe & Co"),
        ("profile_url", "https://roe.example/"),
        ("gravatar_email", "face@roe.example"),
        ("extern_uid", "uid=joe"),
        ("provider", "ldap"),
    ];
    let options: Vec<String> = attributes.iter().map(|(name, _)| format!("--{}", name.replace('_', "-"))).collect();
    let mut args =
        vec!["user", "update", "joe", "--admin", "true", "--projects-limit", "7", "--can-create-group", "false"];
    for (option, (_, value)) in options.iter().zip(attributes) {
        args.extend([option.as_str(), value]);
    }
    let changed = server.json(&args);
    for (name, value) in attributes {
        assert_eq!(changed[name], value, "{name}");
    }
    assert_eq!(server.json(&["user", "show", "joe"]), changed);
    let (_, user) = open.by(JOE, "/api/v3/users/2");
    for (name, value) in attributes.iter().filter(|(name, _)| user.get(name).is_some()) {
        assert_eq!(user[name], *value, "{name}");
    }
    assert_eq!((&user["website_url"], &user["projects_limit"]), (&json!("https://roe.example/"), &json!(7)));
    assert_eq!((&user["is_admin"], &user["can_create_group"]), (&json!(true), &json!(false)));
    let (_, user) = open.by(JOE, "/api/v1.1/users/joe/");
    assert_eq!((&user["full_name"], &user["location"]), (&json!("Joseph Roe"), &json!("Paris")));
    assert_eq!((&user["company"], &user["profile_url"]), (&json!("Roe & Co"), &json!("https://roe.example/")));
    // The output of `printf face@roe.example | md5sum`.
    assert!(user["gravatar_url"].as_str().unwrap().contains("/avatar/4c8df846217b55a45af88094a4c642b5.jpg?"), "{user}");
    assert_eq!(open.by(JOE, "/api/v3/users/1/keys").0, 200);
    server.ok(&["user", "update", "joe", "--admin", "false"]);
    assert_eq!(open.by(JOE, "/api/v3/users/1/keys").0, 403);
}

#[test]
fn a_renamed_user_has_only_the_new_name() {
    let server = light_server();
    let mut open = Connection::to(&server);
    assert_eq!(open.by(JOE, "/api/v1.1/users/joe/").0, 200);
    server.ok(&["user", "update", "joe", "--rename", "Joseph"]);
    let (status, user) = open.by(JOE, "/api/v1.1/users/joseph/");
    assert_eq!((status, &user["username"]), (200, &json!("Joseph")));
    assert_eq!(open.by(JOE, "/api/v1.1/users/joe/").0, 404);
    assert_eq!(server.json(&["user", "show", "JOSEPH"])["id"], 2);
}

#[test]
fn a_new_primary_address_replaces_the_old_one() {
    let server = light_server();
    let mut open = Connection::to(&server);
    assert_eq!(open.by(JOE, "/api/v3/user").1["email"], "joe@example.com");
    server.ok(&["user", "update", "joe", "--email", "joe@new.example"]);
    assert_eq!(open.by(JOE, "/api/v3/user").1["email"], "joe@new.example");
    let expected = json!([email("joe@new.example", true, true), email("joe@work.example", false, false)]);
    assert_eq!(open.by(JOE, "/api/v1.1/users/joe/emails/").1, expected);
    server.ok(&["user", "update", "joe", "--email", "joe@work.example"]);
    let (_, emails) = open.by(JOE, "/api/v1.1/users/joe/emails/");
    assert_eq!((&emails[0]["email"], &emails[0]["primary"]), (&json!("joe@work.example"), &json!(true)));
    assert_eq!((&emails[1]["email"], &emails[1]["primary"]), (&json!("joe@new.example"), &json!(false)));
}

#[test]
fn a_refused_update_changes_nothing() {
    let database = Database::light();
    let before = database.ok(&["export"]);
    let long = "x".repeat(256);
    let table: [(&[&str], &str); 14] = [
        (&["--bio", &long], "255"),
        (&["--name", "a\nb"], "name"),
        (&["--name", "\u{202e}eoj"], "name"),
        (&["--rename", "jane"], "has already been taken"),
        (&["--rename", "JANE"], "has already been taken"),
        (&["--rename", "joe.git"], "username"),
        (&["--email", "Jane@Example.com"], "has already been taken"),
        (&["--email", "nobody"], "email"),
        (&["--profile-url", "javascript:alert(1)"], "profile_url"),
        (&["--gravatar-email", "nobody"], "gravatar_email"),
        (&["--provider", "ldap"], "extern_uid"),
        (&["--projects-limit=-1"], "projects_limit"),
        (&["--projects-limit=3000000000"], "projects_limit"),
        (&["--company", "Roe & Co", "--twitter", &long], "twitter"),
    ];
    for (args, why) in table {
        let line = database.refused(&[&["user", "update", "joe"], args].concat());
        assert!(line.contains(why), "{args:?}: {line}");
    }
    for arg in ["--admin=maybe", "--projects-limit=many"] {
        let stderr = wrong_usage(database.run(&["user", "update", "joe", arg]));
        assert!(stderr.contains(arg.split_once('=').unwrap().0), "{stderr}");
    }
    assert_eq!(database.ok(&["export"]), before);
}

#[test]
fn a_user_with_an_invalid_attribute_is_not_added() {
    let database = Database::light();
    let (long, address) = ("x".repeat(256), format!("{}@example.com", "x".repeat(254)));
    let table = [
        ("", "ada@example.com", "username"),
        ("a b", "ada@example.com", "username"),
        ("a\nb", "ada@example.com", "username"),
        ("ada.atom", "ada@example.com", "username"),
        ("adá", "ada@example.com", "username"),
        (&long, "ada@example.com", "255"),
        ("jane", "ada@example.com", "has already been taken"),
        ("JoE", "ada@example.com", "has already been taken"),
        ("ada", "ada", "email"),
        ("ada", "a@b@c", "email"),
        ("ada", &address, "email"),
        ("ada", "JOE@EXAMPLE.COM", "has already been taken"),
    ];
    for (username, address, why) in table {
        let line = database.refused(&["user", "add", username, "--email", address, "--generate"]);
        assert!(line.contains(why), "{username:?} {address:?}: {line}");
    }
    assert!(wrong_usage(database.run(&["user", "add", "ada", "--generate"])).contains("--email"));
    assert_eq!(database.value::<i64>("SELECT count(*) FROM users"), 2);
}

#[test]
fn a_blocked_user_cannot_authenticate_with_any_credential() {
    let server = light_server();
    let path = server.db.to_str().unwrap();
    let set = run_with_stdin(&["user", "password", "joe", "--password-stdin", "--db", path], "correct-horse\n");
    super::ok(set);
    let session = server.post("/api/v3/session").form(&[("login", "joe"), ("password", "correct-horse")]).send();
    let session = session.expect(201)["private_token"].as_str().unwrap().to_owned();
    let password = basic("joe", "correct-horse");
    let mut open = Connection::to(&server);
    let mut all = |status: u16| {
        assert_eq!(open.by(JOE, "/api/v3/user").0, status);
        assert_eq!(open.by(JOE, "/api/v1.1/users/joe/").0, status);
        assert_eq!(open.by(&session, "/api/v3/user").0, status);
        assert_eq!(open.get("/api/v1.1/users/joe/", &password).0, status);
        assert_eq!(open.get("/api/v1.1/users/joe/", &basic("joe", JOE)).0, status);
    };
    all(200);
    server.ok(&["user", "block", "joe"]);
    all(401);
    let again = server.post("/api/v3/session").form(&[("login", "joe"), ("password", "correct-horse")]).send();
    assert_eq!(again.status, 401);
    server.ok(&["user", "unblock", "joe"]);
    all(200);
}

#[test]
fn a_deleted_user_disappears_immediately_and_the_id_is_not_reused() {
    let server = light_server();
    let mut open = Connection::to(&server);
    assert_eq!(open.by(JOE, "/api/v3/user").0, 200);
    assert_eq!(open.by(JANE, "/api/v3/users/2").0, 200);
    let key = file("fixtures/keys/accepted/rsa-2048.pub");
    server.ok(&["key", "add", "joe", key.to_str().unwrap(), "--title", "desk"]);
    server.ok(&["user", "delete", "joe"]);
    assert_eq!(open.by(JOE, "/api/v3/user").0, 401);
    assert_eq!(open.by(JANE, "/api/v3/users/2").0, 404);
    for table in ["emails", "tokens", "ssh_keys"] {
        assert_eq!(server.value::<i64>(&format!("SELECT count(*) FROM {table} WHERE user_id = 2")), 0, "{table}");
    }
    let again = server.json(&["user", "add", "joe", "--email", "joe@example.com", "--generate"]);
    assert_eq!(again["id"], 3, "an id was reused");
    assert_eq!(open.by(JOE, "/api/v3/user").0, 401);
}

#[test]
fn the_last_administrator_cannot_be_removed() {
    let database = Database::light();
    for args in [&["block", "jane"][..], &["delete", "jane"], &["update", "jane", "--admin", "false"]] {
        let line = database.refused(&[&["user"], args].concat());
        assert!(line.contains("last") && line.contains("administrator"), "{line}");
    }
    database.ok(&["user", "update", "joe", "--admin", "true"]);
    database.ok(&["user", "block", "jane"]);
    assert!(database.refused(&["user", "delete", "joe"]).contains("last"));
    database.ok(&["user", "delete", "jane"]);
}

/// The commands know two of GitLab's five states, and must not end the others.
#[test]
fn unblock_does_not_lift_a_ban() {
    let database = Database::light();
    let set_state = |state: &str| {
        let conn = rusqlite::Connection::open(database.path()).unwrap();
        conn.execute("UPDATE users SET state = ?1 WHERE id = 2", [state]).unwrap();
    };
    assert_eq!(database.ok(&["user", "block", "joe"]), "user joe (id 2) blocked\n");
    assert_eq!(database.ok(&["user", "block", "joe"]), "user joe (id 2) is already blocked\n");
    assert_eq!(database.ok(&["user", "unblock", "joe"]), "user joe (id 2) unblocked\n");
    assert_eq!(database.ok(&["user", "unblock", "joe"]), "user joe (id 2) is already unblocked\n");
    for name in ["banned", "deactivated"] {
        set_state(name);
        let line = database.refused(&["user", "unblock", "joe"]);
        assert!(line.starts_with("accountd: user \"joe\": ") && line.contains(name), "{line}");
        assert_eq!(database.value::<String>("SELECT state FROM users WHERE id = 2"), name);
    }
}

#[test]
fn an_unknown_user_is_named() {
    let database = Database::light();
    let table: [&[&str]; 13] = [
        &["user", "show", "nobody"],
        &["user", "update", "nobody", "--name", "x"],
        &["user", "password", "nobody", "--generate"],
        &["user", "block", "nobody"],
        &["user", "unblock", "nobody"],
        &["user", "delete", "nobody"],
        &["email", "add", "nobody", "x@y.example"],
        &["email", "list", "nobody"],
        &["email", "verify", "nobody", "x@y.example"],
        &["email", "primary", "nobody", "x@y.example"],
        &["email", "remove", "nobody", "x@y.example"],
        &["key", "list", "nobody"],
        &["token", "create", "nobody", "--scope", "api"],
    ];
    for args in table {
        let line = database.refused(args);
        assert!(line.contains("\"nobody\"") && line.contains("not found"), "{args:?}: {line}");
    }
}
