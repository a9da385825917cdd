//! The attack: control calls of the last test whose bodies arrive after the reset of the next one. They do nothing.

use super::stand_in;
use crate::harness::Server;
use serde_json::{Value, json};
use std::io::{Read, Write};

/// Begins a call, resets the accounts, and sends the body only then. Returns the answer.
fn overtake(server: &Server, method: &str, call: &str, body: &Value) -> String {
    let (mut stream, body) = (server.connect(), body.to_string());
    let head = format!(
        "{method} /_accountd/{call} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\nExpect: 100-continue\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    assert_eq!(interim.as_slice(), b"HTTP/1.1 100 Continue\r\n\r\n");
    super::reset(server, "seed");
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_control_call_that_a_reset_overtakes_does_nothing() {
    let server = stand_in();
    let late = json!({"users": [{"username": "late", "emails": [{"email": "late@example.com"}]}]});
    let shown = || {
        let get = |call: &str| server.get(&format!("/_accountd/{call}")).send().expect(200);
        (get("state"), get("clock")["mode"].clone(), get("snapshots"), get("faults"), get("sandboxes"))
    };
    let before = shown();
    for (epoch, (method, call, body)) in [
        ("POST", "import", late),
        ("PUT", "clock", json!({"now": "2030-01-01T12:00:00Z", "frozen": true})),
        ("POST", "clock/advance", json!({"by": "2h"})),
        ("PUT", "snapshots/late", json!({})),
        ("POST", "sign-ins", json!({"user": "root"})),
        ("POST", "tokens", json!({"user": "root"})),
        ("POST", "oauth/next", json!({"error": "access_denied"})),
        ("POST", "faults", json!({"effect": {"status": 500}})),
        ("POST", "sandboxes", json!({"name": "late", "from": "current"})),
        ("POST", "requests/find", json!({"match": {}})),
        ("POST", "requests/expect", json!({"match": {}})),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = overtake(&server, method, call, &body);
        assert!(answer.starts_with("HTTP/1.1 503 "), "{call}: {answer}");
        let expected = format!("\r\nx-accountd-epoch: {}\r\n", epoch + 1);
        assert!(answer.contains(&expected) && answer.contains("\"error\":\"busy\""), "{call}: {answer}");
        assert_eq!(shown(), before, "{call}");
    }
}
