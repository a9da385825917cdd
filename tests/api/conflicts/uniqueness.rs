//! Two requests for a value that must be unique: an address, a user name, a key, an identity.

use super::{ROUNDS, assert_clean, send_all, winner};
use crate::harness::{JACK, JANE, JOHN, ROOT, Request, Server, names, read_file};
use serde_json::json;

fn add_email(server: &Server, user: &str, token: &str, address: &str) -> Request {
    server.post(&format!("/api/v1.1/users/{user}/emails/")).bearer(token).json(json!({"email": address}))
}

fn new_user(server: &Server, name: &str, address: &str) -> Request {
    let user = json!({"email": address, "password": "a-password", "username": name, "name": "New"});
    server.post("/api/v3/users").private_token(ROOT).json(user)
}

fn put(server: &Server, id: i64, change: serde_json::Value) -> Request {
    server.put(&format!("/api/v3/users/{id}")).private_token(ROOT).json(change)
}

fn owners(server: &Server, address: &str) -> i64 {
    server.sql(&format!("SELECT count(*) FROM emails WHERE address = '{address}'"))
}

#[test]
fn only_one_of_two_users_gets_an_address() {
    let server = Server::on_file_without_passwords(&[]);
    for round in 0..ROUNDS {
        let (lower, upper) = (format!("same{round}@example.com"), format!("SAME{round}@Example.com"));
        let calls = [add_email(&server, "john_smith", JOHN, &lower), add_email(&server, "janedoe", JANE, &upper)];
        let answers = send_all(calls);
        let won = winner(&answers, [201, 201], [400, 400]);
        assert_eq!(answers[1 - won].names(), ["email"]);
        assert_eq!(answers[won].json()["primary"], false);
        assert_eq!(owners(&server, &lower), 1);
    }
    assert_clean(&server);
}

#[test]
fn concurrent_requests_add_an_address_only_once() {
    let server = Server::on_file_without_passwords(&[]);
    for round in 0..ROUNDS {
        let address = format!("same{round}@example.com");
        let answers = send_all((0..4).map(|_| add_email(&server, "john_smith", JOHN, &address)));
        let mut statuses = super::statuses(&answers);
        statuses.sort();
        assert_eq!(statuses, [201, 400, 400, 400], "{answers:?}");
        assert_eq!(owners(&server, &address), 1);
    }
    assert_clean(&server);
}

#[test]
fn an_administrator_gets_an_address_that_a_user_adds_at_the_same_time() {
    let server = Server::on_file_without_passwords(&[]);
    let owner = |address: &str| -> String {
        server.sql(&format!(
            "SELECT group_concat(u.username) FROM emails e JOIN users u ON u.id = e.user_id WHERE address = '{address}'"
        ))
    };
    for round in 0..ROUNDS {
        let (made, moved) = (format!("made{round}@example.com"), format!("moved{round}@example.com"));
        let name = format!("made{round}");
        for (admin, address, status, expected) in [
            (new_user(&server, &name, &made), &made, 201, name.as_str()),
            (put(&server, 3, json!({"email": moved})), &moved, 200, "jack_smith"),
        ] {
            let answers = send_all([add_email(&server, "john_smith", JOHN, address), admin]);
            assert!([201, 400].contains(&answers[0].status), "{answers:?}");
            assert_eq!(answers[1].status, status, "{answers:?}");
            assert_eq!(owner(address), expected);
        }
    }
    assert_clean(&server);
}

#[test]
fn only_one_of_two_names_that_differ_in_case_is_created() {
    let server = Server::on_file_without_passwords(&["--gitlab-errors", "precise"]);
    let taken = json!({"message": "Username has already been taken"});
    let rounds = ROUNDS / 2; // Each round hashes two passwords at full cost.
    for round in 0..rounds {
        let (lower, upper) = (format!("same{round}"), format!("SAME{round}"));
        let address = |n: usize| format!("u{round}-{n}@example.com");
        let calls = [new_user(&server, &lower, &address(0)), new_user(&server, &upper, &address(1))];
        let answers = send_all(calls);
        let won = winner(&answers, [201, 201], [409, 409]);
        assert_eq!(answers[1 - won].json(), taken);
        assert_eq!((owners(&server, &address(won)), owners(&server, &address(1 - won))), (1, 0));
    }
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM users"), 5 + rounds as i64);
    assert_clean(&server);
}

