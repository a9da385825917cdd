//! Request smuggling: requests whose end two parsers may see at different places (RFC 9112, section 11.2), and heads
//! that are not HTTP.
//!
//! Each contains a second request that would delete Jack, and that must never be executed.

use super::{DEMO_USERNAMES, assert_still_serves, raw, raw_then_shutdown, usernames};
use crate::harness::{ROOT, Server};

fn smuggled() -> String {
    format!("DELETE /api/v3/users/3 HTTP/1.1\r\nHost: x\r\nPRIVATE-TOKEN: {ROOT}\r\nConnection: close\r\n\r\n")
}

/// Sends these bytes and checks that exactly one response comes, with one of these statuses, and that Jack still
/// exists.
#[track_caller]
fn assert_one_answer(server: &Server, bytes: &[u8], allowed: &[u16]) {
    let (statuses, answer) = raw(server, bytes);
    assert_eq!(statuses.len(), 1, "{}\n->\n{answer}", String::from_utf8_lossy(bytes));
    assert!(allowed.contains(&statuses[0]), "{}\n->\n{answer}", String::from_utf8_lossy(bytes));
    assert_eq!(usernames(server), DEMO_USERNAMES, "{}", String::from_utf8_lossy(bytes));
}

/// A PUT request with these header lines, followed by this body.
fn put(headers: &str, body: &str) -> Vec<u8> {
    format!("PUT /api/v3/users/1 HTTP/1.1\r\nHost: x\r\nPRIVATE-TOKEN: {ROOT}\r\n{headers}\r\n{body}").into_bytes()
}

#[test]
fn content_length_together_with_transfer_encoding() {
    let server = Server::demo();
    let body = format!("0\r\n\r\n{}", smuggled());
    for headers in [
        format!("Content-Length: {}\r\nTransfer-Encoding: chunked\r\n", body.len()),
        format!("Transfer-Encoding: chunked\r\nContent-Length: {}\r\n", body.len()),
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n".to_owned(),
        "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n".to_owned(),
    ] {
        // RFC 9112, section 6.1: refused, or answered with the connection closed.
        assert_one_answer(&server, &put(&headers, &body), &[200, 400]);
    }
    assert_still_serves(&server);
}

#[test]
fn two_content_lengths() {
    let server = Server::demo();
    let body = smuggled();
    for headers in [
        format!("Content-Length: 0\r\nContent-Length: {}\r\n", body.len()),
        format!("Content-Length: {}\r\nContent-Length: 0\r\n", body.len()),
        format!("Content-Length: 0, {}\r\n", body.len()),
        "Content-Length: 0\r\ncontent-length: 1\r\n".to_owned(),
    ] {
        assert_one_answer(&server, &put(&headers, &body), &[400]);
    }
    assert_still_serves(&server);
}

#[test]
fn malformed_content_lengths() {
    let server = Server::demo();
    for length in
        ["-1", "+0", "0x0", "1e1", " ", "", "0;", "zero", "99999999999999999999999", "0 0", "0\u{0}", "\u{b}0"]
    {
        assert_one_answer(&server, &put(&format!("Content-Length: {length}\r\n"), &smuggled()), &[400]);
    }
    assert_still_serves(&server);
}

#[test]
fn transfer_encodings_that_resemble_chunked() {
    let server = Server::demo();
    let body = format!("0\r\n\r\n{}", smuggled());
    for encoding in [
        "xchunked",
        "chunked, identity",
        "identity",
        "chunked, gzip",
        "chunkedx",
        "\"chunked\"",
        "'chunked'",
        "chunked;q=1",
        "\u{b}chunked",
        "chun\u{0}ked",
        "gzip",
    ] {
        assert_one_answer(&server, &put(&format!("Transfer-Encoding: {encoding}\r\n"), &body), &[400, 501]);
    }
    for headers in [
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Transfer-Encoding\t: chunked\r\n",
        "Transfer-Encoding:\r\n chunked\r\n",
        "X: y\r\n Transfer-Encoding: chunked\r\n",
        "Transfer-Encoding\r\n: chunked\r\n",
    ] {
        assert_one_answer(&server, &put(headers, &body), &[400, 501]);
    }
    assert_still_serves(&server);
}

