//! The audit log: `accountd log`, and GitLab's audit events.

mod append_only;
mod change_limit;
mod changes;
mod commands;
mod gitlab;
mod hostile_texts;
mod oauth;
mod secrets;
mod sign_ins;

use crate::cli::Commands;
use serde_json::{Value, json};

/// The lines of `accountd log --json` with these arguments, without their times, which are checked here.
#[track_caller]
fn events(database: &impl Commands, args: &[&str]) -> Vec<Value> {
    let text = database.ok(&[&["log", "--json"], args].concat());
    let mut times = Vec::new();
    let parse = |line: &str| {
        let mut event: Value = serde_json::from_str(line).unwrap();
        let names: Vec<_> = event.as_object().unwrap().keys().cloned().collect();
        assert_eq!(names, ["at", "actor", "via", "from", "event", "subject", "details"], "{line}");
        let at: jiff::Timestamp =
            event.as_object_mut().unwrap().remove("at").unwrap().as_str().unwrap().parse().unwrap();
        assert!(jiff::Timestamp::now().duration_since(at).as_secs() < 600, "{line}");
        times.push(at);
        event
    };
    let events: Vec<_> = text.lines().map(parse).collect();
    assert!(times.is_sorted(), "{text}");
    events
}

/// The names of the events.
#[track_caller]
fn names(database: &impl Commands, args: &[&str]) -> Vec<String> {
    events(database, args).iter().map(|event| event["event"].as_str().unwrap().to_owned()).collect()
}

/// An event without its time.
fn event(name: &str, [actor, via, from, subject]: [Option<&str>; 4], details: Value) -> Value {
    json!({"actor": actor, "via": via, "from": from, "event": name, "subject": subject, "details": details})
}

/// The name of the command line in the log.
fn uid() -> String {
    format!("uid {}", rustix::process::getuid().as_raw())
}

/// An event of the command line.
fn by_command(name: &str, subject: Option<&str>, details: Value) -> Value {
    event(name, [Some(&uid()), Some("command line"), None, subject], details)
}
