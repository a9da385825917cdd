//! Another process holds the database lock when the server is told to stop. The server waited 5 s for the lock several
//! times in a row, and took up to 15 s, although requests in flight have 10 s altogether.

use crate::cli::{Commands, JANE, JOE, light_server};
use crate::harness::Server;
use rusqlite::Connection;
use serde_json::json;
use std::io::{Read, Write};
use std::time::{Duration, Instant};

/// The promise is 10 s; the rest is for the process to start its shutdown and to exit.
const LIMIT: Duration = Duration::from_secs(11);

fn lock(server: &Server) -> Connection {
    let other = Connection::open(&server.db).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    other
}

/// Stops the server and asserts that it exits with 0 in time.
#[track_caller]
fn assert_stops_in_time(server: &mut Server) {
    let start = Instant::now();
    let status = server.stop();
    assert!(start.elapsed() < LIMIT, "{:?}", start.elapsed());
    assert_eq!(status.code(), Some(0), "{}", server.log());
}

#[test]
fn an_idle_server_stops_in_time() {
    let mut server = light_server();
    // The server still has to write when this token was last used.
    assert_eq!(server.get("/api/v3/user").private_token(JOE).send().status, 200);
    let other = lock(&server);
    assert_stops_in_time(&mut server);
    drop(other);
    assert_eq!(server.ok(&["check"]), "no damage found\n");
}

#[test]
fn a_server_with_an_unfinished_request_stops_in_time() {
    let mut server = light_server();
    assert_eq!(server.get("/api/v3/user").private_token(JOE).send().status, 200);
    let mut unfinished = server.connect();
    let head = format!(
        "POST /api/v1.1/users/joe/emails/ HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {JOE}\r\n\
         Content-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n"
    );
    unfinished.write_all(head.as_bytes()).unwrap();
    let mut continued = [0; 12];
    unfinished.read_exact(&mut continued).unwrap();
    assert_eq!(&continued, b"HTTP/1.1 100");
    let other = lock(&server);
    assert_stops_in_time(&mut server);
    drop(other);
    assert_eq!(server.ok(&["check"]), "no damage found\n");
}

#[test]
fn a_server_with_waiting_writes_stops_in_time() {
    let mut server = light_server();
    assert_eq!(server.get("/api/v3/user").private_token(JANE).send().status, 200);
    let other = lock(&server);
    let calls: Vec<_> = (0..4)
        .map(|at| {
            let body = json!({"email": format!("joe{at}@example.com")});
            let call = server.post("/api/v1.1/users/joe/emails/").bearer(JOE).json(body);
            std::thread::spawn(move || call.send())
        })
        .collect();
    // Long enough for the writes to reach the lock.
    std::thread::sleep(Duration::from_millis(500));
    assert_stops_in_time(&mut server);
    drop(other);
    for call in calls {
        assert_eq!(call.join().unwrap().status, 503);
    }
    assert_eq!(server.ok(&["check"]), "no damage found\n");
}
