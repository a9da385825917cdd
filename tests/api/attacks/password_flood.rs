//! One account that gives its right password under all its login names at once, each of which costs a whole hash. Right
//! passwords are not limited, but they must not make other users wait.

use crate::harness::{Request, Server};
use crate::rate_limits::CalledFrom;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

const LOGINS: usize = 40;
const PASSWORD: &str = "correct-horse";

fn address(n: usize) -> String {
    format!("mallory{n}@example.com")
}

/// A server with passwords at full cost that trusts a proxy on this host to name the client's address.
fn server() -> Server {
    let addresses: Value = (0..LOGINS).map(|n| json!({"email": address(n)})).collect();
    let users = json!({"users": [
        {"username": "mallory", "emails": addresses, "password": PASSWORD},
        {"username": "jane", "emails": [{"email": "jane@example.com"}], "password": PASSWORD},
    ]});
    let folder = tempfile::tempdir().unwrap();
    let (seed, db) = (folder.path().join("seed.json"), folder.path().join("test.db"));
    std::fs::write(&seed, users.to_string()).unwrap();
    let args = ["--db", db.to_str().unwrap(), "--seed", seed.to_str().unwrap(), "--trusted-proxy", "127.0.0.1"];
    let server = Server::start_in(folder, &args);
    // From now on, only the limit of each login name applies here.
    sign_in(&server, "mallory", "mallory").called_from("192.0.2.1").send().expect(200);
    server
}

fn sign_in(server: &Server, username: &str, login: &str) -> Request {
    server.get(&format!("/api/v1.1/users/{username}/")).basic(login, PASSWORD)
}

/// Signs mallory in under every address at once, and then jane, once the first answer is there. Returns how many of
/// mallory's were answered before hers.
fn answered_before_jane(client: impl Fn(usize) -> String) -> usize {
    let server = server();
    let answered = AtomicUsize::new(0);
    let calls: Vec<_> = (0..LOGINS).map(|n| sign_in(&server, "mallory", &address(n)).called_from(&client(n))).collect();
    std::thread::scope(|scope| {
        for call in calls {
            scope.spawn(|| {
                call.send().expect(200);
                answered.fetch_add(1, SeqCst);
            });
        }
        crate::serving::wait_for(|| (answered.load(SeqCst) > 0).then_some(()));
        sign_in(&server, "jane", "jane").called_from("203.0.113.1").send().expect(200);
        answered.load(SeqCst)
    })
}

#[test]
fn from_one_address() {
    let before = answered_before_jane(|_| "192.0.2.1".into());
    assert!(before < LOGINS / 2, "jane waited for {before} of {LOGINS}");
}

#[test]
fn from_an_address_for_each_login_name() {
    let before = answered_before_jane(|n| format!("198.51.100.{n}"));
    assert!(before < LOGINS / 2, "jane waited for {before} of {LOGINS}");
}
