//! Many concurrent logins while a server writes to the same database.

use super::{ADMIN, Database, accounts, bare, fingerprint, key, ok};
use crate::harness::{Server, accountd};
use serde_json::{Value, json};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::scope;

const CONCURRENT_LOGINS: usize = 200;

/// Stops the writers when the test ends, also when an assertion fails.
struct StopOnDrop<'a>(&'a AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn start(server: &Server, args: &[&str]) -> Child {
    let mut command = accountd(&[&["authorized-keys", "--db", server.db.to_str().unwrap()], args].concat());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Adds and removes a key of Joan, blocks and unblocks her, and changes John's profile, until `stop` is set.
fn write(server: &Server, stop: &AtomicBool, writes: &AtomicUsize) {
    let call = |method: &str, path: &str, body: Value| {
        writes.fetch_add(1, Ordering::Relaxed);
        server.call(method, path).private_token(ADMIN).json(body).send()
    };
    while !stop.load(Ordering::Relaxed) {
        let body = json!({"title": "t", "key": key("rsa-3072")});
        let id = call("POST", "/api/v3/users/4/keys", body).expect(201)["id"].clone();
        call("PUT", "/api/v3/users/3", json!({"bio": format!("{id}")})).expect(200);
        call("PUT", "/api/v3/users/4/block", json!({})).expect(200);
        call("PUT", "/api/v3/users/4/unblock", json!({})).expect(200);
        call("DELETE", &format!("/api/v3/users/4/keys/{id}"), json!({})).expect(200);
    }
}

#[test]
fn two_hundred_concurrent_logins_get_correct_keys() {
    let server = Database::new().serve(&[]);
    let (stop, writes) = (AtomicBool::new(false), AtomicUsize::new(0));
    let sha = fingerprint("rsa-2048");
    let jane = ["ed25519", "rsa-2048", "sk-ssh-ed25519"].map(|name| bare(&key(name)) + "\n").concat();
    let queries: [(&[&str], String); 5] = [
        (&["jane"], jane),
        (&["john"], bare(&key("ecdsa-256")) + "\n"),
        (&["--fingerprint", &sha], bare(&key("rsa-2048")) + "\n"),
        (&["bob"], String::new()),
        // The writer keeps adding and removing her key.
        (&["joan"], bare(&key("rsa-3072")) + "\n"),
    ];
    scope(|scope| {
        let _flag = StopOnDrop(&stop);
        scope.spawn(|| write(&server, &stop, &writes));
        while writes.load(Ordering::Relaxed) < 10 {
            std::thread::yield_now();
        }
        let before = writes.load(Ordering::Relaxed);
        let children: Vec<_> = (0..CONCURRENT_LOGINS).map(|at| (at % 5, start(&server, queries[at % 5].0))).collect();
        for (query, child) in children {
            let printed = ok(&child.wait_with_output().unwrap());
            let (args, expected) = &queries[query];
            let right = printed == *expected || (args[0] == "joan" && printed.is_empty());
            assert!(right, "{args:?}: {printed:?}");
        }
        assert!(writes.load(Ordering::Relaxed) > before, "the server wrote nothing during the logins");
    });
}

/// The WAL appears and disappears as commands that write open and close the database.
#[test]
fn keys_stay_correct_while_writers_open_and_close_the_database() {
    let db = Database::new();
    let path = db.path.clone();
    let stop = AtomicBool::new(false);
    let expected = bare(&key("ecdsa-256")) + "\n";
    scope(|scope| {
        let _flag = StopOnDrop(&stop);
        scope.spawn(|| {
            // Each command opens the database, writes, and removes the WAL as it closes it.
            while !stop.load(Ordering::Relaxed) {
                for what in ["block", "unblock"] {
                    ok(&db.cli(&["user", what, "joan"]));
                }
            }
        });
        for _ in 0..CONCURRENT_LOGINS {
            let output = accountd(&["authorized-keys", "john", "--db", path.to_str().unwrap()]).output().unwrap();
            assert_eq!(ok(&output), expected);
        }
    });
}

#[test]
fn an_answered_change_is_seen_by_the_next_login() {
    let mut fixture = accounts();
    fixture["users"][3]["keys"] = json!([{"id": 20, "title": "t", "key": key("rsa-3072")}]);
    let server = Database::of(&fixture).serve(&[]);
    let keys = || ok(&start(&server, &["joan"]).wait_with_output().unwrap());
    for _ in 0..20 {
        assert_eq!(keys(), bare(&key("rsa-3072")) + "\n");
        server.put("/api/v3/users/4/block").private_token(ADMIN).send().expect(200);
        assert_eq!(keys(), "");
        server.put("/api/v3/users/4/unblock").private_token(ADMIN).send().expect(200);
    }
}
