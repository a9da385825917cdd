//! Clients that mean no handshake, or no good.

use super::{Secured, is_john};
use crate::serving::wait_for;
use std::io::{Read, Write};

/// What a TLS 1.0 to 1.3 client sends first: type 22, a version, and more bytes than will ever come.
const HALF_A_HELLO: [u8; 9] = [22, 3, 1, 2, 0, 1, 0, 1, 0xfc];

#[test]
fn five_hundred_handshakes_that_never_end_hold_nobody_up() {
    let mut secured = Secured::start(&[]);
    let crowd: Vec<_> = (0..500)
        .map(|at| {
            let mut stream = secured.server.connect();
            stream.write_all(&HALF_A_HELLO[..at % (HALF_A_HELLO.len() + 1)]).unwrap();
            stream
        })
        .collect();
    for _ in 0..5 {
        is_john(&secured.curl(&[]));
    }
    // Nor do they hold up the end, for which they would have 10 s.
    assert_eq!(secured.server.stop().code(), Some(0));
    assert!(!secured.server.log().contains("in flight"), "{}", secured.server.log());
    for mut stream in crowd {
        let _ = stream.read_to_end(&mut Vec::new());
    }
}

#[test]
fn half_a_handshake_is_closed_in_the_end() {
    let secured = Secured::start(&["--max-connections", "1", "--log", "debug"]);
    let mut half = secured.server.connect();
    half.write_all(&HALF_A_HELLO).unwrap();
    // It has the only place until its time is over.
    is_john(&secured.curl(&[]));
    let mut rest = Vec::new();
    let _ = half.read_to_end(&mut rest);
    assert!(rest.is_empty(), "{rest:?}");
    wait_for(|| secured.server.log().contains("took too long to wait for a TLS handshake").then_some(()));
}

#[test]
fn what_is_neither_tls_nor_http_is_closed() {
    let secured = Secured::start(&[]);
    let alert = [21, 3, 3, 0, 2, 2, 40];
    let long = [22; 70_000];
    for nonsense in [&b"SSH-2.0-OpenSSH_9.2\r\n\r\n"[..], &[0x80, 0x2e, 1, 3, 1], &alert, &long, &[0xff; 16]] {
        let answer = secured.server.raw(nonsense);
        let text = String::from_utf8_lossy(&answer);
        // A TLS alert, an HTTP/1.1 400, or nothing.
        assert!(answer.is_empty() || answer[0] == 21 || text.starts_with("HTTP/1.1 400 "), "{text}");
        assert!(!text.contains("john_smith"));
    }
    is_john(&secured.curl(&[]));
    assert!(!secured.server.log().contains("panicked"), "{}", secured.server.log());
}
