//! An HTTP client that can tell whether a request was answered before the server died.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// What the server sent back for a request.
#[derive(Debug)]
pub enum Reply {
    /// A whole response: its status and its body.
    Complete(u16, Value),
    /// A response that broke off.
    Truncated,
    /// Not a byte.
    Missing,
}

/// One persistent connection, opened again after the server has closed it.
pub struct Client {
    address: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        Self { address, stream: None }
    }

    /// Sends a request. The token goes in `Authorization: Bearer`, which both dialects accept.
    pub fn send(&mut self, method: &str, path: &str, token: &str, body: &Value) -> Reply {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let reply = self.send_bytes(request.as_bytes());
        if !matches!(reply, Reply::Complete(..)) {
            self.stream = None;
        }
        reply
    }

    fn send_bytes(&mut self, request: &[u8]) -> Reply {
        if self.stream.is_none() {
            let Ok(stream) = TcpStream::connect(self.address) else { return Reply::Missing };
            stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
            self.stream = Some(BufReader::new(stream));
        }
        let stream = self.stream.as_mut().unwrap();
        if stream.get_mut().write_all(request).is_err() {
            return Reply::Missing;
        }
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            match stream.read_line(&mut head) {
                Ok(0) | Err(_) if head.is_empty() => return Reply::Missing,
                Ok(0) | Err(_) => return Reply::Truncated,
                Ok(_) => {}
            }
        }
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let length = |line: &str| line.to_ascii_lowercase().strip_prefix("content-length:").map(str::to_owned);
        let length = head.lines().find_map(length).map_or(0, |length| length.trim().parse().unwrap());
        let mut body = vec![0; length];
        if stream.read_exact(&mut body).is_err() {
            return Reply::Truncated;
        }
        let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
        if head.to_ascii_lowercase().contains("connection: close") {
            self.stream = None;
        }
        Reply::Complete(status, body)
    }
}
