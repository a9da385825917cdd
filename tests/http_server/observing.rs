//! Request ids, base URLs, panics and the access log.

use super::{CLIENT_TIMEOUT, Limits, Outcome, Server, TestDialect, TestError, limits, router, text};
use accountd::http::Request;
use accountd::http::router::{Router, anyone, get, post};
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tracing_subscriber::fmt::MakeWriter;

async fn id(_: Arc<TestDialect>, request: Request, _: ()) -> Outcome {
    text(request.id.to_string())
}

async fn panics(_: Arc<TestDialect>, _: Request, _: ()) -> Outcome {
    panic!("secret")
}

/// Panics before its future exists.
fn panics_early(_: Arc<TestDialect>, _: Request, _: ()) -> std::future::Ready<Outcome> {
    panic!("secret")
}

async fn user(_: Arc<TestDialect>, request: Request, _: ()) -> Outcome {
    request.set_user("janedoe");
    request.set_user("another");
    text("")
}

async fn slow(_: Arc<TestDialect>, _: Request, _: ()) -> Outcome {
    tokio::time::sleep(Duration::from_secs(10)).await;
    text("")
}

async fn client(_: Arc<TestDialect>, request: Request, _: ()) -> Outcome {
    text(request.client().to_string())
}

async fn base(_: Arc<TestDialect>, request: Request, _: ()) -> Outcome {
    text(request.base_url(None).to_string())
}

async fn configured(_: Arc<TestDialect>, request: Request, _: ()) -> Outcome {
    text(request.base_url(Some("https://a.example/x/")).to_string())
}

async fn missing(_: Arc<TestDialect>, _: Request, _: ()) -> Outcome {
    Err(TestError::Missing)
}

fn routes() -> Router {
    router(vec![
        get("/id", "id", anyone(), id),
        get("/panic", "panic", anyone(), panics),
        get("/early", "early", anyone(), panics_early),
        get("/user/{name}", "user", anyone(), user),
        get("/slow", "slow", anyone(), slow),
        get("/client", "client", anyone(), client),
        get("/base", "base", anyone(), base),
        get("/configured", "configured", anyone(), configured),
        post("/missing", "missing", anyone(), missing),
    ])
}

#[test]
fn a_valid_request_id_reaches_the_handler_and_the_answer() {
    let server = Server::start(limits(), routes());
    let answer = server.send("GET /api/id HTTP/1.1\r\nX-Request-Id: a.B-c_1\r\n\r\n");
    assert_eq!((answer.header("x-request-id"), answer.body.as_str()), (Some("a.B-c_1"), "a.B-c_1"));
}

#[test]
fn an_invalid_request_id_is_replaced() {
    let server = Server::start(limits(), routes());
    let mut seen = Vec::new();
    let long = "x".repeat(129);
    for id in ["", "a b", "<script>", "a,b", "caf\u{e9}", long.as_str()] {
        let answer = server.send(format!("GET /api/id HTTP/1.1\r\nX-Request-Id: {id}\r\n\r\n"));
        assert_eq!(answer.header("x-request-id"), Some(answer.body.as_str()));
        assert!(answer.body.len() == 24 && !seen.contains(&answer.body));
        seen.push(answer.body);
    }
}

#[test]
fn every_answer_has_a_request_id() {
    let server = Server::start(limits(), routes());
    assert_eq!(server.get("/api/nowhere").status(), 404);
    assert!(server.get("/api/nowhere").header("x-request-id").is_some());
}

