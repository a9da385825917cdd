//! The machine fails: what the caller is told, what the log says, and that nothing that was answered is lost.

mod clock;
mod damaged;
mod database_replaced;
mod disk_full;
mod locked;
mod read_only;

use crate::cli::{Commands, JOE};
use crate::harness::{Answer, Server};
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// Adds an address to joe.
fn add(server: &Server, address: &str) -> Answer {
    server.post("/api/v1.1/users/joe/emails/").bearer(JOE).json(json!({"email": address})).send()
}

/// joe's addresses in the file, without the two of [`crate::cli::light`].
fn added(server: &Server) -> Vec<String> {
    let list = "SELECT ifnull(group_concat(address, ' '), '') FROM
                (SELECT address FROM emails WHERE user_id = 2 AND id > 3 ORDER BY id)";
    server.value::<String>(list).split_whitespace().map(str::to_owned).collect()
}

/// 503 with Retry-After and docker's words, or 500: nothing else, and nothing of the cause.
#[track_caller]
fn assert_refused(answer: &Answer, allowed: &[u16]) {
    assert!(allowed.contains(&answer.status), "{answer:?}");
    let told = answer.json();
    match answer.status {
        503 => {
            assert_eq!(told, json!({"detail": "Busy, try again."}));
            let seconds: u32 = answer.header("retry-after").expect("Retry-After").parse().unwrap();
            assert!((1..=60).contains(&seconds));
        }
        500 => assert_eq!(told, json!({"detail": "Internal server error."})),
        other => panic!("{other}"),
    }
}

/// The records of the log at these levels that have this text; waits until there is one.
#[track_caller]
fn logged(server: &Server, text: &str) -> Vec<Value> {
    let end = Instant::now() + Duration::from_secs(5);
    loop {
        let log = server.log();
        let records = log.lines().filter(|line| line.contains(text)).map(|line| serde_json::from_str(line).unwrap());
        let found: Vec<Value> =
            records.filter(|record: &Value| ["ERROR", "WARN"].contains(&record["level"].as_str().unwrap())).collect();
        if !found.is_empty() {
            return found;
        }
        assert!(Instant::now() < end, "no {text:?} in {log}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// It goes on as if nothing had been: the same process, reading and writing.
#[track_caller]
fn assert_well(server: &Server, address: &str) {
    assert_eq!(add(server, address).expect(201), json!({"email": address, "verified": false, "primary": false}));
    assert_eq!(added(server).last().map(String::as_str), Some(address));
    assert_eq!(server.get("/api/v3/user").private(JOE).send().expect(200)["username"], "joe");
    assert_eq!(server.ok(&["check"]), "no damage found\n");
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

/// Says on the terminal, past the test harness, that this machine can't do it; fails where it must.
fn cannot(test: &str, why: &str) {
    assert!(std::env::var_os("FAULTS_MUST_RUN").is_none(), "{test}: {why}");
    std::io::stderr().write_all(format!("\nSKIPPED {test}: {why}\n").as_bytes()).unwrap();
}

/// A program that changes the machine; what it says if it can't.
fn did(program: &str, args: &[&str], path: &Path) -> Result<(), String> {
    let output = Command::new(program).args(args).arg(path).output().map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()) }
}
