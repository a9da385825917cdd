//! Request bodies: their framing, their limits, and connections that end within one.

use super::{Client, Outcome, Refuse, Server, TestDialect, assert_ended_by, limits, router, text};
use accountd::http::Request;
use accountd::http::router::{Router, anyone, delete, get, post};
use accountd::http::server::Limits;
use std::net::Shutdown;
use std::sync::Arc;
use std::time::{Duration, Instant};

async fn read(_: Arc<TestDialect>, request: Request, _: ()) -> Outcome {
    text(format!("{:?}", request.body().text("a").unwrap().value()))
}

/// `/api/read` responds with the field `a`, and `/api/unread` does not read the body.
fn routes() -> Router {
    router(vec![
        get("/read", "read", anyone(), read),
        post("/read", "read", anyone(), read),
        delete("/read", "read", anyone(), read),
        post("/unread", "unread", Refuse, read),
    ])
}

fn send_chunks(client: &mut Client, count: usize, size: usize) {
    for _ in 0..count {
        client.send(format!("{size:x}\r\n{}\r\n", "x".repeat(size)));
    }
    client.send("0\r\n\r\n");
}

fn chunked(method: &str, path: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
}

#[test]
fn a_body_may_arrive_in_any_pieces() {
    let server = Server::start(limits(), routes());
    let length = "POST /api/read HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\na=b+c";
    let chunks = chunked("POST", "/api/read") + "1;ext=1\r\na\r\n4\r\n=b+c\r\n0\r\nTrailer: x\r\n\r\n";
    let mut client = server.connect();
    for request in [length, &chunks, length] {
        client.send(request);
        assert_eq!(client.answer().body, r#"Some("b c")"#);
        for byte in request.bytes() {
            client.send([byte]);
            std::thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(client.answer().body, r#"Some("b c")"#);
    }
}

#[test]
fn a_body_on_get_or_head_is_ignored() {
    let server = Server::start(limits(), routes());
    let mut client = server.connect();
    for method in ["GET", "HEAD"] {
        client.send(format!(
            "{method} /api/read HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n\
             Content-Length: 3\r\n\r\n{{a="
        ));
        assert_eq!(client.answer_to(method).status(), 200);
    }
    client.send(chunked("GET", "/api/read") + "3\r\na=b\r\n0\r\n\r\n");
    assert_eq!(client.answer().body, "None");
}

#[test]
fn a_body_of_one_mebibyte_is_accepted_and_one_more_byte_is_413() {
    let server = Server::start(limits(), routes());
    let mut client = server.connect();
    let body = |size: usize| format!("a={}", "x".repeat(size - 2));
    let post =
        |size: usize| format!("POST /api/read HTTP/1.1\r\nHost: h\r\nContent-Length: {size}\r\n\r\n{}", body(size));
    client.send(post(1 << 20));
    assert_eq!(client.answer().body.len(), (1 << 20) - 2 + "Some(\"\")".len());
    client.send(post((1 << 20) + 1));
    assert_eq!(client.answer().body, "413 the body is larger than 1 MiB");
    client.send(chunked("POST", "/api/read"));
    send_chunks(&mut client, 17, 64 << 10);
    assert_eq!(client.answer().body, "413 the body is larger than 1 MiB");
    client.send("POST /api/read HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\na=b");
    assert_eq!(client.answer().body, r#"Some("b")"#, "the connection stays open");
}

#[test]
fn a_client_that_sends_far_too_much_still_gets_the_answer() {
    let server = Server::start(limits(), routes());
    for path in ["/api/read", "/api/unread", "/api/nowhere"] {
        let mut client = server.connect();
        client.send(format!("POST {path} HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n", 8 << 20));
        client.send(vec![b'x'; 8 << 20]);
        let answer = client.answer();
        let status = if path == "/api/nowhere" { 404 } else { 200 };
        assert_eq!((answer.status(), answer.header("connection")), (status, Some("close")), "{path}");
        assert_eq!(client.rest(), "");
    }
}

#[test]
fn a_client_that_expects_100_continue_is_answered_before_it_sends_the_body() {
    let server = Server::start(limits(), routes());
    let expect = |path: &str, length: usize| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n\
             Content-Length: {length}\r\n\r\n"
        )
    };
    let mut client = server.connect();
    client.send(expect("/api/read", 2 << 20));
    let answer = client.answer();
    assert_eq!(
        (answer.body.as_str(), answer.header("connection")),
        ("413 the body is larger than 1 MiB", Some("close"))
    );

    let mut client = server.connect();
    client.send(expect("/api/read", 3));
    assert!(client.answer().head.starts_with("HTTP/1.1 100 "));
    client.send("a=b");
    assert_eq!(client.answer().body, r#"Some("b")"#);

    let mut client = server.connect();
    client.send(expect("/api/nowhere", 3));
    assert_eq!(client.answer().status(), 404);
}

#[test]
fn an_unfinished_body_is_408_after_its_time_limit() {
    let body_read = Duration::from_millis(400);
    let server = Server::start(Limits { body_read, ..limits() }, routes());
    for request in [
        "POST /api/read HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\na=b".to_owned(),
        chunked("POST", "/api/read") + "9\r\na",
    ] {
        let mut client = server.connect();
        let start = Instant::now();
        client.send(request);
        let answer = client.answer();
        assert_eq!(
            (answer.body.as_str(), answer.header("connection")),
            ("408 the body did not arrive in time", Some("close"))
        );
        assert_ended_by(body_read, start);
        client.stream.shutdown(Shutdown::Write).unwrap();
        assert_eq!(client.rest(), "");
    }
}

#[test]
fn an_incomplete_body_does_not_affect_other_requests() {
    let server = Server::start(limits(), routes());
    for half in [
        "POST /api/read HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\na=b".to_owned(),
        chunked("POST", "/api/read") + "9\r\na",
    ] {
        let mut client = server.connect();
        client.send(&half);
        client.stream.shutdown(Shutdown::Write).unwrap();
        let rest = client.rest();
        assert!(rest.is_empty() || rest.contains("400 the body is incomplete"), "{rest}");
        server.connect().send(&half);
    }
    let broken = chunked("POST", "/api/read") + "zz\r\na\r\n";
    assert!(server.send(broken).body.contains("400 the body is incomplete"));
    assert_eq!(server.get("/read").status(), 200);
}
