//! Many connections that send little or nothing.

use super::{GET, ServerUnderLoad, descriptors, read_to_end, statuses};
use accountd_test_harness::{JOHN, OTHER_ADDRESS, ROOT, accountd, binary, connect_from, file};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

#[test]
fn two_thousand_idle_connections_below_the_limit_stay_open() {
    let load = ServerUnderLoad::start(&["--max-connections", "4096"]);
    let mut idle = load.connections(1_900, format!("{GET}PRIVATE-TOKEN: {JOHN}\r\n\r\n").as_bytes());
    // Few enough that all are counted before the server closes the first, which it does after 10 s without a request.
    let silent = load.connections(100, b"");
    let deadline = Instant::now() + Duration::from_secs(8);
    // The connection of the very first request may be closed by now.
    while descriptors(&load.server) < load.descriptors - 1 + 2_000 {
        assert!(Instant::now() < deadline, "{} descriptors", descriptors(&load.server));
        std::thread::sleep(Duration::from_millis(10));
    }
    load.assert_answers_other_clients();
    // The idle connections can still be used.
    for stream in &mut idle {
        stream.write_all(format!("{GET}Connection: close\r\nPRIVATE-TOKEN: {JOHN}\r\n\r\n").as_bytes()).unwrap();
    }
    for stream in idle {
        assert_eq!(statuses(&read_to_end(stream)), ["200", "200"]);
    }
    drop(silent);
    load.assert_recovers();
}

#[test]
fn two_thousand_idle_connections_do_not_exceed_the_default_limit() {
    let load = ServerUnderLoad::start(&[]);
    let idle = load.connections(1_000, format!("{GET}PRIVATE-TOKEN: {JOHN}\r\n\r\n").as_bytes());
    let silent = load.connections(1_000, b"");
    load.assert_answers_other_clients();
    assert!(descriptors(&load.server) <= load.descriptors + 1_024 + 1, "more connections than the limit");
    drop((idle, silent));
    load.assert_recovers();
}

/// Far below the time limit of a body, and far above what a request takes in a debug build on a busy machine.
const SOON: Duration = Duration::from_secs(5);

/// Requests of a client with another address, each on a new connection, with the longest time that one took.
fn longest_of_another_address(load: &ServerUnderLoad, requests: &[String]) -> Duration {
    let time = |request: &String| {
        let start = Instant::now();
        let mut stream = connect_from(OTHER_ADDRESS, load.server.address);
        stream.write_all(request.as_bytes()).unwrap();
        assert_eq!(statuses(&read_to_end(stream)), ["200"]);
        start.elapsed()
    };
    requests.iter().map(time).max().unwrap()
}

fn polite() -> Vec<String> {
    vec![format!("{GET}Connection: close\r\nPRIVATE-TOKEN: {JOHN}\r\n\r\n"); 30]
}

/// Each kind of connection costs its client next to nothing, and there are more of them than the server accepts. If one
/// of them counted as busy, all others would have to wait for its time limit.
#[test]
fn connections_of_one_address_that_owe_something_do_not_delay_another_address() {
    let post = "POST /api/v3/session HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n";
    let unread = format!("{GET}PRIVATE-TOKEN: {JOHN}\r\n\r\n").repeat(20);
    for (kind, sent) in [("nothing", ""), ("half a head", GET), ("an owed body", post), ("unread answers", &unread)] {
        let load = ServerUnderLoad::start(&[]);
        let greedy: Vec<_> = (0..1_100).map(|_| load.server.connect()).collect();
        for mut stream in &greedy {
            stream.set_nonblocking(true).unwrap();
            // Only as much as fits into the socket's buffers.
            let _ = stream.write(sent.as_bytes());
        }
        let longest = longest_of_another_address(&load, &polite());
        assert!(longest < SOON, "{kind}: {longest:?}");
        drop(greedy);
        load.assert_recovers();
    }
}

/// An attacker who keeps the server busy could otherwise keep a blocked user's access to hosts, which would answer from
/// their caches.
#[test]
fn hosts_learn_that_a_user_is_blocked_while_others_owe_the_server_their_bodies() {
    let load = ServerUnderLoad::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let (token, cache) = (folder.path().join("token"), folder.path().join("cache"));
    std::fs::write(&token, ROOT).unwrap();
    let host = || {
        let (url, token, cache) = (load.server.url(), token.to_str().unwrap(), cache.to_str().unwrap());
        let server = ["authorized-keys", "--server", &url, "--token-file", token, "--cache", cache, "john_smith"];
        let output = accountd(&server).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        output.stdout.len()
    };
    assert!(host() > 0);
    let post = "POST /api/v3/session HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n";
    let owing = load.connections(1_100, post.as_bytes());
    let block = "PUT /api/v3/users/1/block HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n";
    let longest = longest_of_another_address(&load, &[format!("{block}PRIVATE-TOKEN: {ROOT}\r\n\r\n")]);
    assert!(longest < SOON, "{longest:?}");
    // The host has the attacker's address, so it has to wait, but for less than the 2 s that a login waits for it.
    assert_eq!(host(), 0);
    drop(owing);
}

/// Many systems start a service with a soft limit that is far below the hard one.
#[test]
fn the_server_raises_the_soft_limit_on_open_files() {
    let folder = tempfile::tempdir().unwrap();
    let script = "ulimit -S -n 64 && exec \"$@\"";
    let seed = file("fixtures/demo.json");
    let args = ["serve", "--listen", "127.0.0.1:0", "--memory", "--seed", seed.to_str().unwrap()];
    let mut child = Command::new("sh")
        .args(["-c", script, "sh", binary()])
        .args(args)
        .stdout(Stdio::piped())
        .stderr(File::create(folder.path().join("log")).unwrap())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on http://").unwrap();
    let request = format!("{GET}PRIVATE-TOKEN: {JOHN}\r\n\r\n");
    let connections: Vec<_> = (0..100).map(|_| TcpStream::connect(address).unwrap()).collect();
    for mut stream in connections.iter() {
        stream.write_all(request.as_bytes()).unwrap();
    }
    for mut stream in connections.iter() {
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut start = [0; 12];
        stream.read_exact(&mut start).unwrap();
        assert_eq!(&start, b"HTTP/1.1 200");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!std::fs::read_to_string(folder.path().join("log")).unwrap().contains("ERROR"));
}
