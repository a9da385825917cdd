//! Each test is named after what it tries. Whatever that is gets a clear answer, and the server goes on.

mod addresses;
mod bodies;
mod credentials;
mod crowds;
mod enumeration;
mod escalation;
mod far_times;
mod guessing;
mod injection;
mod mass_assignment;
mod names;
mod open_connections;
mod private_keys;
mod smuggling;

use crate::harness::{JANE, JOHN, ROOT, Server};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};

/// Whether the server answers properly in both dialects, and nothing broke inside it.
#[track_caller]
pub fn assert_goes_on(server: &Server) {
    assert_eq!(server.get("/api/v3/user").private(JOHN).send().expect(200)["id"], 1);
    assert_eq!(server.get("/api/v1.1/users/janedoe/").bearer(JANE).send().expect(200)["id"], 2);
    let log = server.log();
    assert!(!log.contains("panicked") && !log.contains("\"ERROR\""), "{log}");
}

/// The demo's users by name.
#[track_caller]
pub fn user_names(server: &Server) -> Vec<String> {
    let users = server.get("/api/v3/users").private(ROOT).send().expect(200);
    users.as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap().to_owned()).collect()
}

pub const DEMO: [&str; 5] = ["john_smith", "janedoe", "jack_smith", "root", "username"];

pub fn docker_not_found() -> Value {
    json!({"detail": "Not found."})
}

/// The statuses of all answers to these bytes, in their order, and what came whole.
pub fn raw(server: &Server, bytes: &[u8]) -> (Vec<u16>, String) {
    statuses(&server.raw(bytes))
}

/// The same from a client that has nothing more to send and says so.
pub fn raw_to_the_end(server: &Server, bytes: &[u8]) -> (Vec<u16>, String) {
    let mut stream = server.connect();
    // The server may have answered and closed before it read everything.
    let _ = stream.write_all(bytes).and_then(|()| stream.shutdown(Shutdown::Write));
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    statuses(&answer)
}

fn statuses(answer: &[u8]) -> (Vec<u16>, String) {
    let answer = String::from_utf8_lossy(answer).into_owned();
    let status = |(at, _): (usize, &str)| answer[at + 9..at + 12].parse().unwrap();
    (answer.match_indices("HTTP/1.1 ").map(status).collect(), answer)
}

/// A request with these bytes as its head lines after the first, which ends its connection.
pub fn request(method: &str, path: &str, headers: &str) -> Vec<u8> {
    format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n").into_bytes()
}

/// A connection that stays open between requests.
pub struct Open {
    stream: BufReader<TcpStream>,
}

impl Open {
    pub fn to(server: &Server) -> Self {
        Self { stream: BufReader::new(server.connect()) }
    }

    /// The status and body of the answer to a GET with this header.
    pub fn get(&mut self, path: &str, header: &str) -> (u16, String) {
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{header}\r\n\r\n");
        self.stream.get_mut().write_all(request.as_bytes()).unwrap();
        let mut line = || {
            let mut line = String::new();
            self.stream.read_line(&mut line).unwrap();
            line.trim().to_ascii_lowercase()
        };
        let status = line()[9..12].parse().unwrap();
        let mut length = 0;
        loop {
            let header = line();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).unwrap();
        (status, String::from_utf8(body).unwrap())
    }
}
