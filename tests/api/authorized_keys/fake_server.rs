//! An HTTP server that sends whatever response a test chooses.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

pub struct FakeServer {
    address: SocketAddr,
    request_heads: Arc<Mutex<Vec<String>>>,
}

impl FakeServer {
    /// Reads the head of each request, then calls `answer` with the connection. A connection without a request is
    /// closed.
    pub fn new(answer: impl Fn(&mut TcpStream) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let request_heads = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&request_heads);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut head = Vec::new();
                let mut byte = [0];
                while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
                    head.push(byte[0]);
                }
                // The client only wanted to know whether it can connect.
                if head.is_empty() {
                    continue;
                }
                seen.lock().unwrap().push(String::from_utf8(head).unwrap());
                answer(&mut stream);
            }
        });
        Self { address, request_heads }
    }

    /// Answers every request with this status and body.
    pub fn responding(status: &'static str, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        Self::new(move |stream| {
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            // The client may close the connection before it has read everything.
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
        })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The heads of all requests so far.
    pub fn request_heads(&self) -> Vec<String> {
        self.request_heads.lock().unwrap().clone()
    }
}
