//! Limits on imported values: an archive must not harm accounts that are created later.

use super::{Commands, Database, light_server};
use crate::harness::{Server, file};
use serde_json::{Value, json};

fn import(database: &Database, archive: &Value) -> std::process::Output {
    let file = database.file("archive.json", archive.to_string());
    database.run(&["import", &file])
}

fn eve(more: Value) -> Value {
    let mut user = json!({"username": "eve", "emails": [{"email": "eve@example.com"}]});
    user.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"users": [user]})
}

#[test]
fn an_imported_id_leaves_room_for_later_ids() {
    let database = Database::light();
    let before = database.ok(&["export"]);
    for id in [i64::MAX, (1 << 52) + 1, 0, -1] {
        let line = super::refused(import(&database, &eve(json!({"id": id}))));
        assert!(line.contains("users[0].id"), "{line}");
    }
    assert_eq!(database.ok(&["export"]), before);
    super::ok(import(&database, &eve(json!({"id": 1_i64 << 52}))));
    database.ok(&["user", "add", "adam", "--email", "adam@example.com", "--generate"]);
    assert_eq!(database.value::<i64>("SELECT id FROM users WHERE username = 'adam'"), (1 << 52) + 1);
}

#[test]
fn an_imported_hash_must_be_argon2id_within_cost_limits() {
    let database = Database::light();
    let rest = "c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA";
    for (head, why) in [
        ("$argon2i$v=19$m=19456,t=2,p=1", "argon2id"),
        ("$argon2id$v=19$m=8,t=1,p=1", "too little"),
        ("$argon2id$v=19$m=1048576,t=2,p=1", "too much"),
        ("$argon2id$v=19$m=19456,t=4000000,p=1", "too much"),
        ("$argon2id$v=19$m=131072,t=1,p=1", "at most m=65536"),
        ("$argon2id$v=19$m=65536,t=10,p=1", "m*t=262144"),
    ] {
        let line = super::refused(import(&database, &eve(json!({"password_hash": format!("{head}${rest}")}))));
        assert!(line.contains("users[0].password_hash") && line.contains(why), "{line}");
    }
    super::ok(import(&database, &eve(json!({"password_hash": format!("$argon2id$v=19$m=19456,t=2,p=1${rest}")}))));
}

/// A test suite with an in-memory database wants hashing to be cheap.
#[test]
fn a_low_cost_hash_is_accepted_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let seed = folder.path().join("seed.json");
    let hash = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA";
    std::fs::write(&seed, eve(json!({"password_hash": hash})).to_string()).unwrap();
    let server = Server::start(&["--memory", "--seed", seed.to_str().unwrap()]);
    assert_eq!(server.get("/api/v1.1/users/eve/").basic("eve", "not-it-at-all").send().status, 401);
}

#[test]
fn several_servers_can_load_the_same_seed_concurrently() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("test.db");
    let seed = file("fixtures/demo.json");
    let args = ["--db", db.to_str().unwrap(), "--seed", seed.to_str().unwrap()];
    let servers: Vec<Server> = std::thread::scope(|scope| {
        let starting: Vec<_> = (0..3).map(|_| scope.spawn(|| Server::start(&args))).collect();
        starting.into_iter().map(|server| server.join().unwrap()).collect()
    });
    for server in &servers {
        let answer = server.get("/api/v3/users").private_token(crate::harness::ROOT).send();
        assert_eq!(answer.header("x-total"), Some("5"));
    }
}

#[test]
fn a_user_can_have_at_most_1000_keys_and_100_addresses() {
    let server = light_server();
    let conn = rusqlite::Connection::open(&server.db).unwrap();
    conn.execute_batch(
        "WITH RECURSIVE n(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < 1000)
         INSERT INTO emails (user_id, address) SELECT 2, 'joe' || n || '@example.com' FROM n WHERE n <= 998;
         WITH RECURSIVE n(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < 1000)
         INSERT INTO ssh_keys (user_id, title, key, fingerprint, md5, created_at)
           SELECT 2, 'x', 'x', randomblob(32), randomblob(16), 0 FROM n;",
    )
    .unwrap();
    let key = crate::harness::read_file("fixtures/keys/accepted/ecdsa-256.pub");
    let answer =
        server.post("/api/v3/user/keys").private_token(super::JOE).json(json!({"title": "x", "key": key})).send();
    assert_eq!(answer.expect(404), json!({"message": {"key": ["is one too many: a user can have 1000"]}}));
    let answer =
        server.post("/api/v1.1/users/joe/emails/").bearer(super::JOE).json(json!({"email": "one@more.example"}));
    assert_eq!(
        answer.send().expect(400),
        json!({"email": ["This value is one too many: a user can have 100 addresses."]})
    );
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM emails WHERE user_id = 2"), 1000);
}
