//! Clients that do not complete the TLS handshake.

use super::{TlsServer, assert_john};
use crate::serving::wait_for;
use std::io::{Read, Write};

/// The start of a ClientHello of TLS 1.0 to 1.3: record type 22, a version, and a length that is never reached.
const HALF_A_HELLO: [u8; 9] = [22, 3, 1, 2, 0, 1, 0, 1, 0xfc];

#[test]
fn unfinished_handshakes_delay_neither_clients_nor_shutdown() {
    let mut tls_server = TlsServer::start(&[]);
    let unfinished: Vec<_> = (0..500)
        .map(|at| {
            let mut stream = tls_server.server.connect();
            stream.write_all(&HALF_A_HELLO[..at % (HALF_A_HELLO.len() + 1)]).unwrap();
            stream
        })
        .collect();
    for _ in 0..5 {
        assert_john(&tls_server.curl(&[]));
    }
    // They do not delay the shutdown, for which requests in flight have 10 s.
    assert_eq!(tls_server.server.stop().code(), Some(0));
    assert!(!tls_server.server.log().contains("in flight"), "{}", tls_server.server.log());
    drop(unfinished);
}

#[test]
fn an_unfinished_handshake_is_closed_after_a_timeout() {
    let tls_server = TlsServer::start(&["--max-connections", "1", "--log", "debug"]);
    let mut half = tls_server.server.connect();
    half.write_all(&HALF_A_HELLO).unwrap();
    // It occupies the only connection until it times out.
    assert_john(&tls_server.curl(&[]));
    let mut rest = Vec::new();
    let _ = half.read_to_end(&mut rest);
    assert!(rest.is_empty(), "{rest:?}");
    wait_for(|| tls_server.server.log().contains("took too long to wait for a TLS handshake").then_some(()));
}

#[test]
fn bytes_that_are_neither_tls_nor_http_are_refused() {
    let tls_server = TlsServer::start(&[]);
    let alert = [21, 3, 3, 0, 2, 2, 40];
    let long = [22; 70_000];
    for nonsense in [&b"SSH-2.0-OpenSSH_9.2\r\n\r\n"[..], &[0x80, 0x2e, 1, 3, 1], &alert, &long, &[0xff; 16]] {
        let answer = tls_server.server.raw(nonsense);
        let text = String::from_utf8_lossy(&answer);
        // The answer is a TLS alert, an HTTP/1.1 400, or nothing.
        assert!(answer.is_empty() || answer[0] == 21 || text.starts_with("HTTP/1.1 400 "), "{text}");
        assert!(!text.contains("john_smith"));
    }
    assert_john(&tls_server.curl(&[]));
    assert!(!tls_server.server.log().contains("panicked"), "{}", tls_server.server.log());
}
