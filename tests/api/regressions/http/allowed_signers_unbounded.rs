//! A few clients download the file of allowed signers of a large installation at the same time. Each response was
//! formatted anew, on a thread that serves other requests, so that eight clients took hundreds of megabytes and delayed
//! the others.
#![cfg(target_os = "linux")]

use crate::harness::{JOHN, Server, file, run};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

const USERS: usize = 3_000;
const CLIENTS: usize = 8;
/// What SECURITY.md promises for large responses.
const MOST_MEMORY: u64 = 64 << 20;

/// A public RSA key of 16384 bits that no other number has. Nobody knows a private key for it.
fn public_key(n: usize) -> String {
    fn field(bytes: &[u8]) -> Vec<u8> {
        [&u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
    }
    let mut modulus = vec![0xa5; 2049];
    modulus[0] = 0;
    modulus[1..9].copy_from_slice(&(n as u64 | 1 << 63).to_be_bytes());
    let blob = [field(b"ssh-rsa"), field(&[1, 0, 1]), field(&modulus)].concat();
    format!("ssh-rsa {}", BASE64_STANDARD.encode(blob))
}

/// A server on a file with the demo's users and thousands more, whose allowed signers make 8 MB.
fn server() -> Server {
    let user = |n: usize| {
        json!({"username": format!("signer{n}"), "emails": [{"email": format!("signer{n}@example.com")}],
            "keys": [{"title": "x", "key": public_key(n)}]})
    };
    let users: Vec<Value> = (0..USERS).map(user).collect();
    let folder = tempfile::tempdir().unwrap();
    let (db, users_file) = (folder.path().join("test.db"), folder.path().join("users.json"));
    std::fs::write(&users_file, json!({"users": users}).to_string()).unwrap();
    let db = db.to_str().unwrap().to_owned();
    for path in [file("fixtures/demo.json"), users_file] {
        let imported = run(&["import", path.to_str().unwrap(), "--db", &db]);
        assert!(imported.status.success(), "{imported:?}");
    }
    Server::start_in(folder, &["--db", &db])
}

/// The resident memory of the server in bytes: now, and at most since the last reset.
fn memory(server: &Server) -> (u64, u64) {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let value = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.split_whitespace().next().unwrap().parse::<u64>().unwrap() * 1024
    };
    (value("VmRSS:"), value("VmHWM:"))
}

/// The status and the length of a response to a client of the file.
fn download(server: &Server) -> (u16, usize) {
    let answer = server.get("/allowed_signers").private_token(JOHN).send();
    (answer.status, answer.body.len())
}

/// The latency of a small request, which no other client should lengthen by much.
fn small_request(server: &Server) -> Duration {
    let started = Instant::now();
    server.get("/api/v3/user").private_token(JOHN).send().expect(200);
    started.elapsed()
}

#[test]
fn eight_clients_take_bounded_memory_and_do_not_delay_others() {
    let server = &server();
    let started = Instant::now();
    let (status, length) = download(server);
    let alone = started.elapsed();
    assert_eq!(status, 200);
    assert!(length > USERS * 2_700, "{length}");

    // Sets the peak to what is resident now (proc_pid_clear_refs(5)).
    std::fs::write(format!("/proc/{}/clear_refs", server.pid()), "5").unwrap();
    let (before, _) = memory(server);
    // A commit, so that no response is left over from the first download.
    server
        .post("/api/v3/user/keys")
        .private_token(JOHN)
        .json(json!({"title": "x", "key": public_key(USERS)}))
        .send()
        .expect(201);
    let done = AtomicBool::new(false);
    let started = Instant::now();
    let (responses, latencies) = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(|| download(server))).collect();
        let prober = scope.spawn(|| {
            let mut latencies = Vec::new();
            while !done.load(Relaxed) {
                latencies.push(small_request(server));
            }
            latencies
        });
        let responses: Vec<_> = clients.into_iter().map(|client| client.join().unwrap()).collect();
        done.store(true, Relaxed);
        (responses, prober.join().unwrap())
    });
    let period = started.elapsed();
    let (_, peak) = memory(server);
    // A client may be told to come back; no response is cut short.
    let complete = responses.iter().filter(|(status, _)| *status == 200).count();
    assert!(complete > 0, "{responses:?}");
    for (status, length_now) in &responses {
        assert!(*status == 503 || (*status, *length_now > length) == (200, true), "{responses:?}");
    }
    let taken = peak.saturating_sub(before);
    assert!(taken < MOST_MEMORY, "{} MiB for {CLIENTS} clients", taken >> 20);
    // For most of the time, a small request takes less than one download alone.
    let stalled: Duration = latencies.iter().filter(|latency| **latency > alone).sum();
    assert!(stalled < period / 2, "small requests stalled for {stalled:?} of {period:?}");
}
