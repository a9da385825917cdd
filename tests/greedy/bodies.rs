//! Bodies that are slow, endless, or longer or shorter than they say.

use super::{GET, ServerUnderLoad, read_to_end, statuses};
use accountd_test_harness::JOHN;
use std::io::Write;
use std::net::Shutdown;
use std::time::{Duration, Instant};

#[test]
fn heads_and_bodies_sent_byte_by_byte_do_not_delay_others() {
    let load = ServerUnderLoad::start(&[]);
    let post = format!("POST /api/v3/user/keys HTTP/1.1\r\nHost: x\r\nPRIVATE-TOKEN: {JOHN}\r\n");
    let mut slow = load.connections(150, GET.as_bytes());
    slow.extend(load.connections(150, format!("{post}Content-Length: 1000000\r\n\r\n{{\"a\":\"").as_bytes()));
    slow.extend(load.connections(150, format!("{post}Transfer-Encoding: chunked\r\n\r\nfffff\r\n").as_bytes()));
    for _ in 0..5 {
        slow.iter_mut().for_each(|stream| stream.write_all(b"x").unwrap());
        load.assert_answers_other_clients();
    }
    drop(slow);
    load.assert_recovers();
}

/// A client needs no credentials to send the start of a body.
#[test]
fn two_hundred_unfinished_bodies_of_nearly_a_megabyte_do_not_fill_memory() {
    let load = ServerUnderLoad::start(&[]);
    let post = "POST /api/v3/user/keys HTTP/1.1\r\nHost: x\r\nContent-Length: 1048576\r\n\r\n";
    let mut unfinished = load.connections(200, post.as_bytes());
    let piece = vec![b'x'; 64 << 10];
    for stream in &mut unfinished {
        stream.set_nonblocking(true).unwrap();
    }
    for _ in 0..15 {
        // Bytes that the server does not read yet wait in the socket buffers, or the write fails.
        unfinished.iter_mut().for_each(|stream| drop(stream.write(&piece)));
        load.server.get("/api/v3/user").private_token(JOHN).send().expect(200);
    }
    load.assert_answers_other_clients();
    drop(unfinished);
    load.assert_recovers();
}

#[test]
fn an_endless_chunked_body_is_cut_off() {
    let load = ServerUnderLoad::start(&[]);
    let send = |headers: &str| {
        let head = format!(
            "POST /api/v3/user/keys HTTP/1.1\r\nHost: x\r\nPRIVATE-TOKEN: {JOHN}\r\n{headers}\
             Transfer-Encoding: chunked\r\n\r\n"
        );
        let mut stream = load.server.connect();
        stream.write_all(head.as_bytes()).unwrap();
        let chunk = format!("10000\r\n{}\r\n", "x".repeat(65_536));
        let deadline = Instant::now() + Duration::from_secs(20);
        // SPEC 2: over 1 MiB is 413. The server reads on for some seconds, so that the client gets to see it.
        while stream.write_all(chunk.as_bytes()).is_ok() {
            assert!(Instant::now() < deadline, "the server does not close the connection");
        }
    };
    let kinds = ["", "Content-Type: application/json\r\n", "Content-Type: multipart/form-data; boundary=B\r\n"];
    std::thread::scope(|scope| {
        let senders = kinds.map(|headers| scope.spawn(move || send(headers)));
        while !senders.iter().all(|sender| sender.is_finished()) {
            load.assert_answers_other_clients();
        }
    });
    load.assert_recovers();
}

#[test]
fn a_body_that_differs_from_its_declared_length_changes_nothing() {
    let load = ServerUnderLoad::start(&[]);
    let patch = |length: usize, body: &str| {
        let head = format!("PATCH /api/v1.1/users/john_smith/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {JOHN}\r\n");
        format!("{head}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}")
    };
    for _ in 0..50 {
        // A longer body: the excess is read as the next request, which it is not.
        let longer = load.connections(1, patch(2, "{} and more\r\n\r\n").as_bytes()).remove(0);
        assert_eq!(statuses(&read_to_end(longer)), ["200", "400"]);
        // A shorter body, and the end of the connection.
        let shorter = load.connections(1, patch(100, "{\"full_name\":\"Half\"}").as_bytes()).remove(0);
        shorter.shutdown(Shutdown::Write).unwrap();
        let answer = read_to_end(shorter);
        assert!(statuses(&answer).is_empty() || statuses(&answer) == ["400"], "{answer}");
    }
    let user = load.server.get("/api/v3/user").private_token(JOHN).send().expect(200);
    assert_ne!(user["name"], "Half");
    load.assert_recovers();
}
