//! Users with correct passwords get a 429 because others sign in at the same moment: an attempt that is still being
//! checked counted as a wrong password. Whether a correct password is accepted must not depend on how many are checked
//! at once.

use crate::harness::{Request, Server};
use crate::rate_limits::{CalledFrom, session};
use serde_json::{Value, json};

const USERS: usize = 20;

/// A server that allows one wrong password an hour, with users whose hashes take long enough to overlap.
fn server() -> Server {
    let user = |n: usize| {
        let emails = json!([{"email": format!("u{n}@example.com")}]);
        json!({"username": format!("u{n}"), "password": format!("password-of-{n}"), "emails": emails})
    };
    let users: Vec<Value> = (0..USERS).map(user).collect();
    let folder = tempfile::tempdir().unwrap();
    let seed = folder.path().join("seed.json");
    std::fs::write(&seed, json!({"users": users}).to_string()).unwrap();
    let seed = seed.to_str().unwrap().to_owned();
    let options = ["--login-rate", "1/h", "--trusted-proxy", "127.0.0.1", "--password-cost", "standard"];
    Server::start_in(folder, &[&["--memory", "--seed", &seed], &options[..]].concat())
}

/// Sends all requests at the same time and returns their statuses.
fn send_all(calls: Vec<Request>) -> Vec<u16> {
    let start = std::sync::Barrier::new(calls.len());
    let send = |call: Request| {
        start.wait();
        call.send().status
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = calls.into_iter().map(|call| scope.spawn(|| send(call))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn many_users_behind_one_address_sign_in_at_the_same_time() {
    let server = server();
    // An address has five wrong passwords. One is left.
    for n in 0..4 {
        let wrong = session(&server, &format!("unknown{n}"), "wrong-password").called_from("192.0.2.1");
        assert_eq!(wrong.send().status, 401);
    }
    let sign_in = |n: usize| session(&server, &format!("u{n}"), &format!("password-of-{n}")).called_from("192.0.2.1");
    assert_eq!(send_all((0..USERS).map(sign_in).collect()), [201; USERS]);
}

#[test]
fn one_user_signs_in_from_many_addresses_at_the_same_time() {
    let server = server();
    // A username has ten wrong passwords. One is left.
    for n in 0..9 {
        let wrong = session(&server, "u0", "wrong-password").called_from(&format!("198.51.100.{n}"));
        assert_eq!(wrong.send().status, 401);
    }
    let sign_in = |n: usize| session(&server, "u0", "password-of-0").called_from(&format!("203.0.113.{n}"));
    assert_eq!(send_all((0..20).map(sign_in).collect()), [201; 20]);
}

#[test]
fn simultaneous_wrong_passwords_are_still_limited() {
    let server = server();
    let guess = |n: usize| session(&server, &format!("u{n}"), "wrong-password").called_from("192.0.2.1");
    let mut statuses = send_all((0..USERS).map(guess).collect());
    statuses.sort_unstable();
    assert_eq!(statuses, [&[401; 5][..], &[429; USERS - 5]].concat());
}
