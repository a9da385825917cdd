//! Many connections that send little or nothing.

use super::{GET, ServerUnderLoad, descriptors, read_to_end, statuses};
use accountd_test_harness::{JOHN, binary, file};
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
