//! Eight clients announce bodies of 1 MiB and then send nothing, or almost everything. They held all the memory for
//! large bodies, so that an honest POST of 20 KB waited for half a minute.

use crate::harness::{JOHN, ROOT, Server};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

const CLIENTS: usize = 8;
const MIB: usize = 1 << 20;

/// The head of a request with a body of 1 MiB.
fn head(credential: &str) -> String {
    format!(
        "PUT /api/v3/users/1 HTTP/1.1\r\nHost: localhost\r\n{credential}Content-Type: application/json\r\n\
         Content-Length: {MIB}\r\n\r\n"
    )
}

/// Connections, from this address, that have sent these bytes and stay open.
fn stalled(server: &Server, from: &str, bytes: &[u8]) -> Vec<TcpStream> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
    let from: SocketAddr = format!("{from}:0").parse().unwrap();
    let connect = || {
        let stream = runtime.block_on(async {
            let socket = tokio::net::TcpSocket::new_v4().unwrap();
            socket.bind(from).unwrap();
            socket.connect(server.address).await.unwrap()
        });
        let mut stream = stream.into_std().unwrap();
        stream.set_nonblocking(false).unwrap();
        stream.set_write_timeout(Some(Duration::from_secs(2))).unwrap();
        // The server may refuse the request before it has read all of it.
        let _ = stream.write_all(bytes);
        stream
    };
    let streams = (0..CLIENTS).map(|_| connect()).collect();
    // The server has read what there is.
    std::thread::sleep(Duration::from_millis(300));
    streams
}

/// Sends an honest request with a body of 20 KB; returns its status and how long it took.
fn honest(server: &Server) -> (u16, Duration) {
    let body = serde_json::json!({"name": "Honest", "ignored": "x".repeat(20_000)}).to_string();
    let request = format!(
        "PUT /api/v3/users/1 HTTP/1.1\r\nHost: localhost\r\nPRIVATE-TOKEN: {ROOT}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let started = Instant::now();
    let answer = server.raw(request.as_bytes());
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(0);
    (status, started.elapsed())
}

#[track_caller]
fn assert_quick(server: &Server, allowed: &[u16]) {
    let (status, elapsed) = honest(server);
    assert!(allowed.contains(&status), "{status} after {elapsed:?}");
    assert!(elapsed < Duration::from_secs(2), "{status} after {elapsed:?}");
}

#[test]
fn a_body_that_is_announced_but_not_sent_takes_no_memory() {
    let server = Server::demo();
    for credential in [ROOT, JOHN].map(|token| format!("PRIVATE-TOKEN: {token}\r\n")) {
        let clients = stalled(&server, "127.0.0.1", head(&credential).as_bytes());
        assert_quick(&server, &[200]);
        drop(clients);
    }
}

/// The response leaves when the client has had five seconds to send the rest: until then, it might lose the response.
/// A request with no credential in its head may have one in its body (SPEC 3), so that it is not refused as early.
#[test]
fn a_client_with_a_bad_credential_is_refused_before_its_body_is_read() {
    let server = Server::demo();
    let heads = ["PRIVATE-TOKEN: no-such-token-at-all\r\n", "Authorization: Bearer no-such-token\r\n"].map(head);
    let clients = heads.iter().flat_map(|head| stalled(&server, "127.0.0.1", head.as_bytes()));
    for mut client in clients.collect::<Vec<_>>() {
        client.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut status = [0; 12];
        client.read_exact(&mut status).unwrap();
        assert_eq!(&status, b"HTTP/1.1 401");
    }
    assert_quick(&server, &[200]);
}

/// A body of 1 MiB that lacks its last byte.
fn almost_complete() -> Vec<u8> {
    [head(&format!("PRIVATE-TOKEN: {ROOT}\r\n")).into_bytes(), vec![b' '; MIB - 1]].concat()
}

/// If the address has no share of the memory left, the honest client is told to come back rather than made to wait.
#[test]
fn a_client_at_the_address_of_the_attackers_is_answered_quickly() {
    let server = Server::demo();
    let clients = stalled(&server, "127.0.0.1", &almost_complete());
    assert_quick(&server, &[200, 503]);
    // A request without a large body is not affected.
    server.get("/api/v3/user").private_token(JOHN).send().expect(200);
    drop(clients);
}

#[test]
#[cfg(target_os = "linux")] // Elsewhere, 127.0.0.2 is not a local address by default.
fn a_client_at_another_address_is_served() {
    let server = Server::demo();
    let clients = stalled(&server, "127.0.0.2", &almost_complete());
    assert_quick(&server, &[200]);
    drop(clients);
}
