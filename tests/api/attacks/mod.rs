//! Attacks. Each test is named after the attack it tries, and checks that the server answers clearly and keeps serving.

mod bodies;
mod claimed_addresses;
mod credentials;
mod email_addresses;
mod injection;
mod mass_assignment;
mod out_of_range_timestamps;
mod oversized_requests;
mod password_flood;
mod password_guessing;
mod private_keys;
mod privilege_escalation;
mod request_smuggling;
mod revocation_on_open_connections;
mod user_enumeration;
mod usernames;

use crate::harness::{JANE, JOHN, ROOT, Server};
use crate::serving::wait_for;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Checks that the server still serves both dialects, and has logged no panic and no error.
#[track_caller]
pub fn assert_still_serves(server: &Server) {
    static REQUESTS: AtomicU32 = AtomicU32::new(0);
    let id = format!("still-serves-{}", REQUESTS.fetch_add(1, Relaxed));
    assert_eq!(server.get("/api/v3/user").private_token(JOHN).send().expect(200)["id"], 1);
    let jane = server.get("/api/v1.1/users/janedoe/").bearer(JANE).header("X-Request-Id", &id);
    assert_eq!(jane.send().expect(200)["id"], 2);
    // The log is written by another thread, in order: once this request is in it, so is everything before it.
    let log = wait_for(|| Some(server.log()).filter(|log| log.contains(&id)));
    assert!(!log.contains("panicked") && !log.contains("\"ERROR\""), "{log}");
}

/// The usernames of all users, in order of their ids.
#[track_caller]
pub fn usernames(server: &Server) -> Vec<String> {
    let users = server.get("/api/v3/users").private_token(ROOT).send().expect(200);
    users.as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap().to_owned()).collect()
}

/// The usernames of fixtures/demo.json.
pub const DEMO_USERNAMES: [&str; 5] = ["john_smith", "janedoe", "jack_smith", "root", "username"];

pub fn docker_not_found() -> Value {
    json!({"detail": "Not found."})
}

/// Sends these bytes on a new connection, and returns the statuses of all responses and the bytes received as text.
pub fn raw(server: &Server, bytes: &[u8]) -> (Vec<u16>, String) {
    statuses(&server.raw(bytes))
}

/// [`raw`] by a client that shuts down its sending side after the bytes.
pub fn raw_then_shutdown(server: &Server, bytes: &[u8]) -> (Vec<u16>, String) {
    let mut stream = server.connect();
    // The server may have answered and closed before it read everything.
    let _ = stream.write_all(bytes).and_then(|()| stream.shutdown(Shutdown::Write));
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    statuses(&answer)
}

fn statuses(answer: &[u8]) -> (Vec<u16>, String) {
    let text = String::from_utf8_lossy(answer).into_owned();
    let status = |(at, _): (usize, &str)| text[at + 9..at + 12].parse().unwrap();
    (text.match_indices("HTTP/1.1 ").map(status).collect(), text)
}

/// A request without a body and with these additional header lines, after which the server closes the connection.
pub fn request(method: &str, path: &str, headers: &str) -> Vec<u8> {
    format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n").into_bytes()
}

/// A connection that stays open between requests.
pub struct KeepAlive {
    stream: BufReader<TcpStream>,
}

impl KeepAlive {
    pub fn to(server: &Server) -> Self {
        Self { stream: BufReader::new(server.connect()) }
    }

    /// Sends a GET request with this header line and returns the response's status and body.
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
