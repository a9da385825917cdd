//! Many logins at once, beside a server that writes.

use super::super::harness::{Server, accountd};
use super::{ADMIN, Database, accounts, bare, fingerprint, key, ok};
use serde_json::{Value, json};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::scope;

const AT_ONCE: usize = 200;
/// Ends the writers also when an assertion fails.
struct Flag<'a>(&'a AtomicBool);

impl Drop for Flag<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn start(server: &Server, args: &[&str]) -> Child {
    let mut command = accountd(&[&["authorized-keys", "--db", server.db.to_str().unwrap()], args].concat());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Adds and removes a key of Joan, blocks and unblocks her, and changes John's profile, until it is told to end.
fn write(server: &Server, end: &AtomicBool, writes: &AtomicUsize) {
    let call = |method: &str, path: &str, body: Value| {
        writes.fetch_add(1, Ordering::Relaxed);
        server.call(method, path).private(ADMIN).json(body).send()
    };
    while !end.load(Ordering::Relaxed) {
        let body = json!({"title": "t", "key": key("rsa-3072")});
        let id = call("POST", "/api/v3/users/4/keys", body).expect(201)["id"].clone();
        call("PUT", "/api/v3/users/3", json!({"bio": format!("{id}")})).expect(200);
        call("PUT", "/api/v3/users/4/block", json!({})).expect(200);
        call("PUT", "/api/v3/users/4/unblock", json!({})).expect(200);
        call("DELETE", &format!("/api/v3/users/4/keys/{id}"), json!({})).expect(200);
    }
}

#[test]
fn two_hundred_at_once_are_all_right() {
    let server = Database::new().serve(&[]);
    let (end, writes) = (AtomicBool::new(false), AtomicUsize::new(0));
    let sha = fingerprint("rsa-2048");
    let jane = ["ed25519", "rsa-2048", "sk-ssh-ed25519"].map(|name| bare(&key(name)) + "\n").concat();
    let questions: [(&[&str], String); 5] = [
        (&["jane"], jane),
        (&["john"], bare(&key("ecdsa-256")) + "\n"),
        (&["--fingerprint", &sha], bare(&key("rsa-2048")) + "\n"),
        (&["bob"], String::new()),
        // Hers comes and goes.
        (&["joan"], bare(&key("rsa-3072")) + "\n"),
    ];
    scope(|scope| {
        let _flag = Flag(&end);
        scope.spawn(|| write(&server, &end, &writes));
        while writes.load(Ordering::Relaxed) < 10 {
            std::thread::yield_now();
        }
        let before = writes.load(Ordering::Relaxed);
        let children: Vec<_> = (0..AT_ONCE).map(|at| (at % 5, start(&server, questions[at % 5].0))).collect();
        for (question, child) in children {
            let printed = ok(&child.wait_with_output().unwrap());
            let (args, expected) = &questions[question];
            let right = printed == *expected || (args[0] == "joan" && printed.is_empty());
            assert!(right, "{args:?}: {printed:?}");
        }
        assert!(writes.load(Ordering::Relaxed) > before, "nothing was written meanwhile");
    });
}

/// A server, or a command that writes, may come and go at any moment: the log with it.
#[test]
fn right_while_writers_come_and_go() {
    let db = Database::new();
    let path = db.path.clone();
    let end = AtomicBool::new(false);
    let expected = bare(&key("ecdsa-256")) + "\n";
    scope(|scope| {
        let _flag = Flag(&end);
        scope.spawn(|| {
            // Each opens the database, writes, and takes the log away as it closes it.
            while !end.load(Ordering::Relaxed) {
                for what in ["block", "unblock"] {
                    ok(&db.cli(&["user", what, "joan"]));
                }
            }
        });
        for _ in 0..AT_ONCE {
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
        server.put("/api/v3/users/4/block").private(ADMIN).send().expect(200);
        assert_eq!(keys(), "");
        server.put("/api/v3/users/4/unblock").private(ADMIN).send().expect(200);
    }
}
