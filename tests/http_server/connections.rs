//! Connections: time limits, shedding, malformed requests, and the stop of the server.

use super::{CLIENT_TIMEOUT, Client, LONG, Outcome, Server, TestDialect, assert_ended_by, large, limits, router, text};
use accountd::http::Request;
use accountd::http::router::{Router, anyone, get};
use accountd::http::server::Limits;
use std::io::{BufRead, BufReader, ErrorKind};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

async fn slow(_: Arc<TestDialect>, _: Request, _: ()) -> Outcome {
    tokio::time::sleep(Duration::from_millis(500)).await;
    text("slow")
}

async fn slower(_: Arc<TestDialect>, _: Request, _: ()) -> Outcome {
    tokio::time::sleep(Duration::from_secs(4)).await;
    text("slow")
}

async fn never(_: Arc<TestDialect>, _: Request, _: ()) -> Outcome {
    std::future::pending().await
}

/// `/api/slow` responds after half a second, `/api/slower` after 4 s, `/api/large` with 64 MiB, `/api/never` not at
/// all, and `/` with `ok`.
fn routes() -> Router {
    router(vec![
        get("/slow", "slow", anyone(), slow),
        get("/slower", "slower", anyone(), slower),
        get("/large", "large", anyone(), large),
        get("/never", "never", anyone(), never),
    ])
}

const GET: &str = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

#[test]
fn a_new_connection_that_sends_nothing_is_closed() {
    let header_read = Duration::from_millis(400);
    let server = Server::start(Limits { header_read, ..limits() }, routes());
    let start = Instant::now();
    assert_eq!(server.connect().rest(), "");
    assert_ended_by(header_read, start);
}

#[test]
fn a_head_sent_byte_by_byte_is_cut_off() {
    let header_read = Duration::from_millis(400);
    let server = Server::start(Limits { header_read, ..limits() }, routes());
    for after_a_request in [false, true] {
        let mut start = Instant::now();
        let mut client = server.connect();
        if after_a_request {
            client.send(GET);
            client.answer();
            // The time of a head does not run while the connection is idle.
            std::thread::sleep(Duration::from_millis(600));
            start = Instant::now();
        }
        let mut trickle = "GET / HTTP/1.1\r\nX: ".bytes().chain(std::iter::repeat(b'x'));
        while client.try_send([trickle.next().unwrap()]) {
            std::thread::sleep(Duration::from_millis(20));
            assert!(start.elapsed() < CLIENT_TIMEOUT, "after a request: {after_a_request}");
        }
        assert_ended_by(header_read, start);
    }
}

