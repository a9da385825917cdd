//! Answers that are long, and that clients do not read.
#![cfg(target_os = "linux")] // Elsewhere, 127.0.0.2 is not a local address by default.

use super::filled::{self, ACCOUNTS, KEY_BYTES, unread};
use super::statuses;
use accountd_test_harness::JOHN;
use std::io::Read;
use std::time::{Duration, Instant};

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nPRIVATE-TOKEN: {JOHN}\r\n\r\n")
}

/// The answers have 256 KB, 256 KB and 20 MB.
#[test]
fn nine_hundred_long_answers_that_no_client_reads_do_not_fill_memory() {
    let load = filled::server(ACCOUNTS, KEY_BYTES);
    let mut clients = Vec::new();
    for path in ["/full{n}.keys", "/api/v4/users/full{n}/keys?per_page=100", "/allowed_signers"] {
        for account in (0..ACCOUNTS).cycle().take(30) {
            let request = get(&path.replace("{n}", &account.to_string()));
            clients.extend(unread(&load.server, "127.0.0.2", 10, request.as_bytes()));
        }
        load.assert_answers_other_clients();
    }
    drop(clients);
    load.assert_recovers();
}

#[test]
fn an_address_gets_its_share_of_the_memory_for_answers_and_the_others_get_theirs() {
    let load = filled::server(1, KEY_BYTES);
    let path = "/allowed_signers";
    let greedy = unread(&load.server, "127.0.0.2", 40, get(path).as_bytes());
    let deadline = Instant::now() + Duration::from_secs(10);
    let refused = loop {
        let mut more = unread(&load.server, "127.0.0.2", 1, get(path).as_bytes()).remove(0);
        more.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let mut start = [0; 4096];
        let length = more.read(&mut start).unwrap();
        let answer = String::from_utf8_lossy(&start[..length]).into_owned();
        if statuses(&answer) == ["503"] {
            break answer;
        }
        assert!(Instant::now() < deadline, "{answer}");
    };
    assert!(refused.to_lowercase().contains("\r\nretry-after: 1\r\n"), "{refused}");
    let answer = load.server.get("/full0.keys").send();
    assert_eq!(answer.status, 200);
    assert!(answer.body.len() > 200 << 10, "{}", answer.body.len());
    drop(greedy);
    load.assert_recovers();
}
