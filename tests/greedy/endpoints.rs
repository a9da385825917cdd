//! Slow clients of every route at the same time.

use super::routes::{self, BASE_URL, Names, Route, write_seed};
use super::{GET, PEAK_MEMORY_LIMIT, ServerUnderLoad, peak_memory, read_to_end, statuses};
use accountd_test_harness::{JOHN, Server};
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;
use tokio::net::TcpSocket;
use tokio::runtime::{Builder, Runtime};

/// The slow clients of each route and kind. Those of all routes together stay below the server's limit on connections.
const CLIENTS: usize = 8;

/// Their address. That of the others is 127.0.0.1.
const SLOW_ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// How long the other client waits at most, on however busy a machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// The most processor time that the server spends on the slow clients of a route before it answers another client, in
/// clock ticks of 10 ms. It does not depend on what else runs here; `benches/greedy` measures what the other client sees.
const TICKS: u64 = 100;

/// A way to be slow.
struct Kind {
    /// What a client sends at first; `None` if the route has no such clients.
    first: fn(&Route, &Names) -> Option<String>,
    /// What it sends once all clients have connected.
    then: &'static [u8],
}

/// Asks again and again, and never reads. Without a body, a request that would write is refused.
const UNREAD_ANSWER: Kind =
    Kind { first: |route, names| Some(format!("{}\r\n", route.head(names)).repeat(20)), then: b"" };

const SLOW_HEAD: Kind = Kind { first: |route, names| Some(route.head(names)), then: b"X" };

const OWED_BODY: Kind = Kind {
    first: |route, names| {
        let json = "Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{";
        Some(route.head(names) + json)
    },
    then: b"\"",
};

const OWED_CHUNK: Kind = Kind {
    first: |route, names| {
        let chunked = "Transfer-Encoding: chunked\r\n\r\n10000\r\na=";
        (!route.is_read()).then(|| route.head(names) + chunked)
    },
    then: b"x",
};

/// A server with the filled account, and the names of what it has.
fn filled() -> (ServerUnderLoad, Names) {
    let folder = tempfile::tempdir().unwrap();
    let seed = folder.path().join("filled.json");
    write_seed(&seed);
    let load = ServerUnderLoad::start(&["--seed", seed.to_str().unwrap(), "--base-url", BASE_URL]);
    let names = Names::of(&load.server);
    (load, names)
}

/// A connection from [`SLOW_ADDRESS`] that does not block. What its client does not read stays with the server, because
/// the system has next to no buffer for it.
fn connect(runtime: &Runtime, server: SocketAddr) -> TcpStream {
    let connected = runtime.block_on(async {
        let socket = TcpSocket::new_v4()?;
        socket.bind((SLOW_ADDRESS, 0).into())?;
        socket.set_recv_buffer_size(4096)?;
        socket.connect(server).await?.into_std()
    });
    connected.unwrap()
}

/// The processor time that the server has used, in clock ticks: fields 14 and 15 of proc(5)'s `stat`.
fn processor_ticks(server: &Server) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", server.pid())).unwrap();
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    fields.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap()).sum()
}

impl Kind {
    fn assert_harmless(&self) {
        let (load, names) = filled();
        let runtime = Builder::new_current_thread().enable_io().build().unwrap();
        let other = format!("{GET}PRIVATE-TOKEN: {JOHN}\r\nConnection: close\r\n\r\n");
        let mut clients: Vec<TcpStream> = Vec::new();
        for route in routes::all() {
            let Some(first) = (self.first)(&route, &names) else { continue };
            let before = processor_ticks(&load.server);
            for _ in 0..CLIENTS {
                let mut stream = connect(&runtime, load.server.address);
                // Only as much as fits into the socket's buffers.
                let _ = stream.write(first.as_bytes());
                clients.push(stream);
            }
            let mut stream = load.server.connect();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            stream.write_all(other.as_bytes()).unwrap();
            assert_eq!(statuses(&read_to_end(stream)), ["200"], "beside the clients of {route}");
            let spent = processor_ticks(&load.server) - before;
            assert!(spent < TICKS, "{spent} ticks for the clients of {route}");
            let peak = peak_memory(&load.server);
            assert!(peak < PEAK_MEMORY_LIMIT, "{peak} KiB after the clients of {route}");
        }
        assert!(clients.len() > 40 * CLIENTS, "{}", clients.len());
        // The server may have closed some of them.
        clients.iter_mut().for_each(|stream| drop(stream.write(self.then)));
        load.assert_answers_other_clients();
        drop(clients);
        load.assert_recovers();
    }
}

/// Otherwise the clients of the other tests would be answered with an error, which costs nothing.
#[test]
fn every_read_of_the_filled_account_succeeds() {
    let (load, names) = filled();
    let failed = |route: &Route| {
        let request = format!("{}Connection: close\r\n\r\n", route.head(&names));
        let mut stream = load.server.connect();
        stream.write_all(request.as_bytes()).unwrap();
        let answer = read_to_end(stream);
        // Pages send a caller without a cookie to the sign-in page.
        let mut good = vec!["200", "303"];
        if route.to_string() == "GET /account/set-password" {
            // There is no link for a password.
            good.push("404");
        }
        let is_good = statuses(&answer).first().is_some_and(|status| good.contains(status));
        (!is_good).then(|| format!("{route}: {answer}"))
    };
    let failed: Vec<_> = routes::all().iter().filter(|route| route.is_read()).filter_map(failed).collect();
    assert!(failed.is_empty(), "{failed:#?}");
    load.assert_recovers();
}

#[test]
fn clients_of_every_route_that_do_not_read_their_answers() {
    UNREAD_ANSWER.assert_harmless();
}

#[test]
fn clients_of_every_route_that_do_not_finish_their_heads() {
    SLOW_HEAD.assert_harmless();
}

#[test]
fn clients_of_every_route_that_do_not_finish_their_bodies() {
    OWED_BODY.assert_harmless();
}

#[test]
fn clients_of_every_route_that_writes_that_do_not_finish_a_chunk() {
    OWED_CHUNK.assert_harmless();
}
