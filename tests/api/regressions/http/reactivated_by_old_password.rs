//! Someone signs in to a deactivated account with the old password while the owner's password is being changed. The
//! sign-in failed, but the account was active afterwards: it was reactivated before the password was compared once
//! more.

use crate::harness::Server;
use serde_json::{Value, json};
use std::time::Duration;

const USERS: usize = 10;
/// Sign-ins of unknown users for each processor. They keep the server busy, so that those of the users have to wait.
const OTHERS: usize = 40;

/// A server on a file where every user is deactivated.
fn server() -> Server {
    let user = |n: usize| {
        json!({"username": format!("u{n}"), "emails": [{"email": format!("u{n}@example.com")}],
            "state": "deactivated", "password": "old-password"})
    };
    let users: Vec<Value> = (0..USERS).map(user).collect();
    let folder = tempfile::tempdir().unwrap();
    let (db, seed) = (folder.path().join("test.db"), folder.path().join("seed.json"));
    std::fs::write(&seed, json!({"users": users}).to_string()).unwrap();
    let args = ["--db", db.to_str().unwrap(), "--seed", seed.to_str().unwrap(), "--login-rate", "off"];
    let args = args.map(str::to_owned);
    Server::start_in(folder, &args.each_ref().map(String::as_str))
}

fn sign_in(server: &Server, user: &str) -> u16 {
    server.get(&format!("/api/v1.1/users/{user}/")).basic(user, "old-password").send().status
}

#[test]
fn a_sign_in_with_a_password_that_is_being_changed_does_not_reactivate() {
    let server = &server();
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        for n in 0..OTHERS * processors {
            scope.spawn(move || sign_in(server, &format!("unknown{n}")));
        }
        std::thread::sleep(Duration::from_millis(100));
        let sign_ins: Vec<_> = (0..USERS).map(|n| scope.spawn(move || sign_in(server, &format!("u{n}")))).collect();
        std::thread::sleep(Duration::from_millis(200));
        // Another process takes all the passwords away.
        let conn = rusqlite::Connection::open(&server.db).unwrap();
        conn.busy_timeout(Duration::from_secs(5)).unwrap();
        conn.execute("UPDATE users SET password_hash = NULL", []).unwrap();
        sign_ins.into_iter().map(|sign_in| sign_in.join().unwrap()).collect()
    });
    assert!(statuses.contains(&401), "every sign-in was over before the change");
    for (n, status) in statuses.into_iter().enumerate() {
        let state: String = server.sql(&format!("SELECT state FROM users WHERE username = 'u{n}'"));
        assert!(matches!((status, state.as_str()), (401, "deactivated") | (200, "active")), "u{n}: {status}, {state}");
    }
}

/// Otherwise, signing in reactivates the account.
#[test]
fn a_sign_in_with_the_current_password_reactivates() {
    let server = server();
    assert_eq!(sign_in(&server, "u0"), 200);
    assert_eq!(server.sql::<String>("SELECT state FROM users WHERE username = 'u0'"), "active");
}
