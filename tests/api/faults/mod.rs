//! Failures of the machine: what the client and the log are told, and that no acknowledged write is lost.

#[cfg(target_os = "linux")]
mod clock;
mod damaged;
mod database_replaced;
mod disk_full;
mod locked;
mod read_only;

use crate::cli::{Commands, JOE};
use crate::harness::{Response, Server};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// Adds an address to joe's account through the docker dialect.
fn add(server: &Server, address: &str) -> Response {
    server.post("/api/v1.1/users/joe/emails/").bearer(JOE).json(json!({"email": address})).send()
}

/// The addresses that were added to joe's account, read from the file (without the two in [`crate::cli::light`]).
fn added(server: &Server) -> Vec<String> {
    let list = "SELECT ifnull(group_concat(address, ' '), '') FROM
                (SELECT address FROM emails WHERE user_id = 2 AND id > 3 ORDER BY id)";
    server.value::<String>(list).split_whitespace().map(str::to_owned).collect()
}

/// Asserts a 503 with Retry-After or a 500, in the words of the docker dialect and without the cause.
#[track_caller]
fn assert_refused(answer: &Response, allowed: &[u16]) {
    assert!(allowed.contains(&answer.status), "{answer:?}");
    let body = answer.json();
    match answer.status {
        503 => {
            assert_eq!(body, json!({"detail": "Busy, try again."}));
            let seconds: u32 = answer.header("retry-after").expect("Retry-After").parse().unwrap();
            assert!((1..=60).contains(&seconds));
        }
        500 => assert_eq!(body, json!({"detail": "Internal server error."})),
        other => panic!("{other}"),
    }
}

/// Waits until the log has a warning or an error that contains this text.
#[track_caller]
fn logged(server: &Server, text: &str) {
    logged_any(server, &[text]);
}

/// Waits until the log has a warning or an error that contains one of these texts.
#[track_caller]
fn logged_any(server: &Server, texts: &[&str]) {
    let end = Instant::now() + Duration::from_secs(5);
    loop {
        let log = server.log();
        let lines = log.lines().filter(|line| texts.iter().any(|text| line.contains(text)));
        let mut records = lines.map(|line| serde_json::from_str(line).unwrap());
        if records.any(|record: Value| ["ERROR", "WARN"].contains(&record["level"].as_str().unwrap())) {
            return;
        }
        assert!(Instant::now() < end, "no {texts:?} in {log}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Asserts that the server has recovered: the same process reads and writes, and the database is sound.
#[track_caller]
fn assert_well(server: &Server, address: &str) {
    assert_eq!(add(server, address).expect(201), json!({"email": address, "verified": false, "primary": false}));
    assert_eq!(added(server).last().map(String::as_str), Some(address));
    assert_eq!(server.get("/api/v3/user").private_token(JOE).send().expect(200)["username"], "joe");
    assert_eq!(server.ok(&["check"]), "no damage found\n");
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

/// Runs a program that needs root, such as mount(8), on this path.
#[track_caller]
fn run_as_root(program: &str, args: &[&str], path: &Path) {
    let output = Command::new(program).args(args).arg(path).output().unwrap_or_else(|e| panic!("{program}: {e}"));
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr).trim());
}
