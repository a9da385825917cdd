//! Faults of the connection, seen on a socket.

use super::{create_fault, requests, reset, stand_in, users};
use crate::harness::{ROOT, Server};
use serde_json::{Value, json};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Creates a user on a new connection, and returns it.
fn send(server: &Server, name: &str) -> TcpStream {
    let body = json!({
        "username": name, "name": name, "email": format!("{name}@example.com"), "password": "correct-horse"
    });
    let (body, mut stream) = (body.to_string(), server.connect());
    write!(
        stream,
        "POST /api/v4/users HTTP/1.1\r\nHost: x\r\nPRIVATE-TOKEN: {ROOT}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    stream
}

/// Everything until the end of the connection, or why there is no end.
fn rest(stream: &mut TcpStream) -> Result<String, ErrorKind> {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).map_err(|error| error.kind())?;
    Ok(String::from_utf8(answer).unwrap())
}

fn connection_fault(server: &Server, connection: Value, when: &str) -> u64 {
    let wanted = json!({"operation": "gitlab.v4.users.create"});
    create_fault(server, json!({"match": wanted, "when": when, "effect": {"connection": connection}}))
}

#[test]
fn a_connection_that_is_reset_or_closed_has_no_answer() {
    for (connection, expected) in [("reset", Err(ErrorKind::ConnectionReset)), ("empty", Ok(String::new()))] {
        for when in ["before", "after_commit"] {
            let server = stand_in();
            connection_fault(&server, connection.into(), when);
            assert_eq!(rest(&mut send(&server, "ada")), expected, "{connection} {when}");
            assert_eq!(users(&server.url()).contains(&"ada".to_owned()), when == "after_commit", "{connection} {when}");
            let entry = &requests(&server)[0];
            assert_eq!((&entry["answer"], &entry["fault"], &entry["user"]), (&Value::Null, &json!(1), &json!("root")));
        }
    }
}

#[test]
fn a_connection_hangs_until_the_client_leaves() {
    let server = stand_in();
    connection_fault(&server, "hang".into(), "before");
    let mut stream = send(&server, "ada");
    // The server's end of the connection, in Linux's table of sockets: open, or closed by the client alone.
    let (here, there) = (stream.local_addr().unwrap().port(), stream.peer_addr().unwrap().port());
    let is_open = || {
        let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
        let ends = format!(" 0100007F:{there:04X} 0100007F:{here:04X} ");
        table.lines().any(|line| line.contains(&format!("{ends}01 ")) || line.contains(&format!("{ends}08 ")))
    };
    stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    assert_eq!(rest(&mut stream), Err(ErrorKind::WouldBlock));
    // The journal has it while it hangs.
    assert_eq!(requests(&server)[0]["answer"], Value::Null);
    assert!(is_open());
    drop(stream);
    let started = Instant::now();
    while is_open() {
        assert!(started.elapsed() < Duration::from_secs(5), "the server keeps the connection");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(!users(&server.url()).contains(&"ada".to_owned()));
}

#[test]
fn a_reset_and_a_stop_close_connections_that_hang() {
    let mut server = stand_in();
    let hang = |server: &Server| {
        connection_fault(server, "hang".into(), "after_commit");
        let stream = send(server, "ada");
        let wanted = json!({"match": {"operation": "gitlab.v4.users.create"}, "wait_ms": 5000});
        server.post("/_accountd/requests/expect").json(wanted).send().expect(200);
        stream
    };
    let mut stream = hang(&server);
    reset(&server, "seed");
    assert_eq!(rest(&mut stream), Ok(String::new()));
    let mut stream = hang(&server);
    let started = Instant::now();
    assert!(server.stop().success());
    assert_eq!(rest(&mut stream), Ok(String::new()));
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
}

#[test]
fn a_truncated_body_has_the_length_of_the_whole() {
    for length in [0, 10] {
        let server = stand_in();
        // The first answer differs, because the administrator has not been active before.
        let [_, whole] = [(); 2].map(|()| server.get("/api/v4/users/4").private_token(ROOT).send().body);
        create_fault(&server, json!({"effect": {"connection": {"truncate": length}}}));
        let request =
            format!("GET /api/v4/users/4 HTTP/1.1\r\nHost: {}\r\nPRIVATE-TOKEN: {ROOT}\r\n\r\n", server.address);
        let answer = String::from_utf8(server.raw(request.as_bytes())).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{length}: {answer:?}"));
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        assert!(head.contains(&format!("content-length: {}\r\n", whole.len())), "{head}");
        assert_eq!(body, &whole[..length]);
        assert_eq!(requests(&server)[2]["answer"]["body"]["username"], "root", "the journal has the whole");
    }
}

#[test]
fn a_truncation_after_the_end_changes_nothing() {
    let server = stand_in();
    create_fault(&server, json!({"effect": {"connection": {"truncate": 1_000_000}}}));
    let user = server.get("/api/v4/users/1").private_token(ROOT).send().expect(200);
    assert_eq!(user["username"], "john_smith");
}

#[test]
fn an_error_can_be_truncated_too() {
    let server = stand_in();
    create_fault(&server, json!({"effect": {"status": 502, "body": "<html>", "connection": {"truncate": 3}}}));
    let answer = String::from_utf8(server.raw(b"GET /api/v4/user HTTP/1.1\r\nHost: x\r\n\r\n")).unwrap();
    assert!(answer.starts_with("HTTP/1.1 502 ") && answer.contains("content-length: 6\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\n<ht"), "{answer}");
}

#[test]
fn a_body_dribbles_byte_by_byte() {
    let server = stand_in();
    create_fault(&server, json!({"effect": {"status": 500, "body": "0123456789", "connection": {"dribble_ms": 20}}}));
    let mut stream = server.connect();
    let started = Instant::now();
    write!(stream, "GET /api/v4/user HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let (mut answer, mut reads) = (Vec::new(), 0);
    let mut buffer = [0; 4096];
    while let length @ 1.. = stream.read(&mut buffer).unwrap() {
        answer.extend_from_slice(&buffer[..length]);
        reads += 1;
    }
    assert!(started.elapsed() >= Duration::from_millis(200), "{:?}", started.elapsed());
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.contains("content-length: 10\r\n") && answer.ends_with("\r\n\r\n0123456789"), "{answer}");
    // Each byte is sent alone; a slow machine may read two at once.
    assert!(reads > 5, "{reads} reads");
}

#[test]
fn a_body_that_dribbles_does_not_keep_the_server_from_stopping() {
    let mut server = stand_in();
    create_fault(
        &server,
        json!({"effect": {"status": 500, "body": "0123456789", "connection": {"dribble_ms": 60_000}}}),
    );
    let mut stream = server.connect();
    write!(stream, "GET /api/v4/user HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).unwrap();
    let started = Instant::now();
    assert!(server.stop().success());
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
}
