//! Requests in large numbers on one connection, and heads of a large size.

use super::{GET, ServerUnderLoad, read_to_end, statuses};
use accountd_test_harness::JOHN;
use std::io::Write;
use std::time::{Duration, Instant};

#[test]
fn ten_thousand_pipelined_requests_from_a_client_that_never_reads() {
    let load = ServerUnderLoad::start(&[]);
    let mut clients = load.connections(4, b"");
    let requests = format!("{GET}PRIVATE-TOKEN: {JOHN}\r\n\r\n").repeat(10_000);
    for stream in &mut clients {
        stream.set_nonblocking(true).unwrap();
        // Write as much as the socket takes while its responses are not read.
        let mut left = requests.as_bytes();
        let deadline = Instant::now() + Duration::from_secs(1);
        while !left.is_empty() && Instant::now() < deadline {
            match stream.write(left) {
                Ok(written) => left = &left[written..],
                Err(_) => std::thread::yield_now(),
            }
        }
    }
    load.assert_answers_other_clients();
    drop(clients);
    load.assert_recovers();
}

/// Each is a little shorter than the longest head that the server accepts, and none is complete.
#[test]
fn nine_hundred_unfinished_heads_of_60_kilobytes_do_not_fill_memory() {
    let load = ServerUnderLoad::start(&[]);
    let head = format!("{GET}X: {}", "x".repeat(60_000));
    let mut clients: Vec<_> = (0..900).map(|_| load.server.connect()).collect();
    for stream in &mut clients {
        // The server may close the connection before all of it is sent.
        let _ = stream.write_all(head.as_bytes());
    }
    load.assert_answers_other_clients();
    drop(clients);
    load.assert_recovers();
}

#[test]
fn three_hundred_heads_of_a_megabyte_are_refused() {
    let load = ServerUnderLoad::start(&[]);
    let head = format!("{GET}X: {}", "x".repeat(1 << 20));
    for _ in 0..3 {
        let mut clients: Vec<_> = (0..100).map(|_| load.server.connect()).collect();
        for stream in &mut clients {
            stream.set_nonblocking(true).unwrap();
            let _ = stream.write(head.as_bytes());
        }
        load.assert_answers_other_clients();
        for mut stream in clients {
            stream.set_nonblocking(false).unwrap();
            // The server may close the connection before all of it is sent.
            let _ = stream.write_all(head.as_bytes());
            let answer = read_to_end(stream);
            assert!(statuses(&answer).is_empty() || statuses(&answer) == ["431"], "{answer}");
        }
    }
    load.assert_recovers();
}
