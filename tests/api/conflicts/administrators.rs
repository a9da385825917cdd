//! Two administrators who remove each other at the same moment: one stays (SPEC 5).

use super::{ROUNDS, assert_clean, send_all};
use crate::harness::{Answer, Call, JOHN, ROOT, Server};
use serde_json::json;

const ADMINISTRATORS: &str = "SELECT count(*) FROM users WHERE admin AND NOT blocked";

/// How one removes another.
fn remove(server: &Server, how: &str, id: i64, token: &str) -> Call {
    let path = format!("/api/v3/users/{id}");
    match how {
        "delete" => server.delete(&path).private(token),
        "block" => server.put(&format!("{path}/block")).private(token),
        _ => server.put(&path).private(token).json(json!({"admin": false})),
    }
}

/// One got what it asked for. The other was told that somebody must stay, or was nobody by then.
#[track_caller]
fn assert_one_stays(server: &Server, answers: &[Answer]) {
    let done = answers.iter().filter(|answer| answer.status == 200).count();
    let refused = answers.iter().filter(|answer| [401, 403].contains(&answer.status)).count();
    assert_eq!((done, refused), (1, 1), "{answers:?}");
    assert_eq!(server.sql::<i64>(ADMINISTRATORS), 1, "{answers:?}");
}

/// Makes Root and John administrators, by whichever of them is one.
fn reset(server: &Server) {
    let is_one = |token: &&str| server.get("/api/v3/users/4/keys").private(token).send().status == 200;
    let one = [ROOT, JOHN].into_iter().find(is_one).unwrap();
    for id in [1, 4] {
        let path = format!("/api/v3/users/{id}");
        server.put(&format!("{path}/unblock")).private(one).send().expect(200);
        server.put(&path).private(one).json(json!({"admin": true})).send().expect(200);
    }
    assert_eq!(server.sql::<i64>(ADMINISTRATORS), 2);
}

#[test]
fn each_demotes_the_other() {
    let server = Server::on_file_without_passwords(&[]);
    for _ in 0..ROUNDS {
        reset(&server);
        let answers = send_all([remove(&server, "demote", 1, ROOT), remove(&server, "demote", 4, JOHN)]);
        assert_one_stays(&server, &answers);
    }
    assert_clean(&server);
}

#[test]
fn each_blocks_the_other() {
    let server = Server::on_file_without_passwords(&[]);
    for _ in 0..ROUNDS {
        reset(&server);
        let answers = send_all([remove(&server, "block", 1, ROOT), remove(&server, "block", 4, JOHN)]);
        assert_one_stays(&server, &answers);
    }
    assert_clean(&server);
}

#[test]
fn each_demotes_itself() {
    let server = Server::on_file_without_passwords(&[]);
    for _ in 0..ROUNDS {
        reset(&server);
        let answers = send_all([remove(&server, "demote", 4, ROOT), remove(&server, "demote", 1, JOHN)]);
        assert_one_stays(&server, &answers);
        let refused = answers.iter().find(|answer| answer.status == 403).unwrap();
        assert!(refused.body.contains("administrator"), "{refused:?}");
    }
    assert_clean(&server);
}

#[test]
fn each_deletes_the_other() {
    for _ in 0..ROUNDS / 2 {
        let server = Server::on_file_without_passwords(&[]);
        reset(&server);
        let answers = send_all([remove(&server, "delete", 1, ROOT), remove(&server, "delete", 4, JOHN)]);
        assert_one_stays(&server, &answers);
        assert_eq!(server.sql::<i64>("SELECT count(*) FROM users"), 4);
        assert_clean(&server);
    }
}

#[test]
fn one_deletes_while_the_other_blocks_and_the_operator_demotes() {
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
