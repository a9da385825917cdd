//! What one address may take from others: connections, and requests without a signed-in caller.

use super::{Client, Limits, Outcome, Server, TestDialect, TestError, large, limits, router, text};
use accountd::http::Request;
use accountd::http::reference::Requirement;
use accountd::http::router::{Router, Rule, anyone, get, post};
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Lets only callers with the header `User` in, and notes who they are.
#[derive(Clone, Copy)]
struct SignedIn;

impl Rule<TestDialect> for SignedIn {
    type Permission = ();

    fn requirement(self) -> Requirement {
        Requirement::none("anyone")
    }

    async fn permit(self, _: &TestDialect, request: &mut Request) -> Result<(), TestError> {
        let user = request.header("user").ok_or(TestError::Missing)?;
        request.set_user(user.to_str().unwrap());
        Ok(())
    }
}

async fn read(_: Arc<TestDialect>, _: Request, _: ()) -> Outcome {
    text("read")
}

async fn never(_: Arc<TestDialect>, _: Request, _: ()) -> Outcome {
    std::future::pending().await
}

/// `/api/never` does not respond, `/api/large` responds with 32 MiB, `/api/read` reads its body first, and `/api/own`
/// needs a signed-in caller.
fn routes() -> Router {
    router(vec![
        get("/never", "never", anyone(), never),
        get("/large", "large", anyone(), large),
        get("/read", "read", anyone(), read),
        post("/read", "read", anyone(), read),
        get("/own", "own", SignedIn, read),
    ])
}

const SOON: Duration = Duration::from_millis(200);

fn request(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n")
}

fn answered(client: &mut Client, path: &str) {
    client.send(request(path));
    assert_eq!(client.answer().status(), 200);
}

/// A client that owes the server anything is idle. Here two clients of one address use both connections, and a client
/// from another address needs one.
#[test]
fn every_kind_of_idle_connection_makes_room_for_another_address() {
    let owed_body = "POST /api/read HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n";
    let chunked = "POST /api/read HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na";
    let unread_body = "POST /api/nowhere HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n";
    let kinds = [
        ("nothing", String::new()),
        ("half a head", "GET / HT".into()),
        ("an owed body", owed_body.into()),
        ("half a body", format!("{owed_body}a=b")),
        ("half a chunk", chunked.into()),
        ("a body that no route reads", unread_body.into()),
        ("an unread answer", request("/api/large")),
        ("half of the next request", request("/") + "GET / HT"),
    ];
    std::thread::scope(|scope| {
        for (kind, sent) in &kinds {
            scope.spawn(move || {
                let server = Server::start(Limits { max_connections: 2, ..limits() }, routes());
                let idle: Vec<_> = (0..2).map(|_| server.connect()).collect();
                for mut client in idle.iter().map(|client| client.stream.try_clone().unwrap()) {
                    std::io::Write::write_all(&mut client, sent.as_bytes()).unwrap();
                }
                sleep(SOON);
                let start = Instant::now();
                let mut other = server.connect_from_elsewhere();
                answered(&mut other, "/");
                // A client that does not read is idle after two seconds.
                let limit = if *kind == "an unread answer" { 4_000 } else { 900 };
                assert!(start.elapsed() < Duration::from_millis(limit), "{kind}: {:?}", start.elapsed());
                drop(idle);
            });
        }
    });
}

/// Three connections are open, and others need room all the time.
#[test]
fn a_client_that_reads_its_answer_is_never_closed_to_make_room() {
    let server = Server::start(Limits { max_connections: 3, ..limits() }, routes());
    let mut reader = server.connect();
    reader.send(request("/api/large"));
    let mut others = Vec::new();
    for _ in 0..2 {
        let start = reader.received.len();
        while reader.received.len() < start + (8 << 20) {
            assert!(reader.read_more());
        }
        others.push(server.connect());
        others.push(server.connect_from_elsewhere());
        sleep(Duration::from_millis(1_200));
    }
    // Room was made by closing others.
    let closed = others.drain(..).filter(|other| other.is_answered_within(Duration::from_millis(1))).count();
    assert!(closed >= 2, "{closed}");
    assert_eq!(reader.answer().body.len(), 64 << 20);
}

#[test]
fn an_address_beyond_its_connections_waits_and_others_do_not() {
    let limits = Limits { max_connections: 4, max_connections_per_address: 2, ..limits() };
    let server = Server::start(limits, routes());
    let mut busy: Vec<_> = (0..2).map(|_| server.connect()).collect();
    busy.iter_mut().for_each(|client| client.send(request("/api/never")));
    let mut third = server.connect();
    third.send(request("/"));
    assert!(!third.is_answered_within(SOON));
    answered(&mut server.connect_from_elsewhere(), "/");
    busy.pop();
    assert_eq!(third.answer().body, "ok");
}

#[test]
fn the_connections_of_a_trusted_proxy_have_no_bound_of_their_own() {
    let proxies = ["127.0.0.1/32".parse().unwrap()].into_iter().collect();
    let limits = Limits { max_connections: 4, max_connections_per_address: 2, proxies, ..limits() };
    let server = Server::start(limits, routes());
    let mut busy: Vec<_> = (0..3).map(|_| server.connect()).collect();
    busy.iter_mut().for_each(|client| client.send(request("/api/never")));
    answered(&mut server.connect(), "/");
}

#[test]
fn requests_of_callers_who_are_not_signed_in_wait_for_each_other() {
    let server = Server::start(Limits { max_anonymous_requests_per_address: 2, ..limits() }, routes());
    let mut busy: Vec<_> = (0..2).map(|_| server.connect()).collect();
    busy.iter_mut().for_each(|client| client.send(request("/api/never")));
    sleep(SOON);
    let mut third = server.connect();
    third.send(request("/api/read"));
    let mut signed_in = server.connect();
    signed_in.send("GET /api/own HTTP/1.1\r\nHost: h\r\nUser: jane\r\n\r\n");
    assert_eq!(signed_in.answer().body, "read");
    answered(&mut server.connect_from_elsewhere(), "/api/read");
    assert!(!third.is_answered_within(SOON));
    busy.pop();
    assert_eq!(third.answer().body, "read");
}

/// Otherwise a few clients that owe a body could stop every sign-in from their address.
#[test]
fn a_request_whose_body_is_still_to_come_delays_no_other() {
    let server = Server::start(Limits { max_anonymous_requests_per_address: 1, ..limits() }, routes());
    let mut owing = server.connect();
    owing.send("POST /api/read HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n");
    sleep(SOON);
    answered(&mut server.connect(), "/api/read");
    owing.send("a=b");
    assert_eq!(owing.answer().body, "read");
}

#[test]
fn behind_a_proxy_the_requests_of_each_client_are_counted() {
    let proxies = ["127.0.0.0/8".parse().unwrap()].into_iter().collect();
    let server = Server::start(Limits { max_anonymous_requests_per_address: 1, proxies, ..limits() }, routes());
    let send = |path: &str, address: &str| {
        let mut client = server.connect();
        client.send(format!("GET {path} HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: {address}\r\n\r\n"));
        client
    };
    let _busy = send("/api/never", "2001:db8::1");
    sleep(SOON);
    assert!(!send("/api/read", "2001:db8::2").is_answered_within(SOON), "the same network");
    assert_eq!(send("/api/read", "2001:db8:0:1::1").answer().body, "read");
}