#[test]
fn a_panic_is_a_500_without_details_and_the_connection_stays_open() {
    let server = Server::start(limits(), routes());
    let mut client = server.connect();
    client.send("GET /api/panic HTTP/1.1\r\nHost: h\r\nX-Request-Id: abc\r\n\r\n");
    let answer = client.answer();
    assert_eq!(answer.status(), 500);
    assert_eq!(answer.body, r#"{"message":"500 Internal Server Error","request_id":"abc"}"#);
    assert_eq!(answer.header("x-request-id"), Some("abc"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    client.send("GET /api/early HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_eq!(client.answer().status(), 500);
    client.send("GET /api/id HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_eq!(client.answer().status(), 200);
}

#[test]
fn the_base_url_is_the_configured_one_or_the_host_that_the_caller_used() {
    let server = Server::start(limits(), routes());
    let base = |head: &str| server.send(format!("GET {head}\r\n\r\n")).body;
    assert_eq!(base("/api/base HTTP/1.1\r\nHost: localhost:8080"), "http://localhost:8080");
    assert_eq!(base("/api/base HTTP/1.1\r\nHost: [::1]:80"), "http://[::1]:80");
    assert_eq!(base("http://named.example/api/base HTTP/1.1\r\nHost: other"), "http://named.example");
    assert_eq!(base("/api/base HTTP/1.0"), "http://127.0.0.1");
    assert_eq!(base("/api/base HTTP/1.1\r\nHost: a/b"), "http://127.0.0.1");
    assert_eq!(base("/api/base HTTP/1.1\r\nHost: h\r\nX-Forwarded-Host: evil"), "http://h");
    assert_eq!(base("/api/configured HTTP/1.1\r\nHost: h"), "https://a.example/x");
}

#[test]
fn the_client_is_the_peer_unless_a_trusted_proxy_says_otherwise() {
    let forwarded = "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https";
    let client_and_base = |limits: Limits| {
        let server = Server::start(limits, routes());
        ["/api/client", "/api/base"]
            .map(|path| server.send(format!("GET {path} HTTP/1.1\r\nHost: h\r\n{forwarded}\r\n\r\n")).body)
    };
    assert_eq!(client_and_base(limits()), ["127.0.0.1", "http://h"]);
    let proxies = ["127.0.0.0/8".parse().unwrap()].into_iter().collect();
    assert_eq!(client_and_base(Limits { proxies, ..limits() }), ["203.0.113.9", "https://h"]);
}

/// A log in memory.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Lines;

    fn make_writer(&self) -> Lines {
        self.clone()
    }
}

#[test]
fn the_access_log_has_one_line_for_each_request_and_no_secret() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscribe = move || {
        let subscriber = tracing_subscriber::fmt().json().with_writer(writer).with_max_level(tracing::Level::INFO);
        tracing::subscriber::set_default(subscriber.finish())
    };
    let mut server = Server::start_with(limits(), subscribe, routes());
    server.send(
        "GET /api/user/%0Aforged?private_token=s3cret HTTP/1.1\r\nPRIVATE-TOKEN: s3cret\r\n\
         X-Request-Id: one\r\n\r\n",
    );
    server.send("POST /api/nowhere HTTP/1.1\r\nX-Request-Id: two\r\nContent-Length: 15\r\n\r\npassword=s3cret");
    server.send("GET /api/panic HTTP/1.1\r\nX-Request-Id: three\r\n\r\n");
    let mut disconnected = server.connect();
    disconnected.send("GET /api/slow HTTP/1.1\r\nX-Request-Id: four\r\n\r\n");
    std::thread::sleep(Duration::from_millis(100));
    drop(disconnected);
    let log = || String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let start = Instant::now();
    while !log().contains("\"four\"") {
        assert!(start.elapsed() < CLIENT_TIMEOUT, "{}", log());
        std::thread::sleep(Duration::from_millis(10));
    }
    server.request_stop();
    server.wait_for_end();

    let log = log();
    assert!(!log.contains("s3cret"), "{log}");
    let entries: Vec<serde_json::Value> = log
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|line| line["target"] == "accountd::access")
        .map(|line| line["fields"].clone())
        .collect();
    let summary = |entry: &serde_json::Value| {
        assert!(entry["us"].is_u64(), "{entry}");
        let text = |name: &str| entry[name].as_str().map(str::to_owned);
        (
            text("id").unwrap(),
            text("method").unwrap(),
            text("path").unwrap(),
            entry["status"].as_u64().unwrap(),
            text("user"),
        )
    };
    let expected = [
        ("one", "GET", "/api/user/%0Aforged", 200, Some("janedoe")),
        ("two", "POST", "/api/nowhere", 404, None),
        ("three", "GET", "/api/panic", 500, None),
        ("four", "GET", "/api/slow", 499, None),
    ];
    let expected = expected.map(|(id, method, path, status, user)| {
        (id.to_owned(), method.to_owned(), path.to_owned(), status, user.map(str::to_owned))
    });
    assert_eq!(entries.iter().map(summary).collect::<Vec<_>>(), expected);
}
