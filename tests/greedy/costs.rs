//! The processor time of a request, compared with that of the cheapest one.
#![cfg(target_os = "linux")]

use super::ServerUnderLoad;
use super::filled;
use std::io::{BufRead, BufReader, Read, Write};

/// The processor time of the server so far, in clock ticks of 10 ms (proc_pid_stat(5)).
fn ticks(load: &ServerUnderLoad) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", load.server.pid())).unwrap();
    let fields: Vec<_> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

/// The processor time of this many requests, sent one after another on one connection.
fn cost(load: &ServerUnderLoad, path: &str, header: &str, count: usize) -> u64 {
    let mut stream = load.server.connect();
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{header}\r\n");
    let mut answers = BufReader::new(stream.try_clone().unwrap());
    let before = ticks(load);
    for _ in 0..count {
        stream.write_all(request.as_bytes()).unwrap();
        let (mut length, mut line) = (0, String::new());
        while line != "\r\n" {
            line.clear();
            assert!(answers.read_line(&mut line).unwrap() > 0);
            if let Some(value) = line.to_lowercase().strip_prefix("content-length: ") {
                length = value.trim().parse().unwrap();
            }
        }
        answers.read_exact(&mut vec![0; length]).unwrap();
    }
    ticks(load) - before
}

/// An account from before there was a limit on the bytes of its keys: a thousand keys, 2.7 MB.
#[test]
fn one_key_of_a_thousand_and_an_unchanged_list_cost_little() {
    const COUNT: usize = 400;
    let load = filled::server(1, 1000 * 2756);
    let tag = load.server.call("HEAD", "/full0.keys").send().header("etag").unwrap().to_owned();
    let unchanged = format!("If-None-Match: {tag}\r\n");
    let cheapest = cost(&load, "/-/liveness", "", 10 * COUNT).max(1) as f64 / 10.0;
    for (path, header) in [
        ("/api/v4/users/full0/keys?per_page=1", ""),
        ("/api/v4/users/full0/keys?per_page=1&page=900", ""),
        ("/full0.keys", &unchanged),
    ] {
        let ratio = cost(&load, path, header, COUNT) as f64 / cheapest;
        println!("{path}: {ratio:.1}");
        // Without optimization, they need 10 times as much. When the whole list was read, it was 100 times.
        assert!(ratio < 30.0, "{path}: {ratio:.1} times the cheapest request");
    }
    load.assert_recovers();
}
