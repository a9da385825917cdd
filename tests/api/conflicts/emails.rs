//! Concurrent changes to the addresses of one user: exactly one is primary at all times (SPEC 4).

use super::{ROUNDS, assert_clean, race, send_all, winner};
use crate::harness::{JANE, ROOT, Request, Server};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

const EMAILS: &str = "/api/v1.1/users/janedoe/emails/";

fn call(server: &Server, method: &str, body: Value) -> Request {
    server.call(method, EMAILS).bearer(JANE).json(body)
}

fn make_primary(server: &Server, address: &str) -> Request {
    call(server, "PATCH", json!({"email": address, "primary": true}))
}

#[track_caller]
fn primary(server: &Server) -> String {
    let emails = server.get(EMAILS).bearer(JANE).send().expect(200);
    let primary: Vec<_> = emails.as_array().unwrap().iter().filter(|email| email["primary"] == true).collect();
    assert_eq!(primary.len(), 1, "{emails}");
    primary[0]["email"].as_str().unwrap().to_owned()
}

#[test]
fn two_concurrent_primary_changes_leave_one_primary() {
    let server = Server::on_file_without_passwords(&[]);
    for address in ["a@example.com", "b@example.com"] {
        call(&server, "POST", json!({"email": address})).send().expect(201);
    }
    for _ in 0..ROUNDS {
        let answers = send_all([make_primary(&server, "a@example.com"), make_primary(&server, "b@example.com")]);
        for answer in answers {
            assert_eq!(answer.expect(200)["primary"], true);
        }
        let now = primary(&server);
        assert!(["a@example.com", "b@example.com"].contains(&now.as_str()), "{now}");
        make_primary(&server, "jane.doe@example.com").send().expect(200);
    }
    assert_clean(&server);
}

#[test]
fn a_reader_always_sees_exactly_one_primary() {
    let server = Server::on_file_without_passwords(&[]);
    let addresses = ["jane.doe@example.com", "a@example.com", "b@example.com"];
    for address in &addresses[1..] {
        call(&server, "POST", json!({"email": address})).send().expect(201);
    }
    let done = AtomicBool::new(false);
    let writer = || {
        for round in 0..3 * ROUNDS {
            make_primary(&server, addresses[round % 3]).send().expect(200);
        }
        done.store(true, Ordering::SeqCst);
    };
    let reads = AtomicUsize::new(0);
    let reader = || {
        while !done.load(Ordering::SeqCst) {
            let now = primary(&server);
            assert!(addresses.contains(&now.as_str()), "{now}");
            reads.fetch_add(1, Ordering::SeqCst);
        }
    };
    race::<()>(vec![Box::new(writer), Box::new(reader), Box::new(reader)]);
    assert!(reads.into_inner() > 10, "hardly anything was read during the changes");
    assert_clean(&server);
}

#[test]
fn an_address_is_either_deleted_or_made_primary() {
    let server = Server::on_file_without_passwords(&[]);
    for round in 0..ROUNDS {
        let address = format!("r{round}@example.com");
        call(&server, "POST", json!({"email": address})).send().expect(201);
        let answers = send_all([call(&server, "DELETE", json!({"email": address})), make_primary(&server, &address)]);
        // If it is deleted first, it is unknown; if it becomes primary first, it cannot be deleted.
        let expected = match winner(&answers, [204, 200], [400, 404]) {
            0 => "jane.doe@example.com",
            _ => address.as_str(),
        };
        assert_eq!(primary(&server), expected);
        make_primary(&server, "jane.doe@example.com").send().expect(200);
    }
    assert_clean(&server);
}

#[test]
fn primary_changes_by_administrator_and_user_leave_one_primary() {
    let server = Server::on_file_without_passwords(&[]);
    for round in 0..ROUNDS {
        let (own, new) = (format!("own{round}@example.com"), format!("new{round}@example.com"));
        call(&server, "POST", json!({"email": own})).send().expect(201);
        let put = server.put("/api/v3/users/2").private_token(ROOT).json(json!({"email": new}));
        for answer in send_all([put, make_primary(&server, &own)]) {
            answer.expect(200);
        }
        // A new address replaces the primary one (SPEC 5): if it came last, the user's own choice is gone.
        let left =
            |address: &str| server.sql::<i64>(&format!("SELECT count(*) FROM emails WHERE address = '{address}'"));
        let now = primary(&server);
        assert!(now == new || now == own, "{now}");
        assert_eq!((left(&own), left(&new)), (i64::from(now == own), 1), "{now}");
    }
    assert_clean(&server);
}

#[test]
fn no_address_outlives_a_concurrently_deleted_user() {
    let server = Server::on_file_without_passwords(&[]);
    for round in 0..ROUNDS {
        let token = format!("token-of-the-short-lived-user-{round}");
        let emails = json!([{"email": "s@example.com", "verified": true, "primary": true}]);
        let tokens = json!([{"name": "t", "token": token, "scopes": ["api"]}]);
        let archive = json!({"users": [{"username": "shortlived", "emails": emails, "tokens": tokens}]});
        let file = server.folder.path().join(format!("{round}.json"));
        std::fs::write(&file, archive.to_string()).unwrap();
        assert!(server.cli(&["import", file.to_str().unwrap()]).status.success());
        let id: i64 = server.sql("SELECT id FROM users WHERE username = 'shortlived'");
        let add = server.post("/api/v1.1/users/shortlived/emails/").bearer(&token);
        let answers = send_all([
            server.delete(&format!("/api/v3/users/{id}")).private_token(ROOT),
            add.json(json!({"email": "another@example.com"})),
        ]);
        assert_eq!(answers[0].status, 200, "{answers:?}");
        assert!([201, 401, 404].contains(&answers[1].status), "{answers:?}");
        let left = format!("SELECT count(*) FROM emails WHERE user_id = {id} OR address = 'another@example.com'");
        assert_eq!(server.sql::<i64>(&left), 0);
    }
    assert_clean(&server);
}