#[test]
fn an_idle_connection_is_closed_after_its_own_time_limit() {
    let idle = Duration::from_secs(1);
    let server = Server::start(Limits { idle, header_read: Duration::from_millis(100), ..limits() }, routes());
    for path in ["/", "/api/slow"] {
        let mut client = server.connect();
        for _ in 0..3 {
            client.send(format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n"));
            assert_eq!(client.answer().status(), 200);
            std::thread::sleep(Duration::from_millis(250));
        }
        let start = Instant::now();
        client.send(GET);
        client.answer();
        assert_eq!(client.rest(), "");
        assert_ended_by(idle, start);
    }
}

#[test]
fn no_time_limit_of_the_client_applies_to_a_handler() {
    let short = Duration::from_millis(400);
    let limits = Limits { header_read: short, body_read: short, idle: short, write_stall: short, ..limits() };
    let server = Server::start(limits, routes());
    assert_eq!(server.get("/api/slow").body, "slow");
}

#[test]
fn a_client_that_does_not_read_is_disconnected() {
    let server = Server::start(Limits { write_stall: Duration::from_millis(400), ..limits() }, routes());
    let mut client = server.connect();
    client.send("GET /api/large HTTP/1.1\r\nHost: h\r\n\r\n");
    std::thread::sleep(Duration::from_millis(1500));
    assert!(client.rest().len() < 64 << 20);
}

#[test]
fn a_client_that_reads_slowly_is_served() {
    let limits = Limits { idle: Duration::from_millis(100), write_stall: Duration::from_millis(500), ..limits() };
    let server = Server::start(limits, routes());
    let mut client = server.connect();
    client.send("GET /api/large HTTP/1.1\r\nHost: h\r\n\r\n");
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(1500) {
        for _ in 0..100 {
            assert!(client.read_more());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(client.answer().body.len(), 64 << 20);
}

#[test]
fn requests_may_be_pipelined() {
    let server = Server::start(limits(), routes());
    let mut client = server.connect();
    client.send(format!("GET /api/slow HTTP/1.1\r\nHost: h\r\n\r\n{}", GET.repeat(40)));
    assert_eq!(client.answer().body, "slow");
    for _ in 0..40 {
        assert_eq!(client.answer().body, "ok");
    }
}

#[test]
fn a_client_beyond_the_limit_waits_until_there_is_room() {
    let server = Server::start(Limits { max_connections: 2, ..limits() }, routes());
    let (mut first, mut second) = (server.connect(), server.connect());
    for client in [&mut first, &mut second] {
        client.send(GET);
        client.answer();
    }
    let mut third = server.connect();
    third.send(GET);
    third.stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    assert!(third.stream.peek(&mut [0]).is_err(), "the third connection was served");
    drop(first);
    third.stream.set_read_timeout(Some(CLIENT_TIMEOUT)).unwrap();
    assert_eq!(third.answer().body, "ok");
}

#[test]
fn silent_connections_are_closed_to_make_room_and_busy_ones_are_not() {
    let server = Server::start(Limits { max_connections: 4, ..limits() }, routes());
    let mut busy = server.connect();
    busy.send("GET /api/slower HTTP/1.1\r\nHost: h\r\n\r\n");
    let (mut idle, silent, mut half) = (server.connect(), server.connect(), server.connect());
    idle.send(GET);
    idle.answer();
    half.send("GET / HT");
    // The limit is reached, so the three silent connections are closed for three new ones.
    let mut others: Vec<_> = (0..3).map(|_| server.connect()).collect();
    for other in &mut others {
        other.send(GET);
        assert_eq!(other.answer().body, "ok");
    }
    assert_eq!((idle.rest(), silent.rest(), half.rest()), (String::new(), String::new(), String::new()));
    assert_eq!(busy.answer().body, "slow");
}

#[test]
fn a_head_of_a_megabyte_is_431() {
    let server = Server::start(limits(), routes());
    let mut client = server.connect();
    client.send(format!("GET / HTTP/1.1\r\nHost: h\r\nX: {}\r\n\r\n", "x".repeat(1 << 20)));
    assert_eq!(client.answer().status(), 431);
    let many = "X: y\r\n".repeat(200);
    assert_eq!(server.send(format!("GET / HTTP/1.1\r\n{many}\r\n")).status(), 431);
    assert_eq!(server.get("/").status(), 200);
}

#[test]
fn a_head_of_64_kib_is_accepted_and_one_more_byte_is_431() {
    let server = Server::start(limits(), routes());
    let head = |size: usize| {
        let start = "GET / HTTP/1.1\r\nHost: h\r\nX: ";
        format!("{start}{}\r\n\r\n", "x".repeat(size - start.len() - 4))
    };
    assert_eq!(server.send(head(64 << 10)).status(), 200);
    for size in [(64 << 10) + 1, 66_000, 90_000, 114_000] {
        assert_eq!(server.send(head(size)).status(), 431, "{size}");
    }
    // The limit is that of one head, not of several on a connection.
    let mut client = server.connect();
    client.send(head(50_000).repeat(3));
    for _ in 0..3 {
        assert_eq!(client.answer().status(), 200);
    }
}

#[test]
fn malformed_http_is_400() {
    let server = Server::start(limits(), routes());
    for nonsense in [
        "hello\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}\r\n\r\n",
        "GET /\u{1} HTTP/1.1\r\n\r\n",
    ] {
        assert_eq!(server.send(nonsense).status(), 400, "{nonsense:?}");
    }
    let smuggled = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd";
    assert_eq!(server.send(smuggled).status(), 400);
}

#[test]
fn disconnected_clients_do_not_affect_others() {
    let server = Server::start(limits(), routes());
    for _ in 0..20 {
        let mut client = server.connect();
        client.send("GET /api/slow HTTP/1.1\r\nHost: h\r\n\r\n");
        server.connect().send("GET");
    }
    assert_eq!(server.get("/").status(), 200);
}

#[test]
fn a_stop_closes_idle_connections_immediately_and_finishes_requests_in_flight() {
    let mut server = Server::start(limits(), routes());
    let mut idle = server.connect();
    idle.send(GET);
    idle.answer();
    let silent = server.connect();
    let mut busy = server.connect();
    busy.send("GET /api/slower HTTP/1.1\r\nHost: h\r\n\r\n");
    std::thread::sleep(Duration::from_millis(100));

    let start = Instant::now();
    server.request_stop();
    assert_eq!(idle.rest(), "");
    assert_eq!(silent.rest(), "");
    busy.stream.set_nonblocking(true).unwrap();
    let pending = busy.stream.peek(&mut [0]).unwrap_err();
    assert_eq!(pending.kind(), ErrorKind::WouldBlock, "the idle connections waited for the busy one");
    busy.stream.set_nonblocking(false).unwrap();
    let answer = busy.answer();
    assert_eq!(answer.body, "slow");
    assert_eq!(answer.header("connection"), Some("close"));
    let address = server.address;
    server.wait_for_end();
    assert!(start.elapsed() < LONG / 2, "{:?}", start.elapsed());
    assert!(std::net::TcpStream::connect(address).is_err());
}

#[test]
fn a_stop_abandons_a_handler_that_never_ends() {
    let stop = Duration::from_millis(300);
    let mut server = Server::start(Limits { stop, ..limits() }, routes());
    let mut client = server.connect();
    client.send("GET /api/never HTTP/1.1\r\nHost: h\r\n\r\n");
    std::thread::sleep(Duration::from_millis(100));
    let start = Instant::now();
    server.request_stop();
    server.wait_for_end();
    assert_ended_by(stop, start);
    assert_eq!(client.rest(), "");
}

/// Runs this test again in a child process with few file descriptors, which serves the clients of this process.
#[test]
fn a_server_without_file_descriptors_accepts_connections_once_it_has_some() {
    const CHILD: &str = "ACCOUNTD_TEST_FEW_FILES";
    const SELF: &str = "connections::a_server_without_file_descriptors_accepts_connections_once_it_has_some";

    if std::env::var_os(CHILD).is_some() {
        let server = Server::start(Limits { max_connections: 1000, ..limits() }, routes());
        println!("\naddress={}", server.address);
        std::io::stdin().read_line(&mut String::new()).unwrap();
        return;
    }
    let test = std::env::current_exe().unwrap();
    let mut child = Command::new("sh")
        .args(["-c", "ulimit -n 40 && exec \"$@\"", "sh", test.to_str().unwrap(), "--exact", SELF, "--nocapture"])
        .env(CHILD, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let address = lines.find_map(|line| line.strip_prefix("address=")?.parse().ok()).unwrap();

    let server = Server { address, stop: None, thread: None };
    let clients: Vec<Client> = (0..100).map(|_| server.connect()).collect();
    std::thread::sleep(Duration::from_millis(200));
    drop(clients);
    assert_eq!(server.get("/").body, "ok");
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}