#[test]
fn folded_header_lines_and_malformed_header_names() {
    let server = Server::demo();
    for headers in [
        "X-Folded: a\r\n b\r\n",
        "X-Folded: a\r\n\tb\r\n",
        "X-Spaced : a\r\n",
        "Content-Length : 0\r\n",
        " X-Leading: a\r\n",
        "X\u{0}Nul: a\r\n",
        "X-Nul: a\u{0}b\r\n",
        ": no name\r\n",
        "no colon\r\n",
        "X-Bare: a\rb\r\n",
        "X (y): z\r\n",
    ] {
        assert_one_answer(&server, &put(headers, &smuggled()), &[400]);
    }
    assert_still_serves(&server);
}

#[test]
fn malformed_chunk_boundaries() {
    let server = Server::demo();
    for body in [
        format!("2\r\n{{}}0\r\n\r\n{}", smuggled()),
        format!("2;\nx\r\n{{}}\r\n0\r\n\r\n{}", smuggled()),
        format!("2\n{{}}\n0\n\n{}", smuggled()),
        format!("2\r{{}}\r0\r\r{}", smuggled()),
        format!("100000002\r\n{{}}\r\n0\r\n\r\n{}", smuggled()),
        format!("0\r\nContent-Length: 5\r\nX\r\n\r\n{}", smuggled()),
    ] {
        let bytes = put("Transfer-Encoding: chunked\r\n", &body);
        let (statuses, answer) = raw_then_shutdown(&server, &bytes);
        assert!(statuses.iter().all(|status| (400..500).contains(status)) && statuses.len() <= 1, "{body}: {answer}");
        assert_eq!(usernames(&server), DEMO_USERNAMES, "{body}");
    }
    assert_still_serves(&server);
}

#[test]
fn request_heads_that_are_not_http() {
    let server = Server::demo();
    for head in [
        "\u{0}\u{0}\u{0}\u{0}\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\r\n\r\n",
        "GET / HTTP/9.9\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1 extra\r\nHost: x\r\n\r\n",
        "GET /\u{0} HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET\r\nHost: x\r\n\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "HELO example.com\r\n\r\n",
    ] {
        let (statuses, answer) = raw(&server, head.as_bytes());
        assert!(statuses.iter().all(|status| (400..500).contains(status)) && statuses.len() <= 1, "{head:?}: {answer}");
    }
    for head in [
        "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: x\r\n",
        "TRACE / HTTP/1.1\r\nHost: x\r\n",
    ] {
        let (statuses, answer) = raw(&server, format!("{head}Cookie: secret\r\nConnection: close\r\n\r\n").as_bytes());
        assert!(statuses.len() == 1 && (400..500).contains(&statuses[0]), "{head:?}: {answer}");
        assert!(!answer.contains("secret"), "{answer}");
    }
    assert_still_serves(&server);
}

#[test]
fn the_body_of_a_get_is_not_parsed_as_the_next_request() {
    let server = Server::demo();
    let body = smuggled();
    let bytes = format!(
        "GET /api/v3/user HTTP/1.1\r\nHost: x\r\nPRIVATE-TOKEN: {ROOT}\r\nContent-Length: {}\r\n\r\n{body}\
         GET /api/v3/user/keys HTTP/1.1\r\nHost: x\r\nPRIVATE-TOKEN: {ROOT}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let (statuses, answer) = raw(&server, bytes.as_bytes());
    assert_eq!(statuses, [200, 200], "{answer}");
    assert!(answer.ends_with("[]"), "{answer}");
    // Nor is a body that no handler reads: unknown path, wrong method, no credential.
    for line in ["GET /nothing", "PATCH /api/v3/users", "PUT /api/v3/users/1", "POST /api/v3/nothing"] {
        let bytes =
            format!("{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        assert_one_answer(&server, bytes.as_bytes(), &[401, 404, 405]);
    }
    assert_still_serves(&server);
}