#[test]
fn only_one_of_two_users_is_renamed_to_a_name() {
    let server = Server::on_file_without_passwords(&["--gitlab-errors", "precise"]);
    for round in 0..ROUNDS {
        let (lower, upper) = (format!("name{round}"), format!("NAME{round}"));
        let calls = [
            put(&server, 1, json!({"username": lower, "bio": "x"})),
            put(&server, 3, json!({"username": upper, "bio": "x"})),
        ];
        let answers = send_all(calls);
        let won = winner(&answers, [200, 200], [409, 409]);
        assert_eq!(answers[1 - won].json(), json!({"message": "Username has already been taken"}));
        let found = server.rows(&format!("SELECT id FROM users WHERE username = '{lower}'"));
        let id = [1, 3][won];
        assert_eq!(found, json!([[id]]));
        for id in [1, 3] {
            put(&server, id, json!({"username": format!("u{id}"), "bio": null})).send().expect(200);
        }
    }
    assert_clean(&server);
}

#[test]
fn only_one_of_two_users_gets_a_key() {
    let server = Server::on_file_without_passwords(&["--gitlab-errors", "precise"]);
    let key = read_file("fixtures/keys/accepted/ecdsa-384.pub").trim().to_owned();
    let bare = key.rsplit_once(' ').unwrap().0.to_owned();
    for _ in 0..ROUNDS {
        let own = server.post("/api/v3/user/keys").private_token(JOHN).json(json!({"title": "a", "key": key}));
        let by_root = server.post("/api/v3/users/3/keys").private_token(ROOT).json(json!({"title": "b", "key": bare}));
        let answers = send_all([own, by_root]);
        let won = winner(&answers, [201, 201], [400, 400]);
        assert_eq!(names(&answers[1 - won].json()["message"]), ["key", "fingerprint"]);
        assert_eq!(server.sql::<i64>("SELECT count(*) FROM ssh_keys"), 4);
        let path = format!("/api/v3/users/{}/keys/{}", [1, 3][won], answers[won].json()["id"]);
        server.delete(&path).private_token(ROOT).send().expect(200);
    }
    assert_clean(&server);
}

#[test]
fn only_one_of_two_users_gets_an_identity() {
    let server = Server::on_file_without_passwords(&["--gitlab-errors", "precise"]);
    for round in 0..ROUNDS {
        let pair = json!({"provider": "ldap", "extern_uid": format!("uid{round}")});
        let answers = send_all([put(&server, 1, pair.clone()), put(&server, 2, pair)]);
        winner(&answers, [200, 200], [400, 400]);
        let held = format!("SELECT count(*) FROM identities WHERE extern_uid = 'uid{round}'");
        assert_eq!(server.sql::<i64>(&held), 1);
    }
    assert_clean(&server);
}

#[test]
fn concurrently_created_users_get_distinct_ids() {
    let server = Server::on_file_without_passwords(&[]);
    let calls = (0..8).map(|n| new_user(&server, &format!("n{n}"), &format!("n{n}@example.com")));
    let mut ids: Vec<i64> =
        send_all(calls).into_iter().map(|answer| answer.expect(201)["id"].as_i64().unwrap()).collect();
    ids.sort();
    assert_eq!(ids, [6, 7, 8, 9, 10, 11, 12, 13]);
    assert_clean(&server);
}

#[test]
fn only_one_of_two_deletions_returns_the_object() {
    let server = Server::on_file_without_passwords(&[]);
    let key = read_file("fixtures/keys/accepted/ecdsa-384.pub");
    for _ in 0..ROUNDS {
        let body = json!({"title": "a", "key": key});
        let added = server.post("/api/v3/user/keys").private_token(JOHN).json(body).send().expect(201);
        let path = format!("/api/v3/user/keys/{}", added["id"]);
        let answers = send_all([server.delete(&path).private_token(JOHN), server.delete(&path).private_token(JOHN)]);
        let mut bodies: Vec<_> = answers.into_iter().map(|answer| answer.expect(200)).collect();
        bodies.sort_by_key(serde_json::Value::is_null);
        assert_eq!(bodies, [added, json!(null)]);
    }
    let answers = send_all([
        server.delete("/api/v3/users/3").private_token(ROOT),
        server.delete("/api/v3/users/3").private_token(ROOT),
    ]);
    let nulls = answers.into_iter().map(|answer| answer.expect(200)).filter(serde_json::Value::is_null).count();
    assert_eq!(nulls, 1);
    server.get("/api/v3/user").private_token(JACK).send().expect(401);
    assert_clean(&server);
}
