//! Answers that are long, and that clients do not read.
#![cfg(target_os = "linux")] // Elsewhere, 127.0.0.2 is not a local address by default.

use super::filled::{self, ACCOUNTS, KEY_BYTES, unread};
use super::{ServerUnderLoad, read_to_end, statuses};
use accountd_test_harness::{JACK, JOHN};
use std::time::{Duration, Instant};

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nPRIVATE-TOKEN: {JOHN}\r\n\r\n")
}

/// Other clients are answered while nine hundred connections wait for answers that they do not read.
fn assert_bounded(path: &str) {
    let load = filled::server(ACCOUNTS, KEY_BYTES);
    let mut clients = Vec::new();
    for (n, account) in (0..30).zip((0..ACCOUNTS).cycle()) {
        clients.extend(unread(&load.server, "127.0.0.2", 30, get(&path.replace("{n}", &account.to_string())).as_bytes()));
        if n % 10 == 9 {
            load.assert_answers_other_clients();
        }
    }
    drop(clients);
    load.assert_recovers();
}

#[test]
fn nine_hundred_public_key_files_that_nobody_reads() {
    assert_bounded("/full{n}.keys");
}

#[test]
fn nine_hundred_key_lists_that_nobody_reads() {
    assert_bounded("/api/v4/users/full{n}/keys?per_page=100");
}

/// Its 800 lines have 25 KB each.
#[test]
fn nine_hundred_files_of_allowed_signers_that_nobody_reads() {
    assert_bounded("/allowed_signers");
}

#[test]
fn an_address_gets_its_share_of_the_memory_for_answers_and_the_others_get_theirs() {
    let load = filled::server(1, KEY_BYTES);
    let path = "/allowed_signers";
    let greedy = unread(&load.server, "127.0.0.2", 300, get(path).as_bytes());
    let deadline = Instant::now() + Duration::from_secs(10);
    let refused = loop {
        let more = unread(&load.server, "127.0.0.2", 1, get(path).as_bytes()).remove(0);
        more.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let mut start = [0; 4096];
        let length = std::io::Read::read(&mut &more, &mut start).unwrap();
        let answer = String::from_utf8_lossy(&start[..length]).into_owned();
        if statuses(&answer) == ["503"] {
            break answer;
        }
        assert!(Instant::now() < deadline, "{answer}");
    };
    assert!(refused.to_lowercase().contains("\r\nretry-after: 1\r\n"), "{refused}");
    let answer = load.server.get(path).private_token(JACK).send();
    assert_eq!(answer.status, 200);
    assert!(answer.body.len() > 2 << 20, "{}", answer.body.len());
    drop(greedy);
    load.assert_recovers();
}

/// The head of an answer is small and not counted, so the server has to stop to answer.
#[test]
fn pipelined_requests_wait_until_the_client_reads() {
    let load = ServerUnderLoad::start(&[]);
    let requests = "GET /-/liveness HTTP/1.1\r\nHost:x\r\n\r\n".repeat(1600);
    let mut clients = unread(&load.server, "127.0.0.1", 100, requests.as_bytes());
    for _ in 0..5 {
        for client in &mut clients {
            client.set_nonblocking(true).unwrap();
            let _ = std::io::Write::write(client, requests.as_bytes());
        }
        load.assert_answers_other_clients();
    }
    // Clients that read get every answer.
    let mut client = load.connections(1, format!("{requests}{}", get("/api/v3/user")).as_bytes()).remove(0);
    std::thread::sleep(Duration::from_millis(100));
    client.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
    std::io::Write::write_all(&mut client, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    assert_eq!(statuses(&read_to_end(client)).len(), 1602);
    drop(clients);
    load.assert_recovers();
}
