//! Two administrators who remove each other at the same time: one remains (SPEC 5).

use super::{ROUNDS, assert_clean, send_all};
use crate::harness::{JOHN, ROOT, Request, Response, Server};
use serde_json::json;

const ADMINISTRATORS: &str = "SELECT count(*) FROM users WHERE admin AND state = 'active'";

/// A request that deletes, blocks or demotes a user.
fn remove(server: &Server, how: &str, id: i64, token: &str) -> Request {
    let path = format!("/api/v3/users/{id}");
    match how {
        "delete" => server.delete(&path).private_token(token),
        "block" => server.put(&format!("{path}/block")).private_token(token),
        _ => server.put(&path).private_token(token).json(json!({"admin": false})),
    }
}

/// One request succeeded. The other was refused, because it would have removed the last administrator or because its
/// sender had lost the right by then.
#[track_caller]
fn assert_one_administrator_remains(server: &Server, answers: &[Response]) {
    let done = answers.iter().filter(|answer| answer.status == 200).count();
    let refused = answers.iter().filter(|answer| [401, 403].contains(&answer.status)).count();
    assert_eq!((done, refused), (1, 1), "{answers:?}");
    assert_eq!(server.sql::<i64>(ADMINISTRATORS), 1, "{answers:?}");
}

/// Makes Root and John administrators again, with the token of the one who still is.
fn reset(server: &Server) {
    let is_one = |token: &&str| server.get("/api/v3/users/4/keys").private_token(token).send().status == 200;
    let one = [ROOT, JOHN].into_iter().find(is_one).unwrap();
    for id in [1, 4] {
        let path = format!("/api/v3/users/{id}");
        server.put(&format!("{path}/unblock")).private_token(one).send().expect(200);
        server.put(&path).private_token(one).json(json!({"admin": true})).send().expect(200);
    }
    assert_eq!(server.sql::<i64>(ADMINISTRATORS), 2);
}

#[test]
fn mutual_demotion_leaves_one_administrator() {
    let server = Server::on_file_without_passwords(&[]);
    for _ in 0..ROUNDS {
        reset(&server);
        let answers = send_all([remove(&server, "demote", 1, ROOT), remove(&server, "demote", 4, JOHN)]);
        assert_one_administrator_remains(&server, &answers);
    }
    assert_clean(&server);
}

#[test]
fn mutual_blocking_leaves_one_administrator() {
    let server = Server::on_file_without_passwords(&[]);
    for _ in 0..ROUNDS {
        reset(&server);
        let answers = send_all([remove(&server, "block", 1, ROOT), remove(&server, "block", 4, JOHN)]);
        assert_one_administrator_remains(&server, &answers);
    }
    assert_clean(&server);
}

#[test]
fn concurrent_self_demotion_leaves_one_administrator() {
    let server = Server::on_file_without_passwords(&[]);
    for _ in 0..ROUNDS {
        reset(&server);
        let answers = send_all([remove(&server, "demote", 4, ROOT), remove(&server, "demote", 1, JOHN)]);
        assert_one_administrator_remains(&server, &answers);
        let refused = answers.iter().find(|answer| answer.status == 403).unwrap();
        assert!(refused.body.contains("administrator"), "{refused:?}");
    }
    assert_clean(&server);
}

#[test]
fn mutual_deletion_leaves_one_administrator() {
    for _ in 0..ROUNDS / 2 {
        let server = Server::on_file_without_passwords(&[]);
        reset(&server);
        let answers = send_all([remove(&server, "delete", 1, ROOT), remove(&server, "delete", 4, JOHN)]);
        assert_one_administrator_remains(&server, &answers);
        assert_eq!(server.sql::<i64>("SELECT count(*) FROM users"), 4);
        assert_clean(&server);
    }
}

#[test]
fn a_delete_a_block_and_a_demotion_leave_one_administrator() {
    for _ in 0..ROUNDS / 2 {
        let server = Server::on_file_without_passwords(&[]);
        reset(&server);
        let calls = [remove(&server, "delete", 1, ROOT), remove(&server, "block", 4, JOHN)];
        let demote = || server.cli(&["user", "update", "root", "--admin", "false"]).status.code();
        let [first, second] = calls;
        let codes = super::race::<i32>(vec![
            Box::new(move || i32::from(first.send().status)),
            Box::new(move || i32::from(second.send().status)),
            Box::new(|| demote().unwrap()),
        ]);
        assert_eq!(server.sql::<i64>(ADMINISTRATORS), 1, "{codes:?}");
        assert_clean(&server);
    }
}

/// A request that waits for a password hash is carried out only if its sender is still an administrator afterwards.
#[test]
fn a_waiting_request_fails_once_its_administrator_is_blocked() {
    let server = Server::on_file_without_passwords(&[]);
    server.put("/api/v3/users/1").private_token(ROOT).json(json!({"admin": true})).send().expect(200);
    let mut refused = 0;
    for round in 0..10 {
        let name = format!("made{round}");
        let new = json!({"username": name, "name": name, "email": format!("{name}@example.com"), "password": "correct-horse"});
        let create = server.post("/api/v3/users").private_token(JOHN).json(new);
        let answer = std::thread::scope(|scope| {
            let creating = scope.spawn(|| create.send());
            // A little later each time, so that the block comes before, during and after the wait.
            std::thread::sleep(std::time::Duration::from_millis(round * 8));
            server.put("/api/v3/users/1/block").private_token(ROOT).send().expect(200);
            let blocked = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_micros();
            let answer = creating.join().unwrap();
            let made =
                server.sql::<Option<i64>>(&format!("SELECT max(created_at) FROM users WHERE username = '{name}'"));
            assert_eq!(answer.status == 201, made.is_some(), "{answer:?}");
            assert!(made.is_none_or(|made| u128::try_from(made).unwrap() <= blocked), "created after the block");
            answer
        });
        assert!([201, 401].contains(&answer.status), "{answer:?}");
        refused += u32::from(answer.status == 401);
        server.put("/api/v3/users/1/unblock").private_token(ROOT).send().expect(200);
    }
    assert!(refused > 0, "the block never came before the creation");
    assert_clean(&server);
}
