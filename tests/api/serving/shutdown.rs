//! Shutdown on SIGTERM and SIGINT: stop accepting, finish the requests in flight, exit with 0.

use super::wait_for;
use crate::cli::{Commands, JANE, JOE, light_server, ok, reopen};
use crate::harness::{Server, run_with_stdin};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Waits until the server refuses connections, which shows that it has received the signal.
fn wait_until_connections_are_refused(server: &Server) {
    wait_for(|| TcpStream::connect(server.address).is_err().then_some(()));
}

/// Sends a POST without the second half of its body, and waits until the server has begun to read it.
fn half_a_post(server: &Server, body: &str) -> BufReader<TcpStream> {
    let mut stream = BufReader::new(server.connect());
    let head = format!(
        "POST /api/v1.1/users/joe/emails/ HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {JOE}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        body.len()
    );
    stream.get_mut().write_all(head.as_bytes()).unwrap();
    let mut line = String::new();
    stream.read_line(&mut line).unwrap();
    assert_eq!(line, "HTTP/1.1 100 Continue\r\n");
    stream.read_line(&mut line).unwrap();
    stream.get_mut().write_all(&body.as_bytes()[..body.len() / 2]).unwrap();
    stream
}

#[test]
fn a_request_in_flight_is_answered() {
    for signal in ["TERM", "INT"] {
        let mut server = light_server();
        let body = r#"{"email": "joe@late.example"}"#;
        let mut stream = half_a_post(&server, body);
        server.signal(signal);
        wait_until_connections_are_refused(&server);
        stream.get_mut().write_all(&body.as_bytes()[body.len() / 2..]).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 201 "), "{signal}: {answer}");
        let expected = r#"{"email":"joe@late.example","verified":false,"primary":false}"#;
        assert!(answer.ends_with(expected), "{answer}");
        assert!(answer.to_ascii_lowercase().contains("connection: close"), "{answer}");
        assert_eq!(server.wait().code(), Some(0), "{signal}");
        let found = "SELECT count(*) FROM emails WHERE address = 'joe@late.example'";
        assert_eq!(server.value::<i64>(found), 1);
        assert!(!server.folder.path().join("test.db-wal").exists(), "a clean shutdown left the WAL");
    }
}

#[test]
fn an_idle_connection_does_not_delay_shutdown() {
    let mut server = light_server();
    let mut idle = server.connect();
    let mut used = server.connect();
    used.write_all(format!("GET /api/v3/user HTTP/1.1\r\nHost: test\r\nPRIVATE-TOKEN: {JOE}\r\n\r\n").as_bytes())
        .unwrap();
    let mut head = [0; 12];
    used.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 200");
    assert_eq!(server.stop().code(), Some(0));
    assert!(!server.log().contains("in flight"), "{}", server.log());
    let mut rest = Vec::new();
    assert_eq!(idle.read_to_end(&mut rest).unwrap(), 0);
    used.read_to_end(&mut rest).unwrap();
}

#[test]
fn a_second_signal_changes_nothing() {
    let mut server = light_server();
    let body = r#"{"email": "joe@late.example"}"#;
    let mut stream = half_a_post(&server, body);
    server.signal("TERM");
    wait_until_connections_are_refused(&server);
    server.signal("TERM");
    server.signal("INT");
    stream.get_mut().write_all(&body.as_bytes()[body.len() / 2..]).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn last_used_times_are_written_at_shutdown() {
    let mut server = light_server();
    assert_eq!(server.get("/api/v3/user").private_token(JOE).send().status, 200);
    assert_eq!(server.stop().code(), Some(0));
    let list = server.json(&["token", "list", "joe"]);
    assert!(list[0]["last_used_at"].is_string(), "{list}");
    assert!(server.json(&["token", "list", "jane"])[0]["last_used_at"].is_null());
}

#[test]
fn a_sign_in_with_a_password_counts_as_activity() {
    let mut server = light_server();
    let args = ["user", "password", "joe", "--password-stdin", "--db", server.db.to_str().unwrap()];
    ok(run_with_stdin(&args, "correct-horse\n"));
    // The second one is answered by the cache.
    for _ in 0..2 {
        assert_eq!(server.get("/api/v1.1/users/joe/").basic("joe", "correct-horse").send().status, 200);
    }
    assert_eq!(server.stop().code(), Some(0));
    let active = |name: &str| format!("SELECT last_active_at IS NOT NULL FROM users WHERE username = '{name}'");
    assert_eq!((server.value::<bool>(&active("joe")), server.value::<bool>(&active("jane"))), (true, false));
    let server = reopen(server, &[]);
    let refused = server.post("/api/v4/users/2/deactivate").private_token(JANE).send();
    assert_eq!(refused.status, 403, "{refused:?}");
    assert!(refused.body.contains("active in the past"), "{refused:?}");
}

#[test]
fn a_lock_of_another_process_does_not_delay_shutdown_beyond_ten_seconds() {
    let mut server = light_server();
    let spool = server.folder.path().join("test.db-spool");
    std::fs::create_dir(&spool).unwrap();
    // A use of a token, and a request that will write.
    let body = r#"{"email": "joe@late.example"}"#;
    let mut stream = half_a_post(&server, body);
    let other = rusqlite::Connection::open(&server.db).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    // The server reads the folder at any time, and cannot write what it has read.
    std::fs::write(spool.join("1.used"), "1 1767225600000000").unwrap();
    let signalled = Instant::now();
    server.signal("TERM");
    wait_until_connections_are_refused(&server);
    // The write begins so late that its whole wait for the lock would take more than ten seconds.
    std::thread::sleep(Duration::from_millis(5500).saturating_sub(signalled.elapsed()));
    stream.get_mut().write_all(&body.as_bytes()[body.len() / 2..]).unwrap();
    assert_eq!(server.wait().code(), Some(0));
    let took = signalled.elapsed();
    assert!(took < Duration::from_secs(10), "{took:?}");
    let log = server.log();
    assert!(log.contains("times of last use were not written"), "{log}");
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(server.value::<i64>("SELECT count(*) FROM emails WHERE address = 'joe@late.example'"), 0);
    // The key's time was not lost with the token's.
    assert!(spool.join("1.used").exists());
    let server = reopen(server, &[]);
    wait_for(|| (!spool.join("1.used").exists()).then_some(()));
    assert_eq!(server.value::<i64>("SELECT last_used_at FROM ssh_keys WHERE id = 1"), 1767225600000000);
}
