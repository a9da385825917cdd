//! Writes that are under way while resets happen: none that began before a reset shows after it.

use crate::cases;
use crate::harness::{ROOT, Request, Server};
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

const WRITERS: usize = 8;

/// Creates users, one after another, until there is an end.
struct Writer {
    number: usize,
    /// How many writes have begun: the server has authenticated the caller and asked for the body.
    begun: AtomicUsize,
    /// How many were refused because of a reset.
    refused: AtomicUsize,
}

impl Writer {
    fn new(number: usize) -> Writer {
        Writer { number, begun: AtomicUsize::new(0), refused: AtomicUsize::new(0) }
    }

    fn write_until(&self, address: SocketAddr, ended: &AtomicBool) {
        let mut stream = TcpStream::connect(address).unwrap();
        for write in 1.. {
            if ended.load(Ordering::SeqCst) {
                return;
            }
            let name = format!("writer-{}-{write}", self.number);
            let body = format!(
                r#"{{"username":"{name}","name":"Late","email":"{name}@example.com","password":"correct-horse"}}"#
            );
            let head = format!(
                "POST /api/v3/users HTTP/1.1\r\nHost: x\r\nPRIVATE-TOKEN: {ROOT}\r\nContent-Type: application/json\r\n\
                 Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
                body.len()
            );
            stream.write_all(head.as_bytes()).unwrap();
            let interim = read_head(&mut stream);
            if !interim.starts_with("HTTP/1.1 100 ") {
                // A reset came before the server asked for the body, which it does not read then.
                self.require_overtaken(&interim);
                stream = TcpStream::connect(address).unwrap();
                continue;
            }
            self.begun.store(write, Ordering::SeqCst);
            // Some writes overtake a reset, and some are overtaken.
            (0..write % 4).for_each(|_| thread::yield_now());
            stream.write_all(body.as_bytes()).unwrap();
            let answer = read_head(&mut stream);
            let length = header(&answer, "content-length").unwrap().parse().unwrap();
            stream.read_exact(&mut vec![0; length]).unwrap();
            if !answer.starts_with("HTTP/1.1 201 ") {
                self.require_overtaken(&answer);
            }
        }
    }

    fn require_overtaken(&self, answer: &str) {
        let is_overtaken = answer.starts_with("HTTP/1.1 503 ") && header(answer, "x-accountd-epoch").is_some();
        assert!(is_overtaken, "{answer}");
        self.refused.fetch_add(1, Ordering::SeqCst);
    }
}

/// Ends the writers, also when the test fails.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn read_head(stream: &mut TcpStream) -> String {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(0) => panic!("closed after {}", String::from_utf8_lossy(&head)),
            Ok(_) => head.push(byte[0]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => panic!("{error}"),
        }
    }
    String::from_utf8(head).unwrap()
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// The writes in the accounts: which writer's they are, and which of its writes.
fn writes(server: &Server) -> Vec<(usize, usize)> {
    let state = server.get("/_accountd/state").send().expect(200);
    let users = state["users"].as_array().unwrap().iter();
    let names = users.filter_map(|user| user["username"].as_str()?.strip_prefix("writer-")?.split_once('-'));
    names.map(|(writer, write)| (writer.parse().unwrap(), write.parse().unwrap())).collect()
}

#[test]
fn no_write_that_began_before_a_reset_shows_after_it() {
    let server = Server::demo_with(&["--control"]);
    let writers: Vec<_> = (0..WRITERS).map(Writer::new).collect();
    let (ended, mut seen) = (AtomicBool::new(false), 0);
    thread::scope(|scope| {
        for writer in &writers {
            scope.spawn(|| writer.write_until(server.address, &ended));
        }
        let _end = End(&ended);
        for _ in 0..cases(30) {
            let begun: Vec<_> = writers.iter().map(|writer| writer.begun.load(Ordering::SeqCst)).collect();
            Request::to("POST", &format!("{}/_accountd/reset", server.url())).send().expect(200);
            for (writer, write) in writes(&server) {
                seen += 1;
                assert!(write > begun[writer], "write {write} of writer {writer} began before the reset");
            }
        }
    });
    let refused: usize = writers.iter().map(|writer| writer.refused.load(Ordering::SeqCst)).sum();
    assert!(refused > 0 && seen > 0, "{refused} writes were overtaken, {seen} came after a reset");
}
