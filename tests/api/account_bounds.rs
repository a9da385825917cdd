//! How much one account can hold: the bytes of its keys, and the number of its addresses.

use crate::cli::{Commands, JANE, JOE, light};
use crate::harness::{Server, read_file};
use serde_json::{Value, json};

/// jane, an administrator, and joe, on a server with these limits.
fn server(args: &[&str]) -> Server {
    let folder = tempfile::tempdir().unwrap();
    let (db, seed) = (folder.path().join("test.db"), folder.path().join("seed.json"));
    std::fs::write(&seed, light().to_string()).unwrap();
    Server::start_in(folder, &[&["--db", db.to_str().unwrap(), "--seed", seed.to_str().unwrap()], args].concat())
}

fn key(name: &str) -> String {
    read_file(&format!("fixtures/keys/accepted/{name}.pub")).trim().to_owned()
}

fn new_key(name: &str) -> Value {
    json!({"title": name, "key": key(name)})
}

/// A server where joe has a key and room for no other one, and the id of that key.
fn server_where_joes_keys_are_full() -> (Server, Value) {
    let max = key("rsa-2048").len().to_string();
    let server = server(&["--max-key-bytes", &max]);
    let added = server.post("/api/v3/user/keys").private_token(JOE).json(new_key("rsa-2048")).send();
    let id = added.expect(201)["id"].clone();
    (server, id)
}

#[test]
fn keys_beyond_the_bytes_of_an_account_are_refused_until_others_are_removed() {
    let (server, id) = server_where_joes_keys_are_full();
    let rule = format!("is one too many: a user can have {} bytes of SSH keys", key("rsa-2048").len());
    let message = json!({"message": {"key": [rule]}});
    let add = |path: &str, token| server.post(path).private_token(token).json(new_key("ecdsa-256")).send();
    assert_eq!(add("/api/v3/user/keys", JOE).expect(404), message);
    assert_eq!(add("/api/v4/user/keys", JOE).expect(400), message);
    // The limit is the account's, whoever adds the key over HTTP.
    assert_eq!(add("/api/v4/users/2/keys", JANE).expect(400), message);
    server.delete(&format!("/api/v3/user/keys/{id}")).private_token(JOE).send().expect(200);
    add("/api/v4/user/keys", JOE).expect(201);
}

#[test]
fn simultaneous_requests_do_not_exceed_the_bytes_of_an_account() {
    let names = ["ecdsa-256", "ecdsa-384", "ecdsa-521", "rsa-2048"];
    let max = names.map(|name| key(name).len()).into_iter().max().unwrap();
    let server = server(&["--max-key-bytes", &max.to_string()]);
    let add = |name| server.post("/api/v4/user/keys").private_token(JOE).json(new_key(name)).send().status;
    let statuses = std::thread::scope(|scope| {
        let adding = names.map(|name| scope.spawn(move || add(name)));
        adding.map(|adding| adding.join().unwrap())
    });
    assert!(statuses.contains(&201) && statuses.contains(&400), "{statuses:?}");
    let keys = server.get("/api/v4/user/keys").private_token(JOE).send().expect(200);
    let bytes: usize = keys.as_array().unwrap().iter().map(|key| key["key"].as_str().unwrap().len()).sum();
    assert!(bytes <= max, "{bytes}");
}

#[test]
fn addresses_beyond_the_number_of_an_account_are_refused() {
    let server = server(&["--max-addresses", "3"]);
    let new = |name: &str| json!({"email": format!("{name}@example.com")});
    server.post("/api/v1.1/users/joe/emails/").bearer(JOE).json(new("third")).send().expect(201);
    let rule = "is one too many: a user can have 3 addresses";
    let answer = server.post("/api/v1.1/users/joe/emails/").bearer(JOE).json(new("fourth")).send();
    assert_eq!(answer.expect(400), json!({"email": [format!("This value {rule}.")]}));
    for (path, token) in [("/api/v4/user/emails", JOE), ("/api/v4/users/2/emails", JANE)] {
        let answer = server.post(path).private_token(token).json(new("fourth")).send();
        assert_eq!(answer.expect(400), json!({"message": {"email": [rule]}}), "{path}");
    }
    // A new primary address replaces the old one.
    server.put("/api/v3/users/2").private_token(JANE).json(new("new")).send().expect(200);
}

/// An account may have grown before there was a limit, or by an import.
#[test]
fn an_account_beyond_its_limits_can_be_read_and_reduced() {
    let server = server(&["--max-key-bytes", "1", "--max-addresses", "1"]);
    let keys = server.get("/api/v4/user/keys").private_token(JANE).send().expect(200);
    assert_eq!(keys.as_array().unwrap().len(), 1);
    assert_eq!(server.get("/jane.keys").send().body.lines().count(), 1);
    server.delete("/api/v4/user/keys/1").private_token(JANE).send().expect(204);
    let emails = server.get("/api/v1.1/users/joe/emails/").bearer(JOE).send().expect(200);
    assert_eq!(emails.as_array().unwrap().len(), 2);
    let second = server.get("/api/v4/user/emails").private_token(JOE).send().expect(200)[0]["id"].clone();
    server.delete(&format!("/api/v4/user/emails/{second}")).private_token(JOE).send().expect(204);
    server.put("/api/v3/users/2").private_token(JANE).json(json!({"name": "Joe"})).send().expect(200);
}

#[test]
fn the_command_line_may_add_more() {
    let (server, _) = server_where_joes_keys_are_full();
    let file = crate::harness::file("fixtures/keys/accepted/ecdsa-256.pub");
    server.ok(&["key", "add", "joe", file.to_str().unwrap()]);
    assert_eq!(server.get("/joe.keys").send().body.lines().count(), 2);
}
