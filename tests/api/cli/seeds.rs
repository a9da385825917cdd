//! `serve --seed`.

use super::{Commands, Database, JANE, JOE, light};
use crate::harness::{Server, accountd, file};
use serde_json::json;
use std::process::Output;

/// Stops the server and starts another one on the same database file.
fn restart(mut server: Server, args: &[&str]) -> Server {
    assert!(server.stop().success());
    super::reopen(server, args)
}

/// Runs `serve`, which must fail with exit code 1 and nothing on stdout; returns the error message.
fn fails_to_start(args: &[&str]) -> String {
    let output: Output =
        accountd(&[&["serve", "--listen", "127.0.0.1:0", "--log", "warn"], args].concat()).output().unwrap();
    super::refused(output)
}

#[test]
fn a_seed_is_loaded_once() {
    let database = Database::none();
    let seed = database.file("seed.json", light().to_string());
    let copy = database.file("copy.json", light().to_string());
    let db = database.path().to_str().unwrap().to_owned();
    let server = Server::start_in(database.folder, &["--db", &db, "--seed", &seed, "--seed", &copy]);
    assert_eq!(server.get("/api/v3/users").private_token(JANE).send().expect(200).as_array().unwrap().len(), 2);
    server.put("/api/v3/users/2").private_token(JANE).json(json!({"name": "Joseph"})).send().expect(200);
    server.ok(&["key", "remove", "1"]);
    let server = restart(server, &["--seed", &seed]);
    assert_eq!(server.get("/api/v3/user").private_token(JOE).send().expect(200)["name"], "Joseph");
    assert_eq!(server.get("/api/v3/user/keys").private_token(JANE).send().expect(200), json!([]));
    // Not even if the accounts it brought have been deleted.
    server.ok(&["user", "delete", "joe"]);
    let server = restart(server, &["--seed", &seed]);
    assert_eq!(server.get("/api/v3/users").private_token(JANE).send().expect(200).as_array().unwrap().len(), 1);
}

#[test]
fn several_seeds_can_be_loaded() {
    let database = Database::none();
    let mut first = light();
    let second = json!({"users": [first["users"].as_array_mut().unwrap().pop().unwrap()]});
    let first = database.file("first.json", first.to_string());
    let second = database.file("second.json", second.to_string());
    let server = Server::start(&["--memory", "--seed", &first, "--seed", &second]);
    assert_eq!(server.get("/api/v3/user").private_token(JANE).send().expect(200)["username"], "jane");
    assert_eq!(server.get("/api/v3/user").private_token(JOE).send().expect(200)["username"], "joe");
}

#[test]
fn a_changed_seed_that_conflicts_stops_the_server_from_starting() {
    let database = Database::light();
    let before = database.ok(&["export"]);
    let mut changed = light();
    changed["users"]
        .as_array_mut()
        .unwrap()
        .insert(0, json!({"username": "new", "emails": [{"email": "n@e.example"}]}));
    let seed = database.file("changed.json", changed.to_string());
    let line = fails_to_start(&["--db", database.path().to_str().unwrap(), "--seed", &seed]);
    assert!(line.contains(&seed) && line.contains("users[1]") && line.contains("already been taken"), "{line}");
    assert_eq!(database.ok(&["export"]), before);
    // The seed is not recorded as loaded.
    let second = fails_to_start(&["--db", database.path().to_str().unwrap(), "--seed", &seed]);
    assert_eq!(second, line);
}

#[test]
fn an_invalid_seed_stops_the_server_from_starting() {
    let database = Database::none();
    let typo = "{\"users\": [\n  {\"username\": \"ada\",\n   \"emials\": []}\n]}";
    let typo = database.file("typo.json", typo);
    let line = fails_to_start(&["--memory", "--seed", &typo]);
    assert!(line.contains(&typo) && line.contains("`emials`") && line.contains("line 3 column"), "{line}");
    for path in ["/nonexistent/seed.json", database.folder.path().to_str().unwrap()] {
        let line = fails_to_start(&["--memory", "--seed", path]);
        assert!(line.contains(path), "{line}");
    }
}

#[test]
fn the_shipped_fixtures_can_be_loaded() {
    for (name, users) in [("docker.json", 2), ("gitlab.json", 3), ("demo.json", 5)] {
        let seed = file("fixtures").join(name);
        let server = Server::start(&["--memory", "--seed", seed.to_str().unwrap()]);
        let token = if users == 2 { crate::harness::JANE } else { crate::harness::ROOT };
        let answer = server.get("/api/v3/users?per_page=100").private_token(token).send();
        if users == 2 {
            // SPEC 3: the docker scopes do not include the gitlab scopes.
            assert_eq!(answer.status, 403);
        } else {
            assert_eq!(answer.expect(200).as_array().unwrap().len(), users, "{name}");
        }
    }
}
