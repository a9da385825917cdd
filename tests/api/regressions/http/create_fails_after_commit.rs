//! An administrator creates a user and is deleted by another administrator in the same moment. The response was a 404
//! although the user had been created: the creator, whom the response shows, was read after the commit.

use crate::harness::{ROOT, Server};
use serde_json::{Value, json};
use std::time::Duration;

const ROUNDS: u64 = 60;

/// A server on a file with root and an administrator `admin-N` for each round (id 100 + N).
fn server() -> Server {
    let admin = |id: u64, name: String, token: String| {
        json!({"id": id, "username": name, "admin": true, "emails": [{"email": format!("{name}@example.com")}],
            "tokens": [{"token": token, "scopes": ["api"]}]})
    };
    let mut users = vec![admin(4, "root".into(), ROOT.into())];
    users.extend((0..ROUNDS).map(|n| admin(100 + n, format!("admin-{n}"), token(n))));
    let folder = tempfile::tempdir().unwrap();
    let (db, seed) = (folder.path().join("test.db"), folder.path().join("seed.json"));
    std::fs::write(&seed, json!({"users": users}).to_string()).unwrap();
    let args = ["--db", db.to_str().unwrap(), "--seed", seed.to_str().unwrap()].map(str::to_owned);
    Server::start_in(folder, &args.each_ref().map(String::as_str))
}

fn token(n: u64) -> String {
    format!("token-of-administrator-{n:04}")
}

#[test]
fn the_status_says_whether_the_user_was_created() {
    let server = &server();
    let mut created = 0;
    for n in 0..ROUNDS {
        let name = format!("new-{n}");
        let body = json!({"username": name, "name": "New", "email": format!("{name}@example.com"),
            "force_random_password": true});
        let answer = std::thread::scope(|scope| {
            let create = scope.spawn(move || server.post("/api/v4/users").private_token(&token(n)).json(body).send());
            // The deletion meets the creation at a different point in each round.
            std::thread::sleep(Duration::from_micros(n % 20 * 150));
            let deleted = server.delete(&format!("/api/v4/users/{}", 100 + n)).private_token(ROOT).send();
            assert_eq!(deleted.status, 204, "{deleted:?}");
            create.join().unwrap()
        });
        let exists: i64 = server.sql(&format!("SELECT count(*) FROM users WHERE username = '{name}'"));
        match answer.status {
            201 => {
                assert_eq!(exists, 1, "round {n}");
                let user = answer.json();
                assert_eq!(user["username"], name);
                let creator = &user["created_by"];
                assert!(creator.is_null() || creator["id"] == 100 + n, "{creator}");
                created += 1;
            }
            401 | 403 => assert_eq!(exists, 0, "round {n}: {answer:?}"),
            _ => panic!("round {n}, {exists} users: {answer:?}"),
        }
    }
    assert!(created > 0, "the deletion came first in every round");
    let left = server.rows("SELECT count(*) FROM users WHERE username LIKE 'admin-%'");
    assert_eq!(left, json!([[0]]));
}

/// The creator of a user is not shown once the creator is deleted.
#[test]
fn a_user_whose_creator_was_deleted_can_be_read() {
    let server = server();
    let body = json!({"username": "new", "name": "New", "email": "new@example.com", "force_random_password": true});
    let id = server.post("/api/v4/users").private_token(&token(0)).json(body).send().expect(201)["id"].clone();
    assert_eq!(server.delete("/api/v4/users/100").private_token(ROOT).send().status, 204);
    let user = server.get(&format!("/api/v4/users/{id}")).private_token(ROOT).send().expect(200);
    assert_eq!(user["created_by"], Value::Null);
}
