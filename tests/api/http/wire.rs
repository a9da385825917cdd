//! Requests as raw bytes, for cases that an HTTP client library would normalize.

use crate::harness::{Response, Server};

/// Sends these header lines and this body unchanged on a new connection. Only `Connection: close` is added, so that the
/// response has an end.
pub fn wire(server: &Server, head: &str, body: &[u8]) -> Response {
    let mut bytes = format!("{}\r\nConnection: close\r\n\r\n", head.trim_end().replace('\n', "\r\n")).into_bytes();
    bytes.extend_from_slice(body);
    let mut answers = answers(&server.raw(&bytes));
    assert_eq!(answers.len(), 1, "{answers:?}");
    answers.remove(0)
}

/// [`wire`] with the body's `Content-Length`.
pub fn wire_sized(server: &Server, head: &str, body: &str) -> Response {
    wire(server, &format!("{}\nContent-Length: {}", head.trim_end(), body.len()), body.as_bytes())
}

/// The pieces in chunked encoding, one chunk each, with the last chunk.
pub fn chunked<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for piece in pieces {
        bytes.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
        bytes.extend_from_slice(piece);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    bytes
}

/// Splits the bytes received on one connection into responses. Bytes that follow the last complete response are added
/// to its body, so that a body that should not be there is not lost.
pub fn answers(mut bytes: &[u8]) -> Vec<Response> {
    let mut answers = Vec::new();
    while !bytes.is_empty() {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or_else(|| panic!("{bytes:?}"));
        let head = std::str::from_utf8(&bytes[..end]).unwrap();
        let rest = &bytes[end + 4..];
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().strip_prefix("HTTP/1.1 ").unwrap()[..3].parse().unwrap();
        let pair = |line: &str| {
            let (name, value) = line.split_once(':').unwrap();
            (name.to_ascii_lowercase(), value.trim().to_owned())
        };
        let headers: Vec<(String, String)> = lines.map(pair).collect();
        let length = headers.iter().find(|(name, _)| name == "content-length").map(|(_, value)| value.parse().unwrap());
        let next = length.unwrap_or(rest.len());
        let more = rest.get(next..).is_some_and(|after| after.starts_with(b"HTTP/1.1 "));
        let (body, after) = if more { rest.split_at(next) } else { (rest, &rest[rest.len()..]) };
        answers.push(Response { status, headers, body: String::from_utf8(body.to_vec()).unwrap() });
        bytes = after;
    }
    answers
}
