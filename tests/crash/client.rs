//! A connection that is told whether its request was answered.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// What came back of a request.
#[derive(Debug)]
pub enum Told {
    Whole(u16, Value),
    /// The connection ended within the answer.
    Part,
    Nothing,
}

/// One connection, kept from request to request and made anew when the server has closed it.
pub struct Client {
    address: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        Self { address, stream: None }
    }

    /// `token` goes as a Bearer, which both dialects take.
    pub fn call(&mut self, method: &str, path: &str, token: &str, body: &Value) -> Told {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let told = self.exchange(request.as_bytes());
        if !matches!(told, Told::Whole(..)) {
            self.stream = None;
        }
        told
    }

    fn exchange(&mut self, request: &[u8]) -> Told {
        if self.stream.is_none() {
            let Ok(stream) = TcpStream::connect(self.address) else { return Told::Nothing };
            stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
            self.stream = Some(BufReader::new(stream));
        }
        let stream = self.stream.as_mut().unwrap();
        if stream.get_mut().write_all(request).is_err() {
            return Told::Nothing;
        }
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            match stream.read_line(&mut head) {
                Ok(0) | Err(_) if head.is_empty() => return Told::Nothing,
                Ok(0) | Err(_) => return Told::Part,
                Ok(_) => {}
            }
        }
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let length = |line: &str| line.to_ascii_lowercase().strip_prefix("content-length:").map(str::to_owned);
        let length = head.lines().find_map(length).map_or(0, |length| length.trim().parse().unwrap());
        let mut body = vec![0; length];
        if stream.read_exact(&mut body).is_err() {
            return Told::Part;
        }
        let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
        if head.to_ascii_lowercase().contains("connection: close") {
            self.stream = None;
        }
        Told::Whole(status, body)
    }
}
