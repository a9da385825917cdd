//! Large fixtures.

use super::{refusal, stand_in};
use serde_json::{Value, json};
use std::io::{Read, Write};

const IMPORT: &str = "/_accountd/import";

fn fixture(users: i64) -> Value {
    let text = "x".repeat(200);
    let user = |n: i64| {
        json!({
            "id": 1000 + n, "username": format!("large{n}"), "name": format!("Large {n}"), "bio": text, "note": text,
            "emails": [{"email": format!("large{n}@example.com")}, {"email": format!("large{n}@work.example")}],
        })
    };
    json!({"users": (1..=users).map(user).collect::<Vec<_>>()})
}

#[test]
fn ten_thousand_users_are_imported_and_shown() {
    let server = stand_in();
    let fixture = fixture(10_000);
    assert!(fixture.to_string().len() > 5 << 20);
    let imported = server.post(IMPORT).json(fixture.clone()).send().expect(200);
    assert_eq!(imported["users"].as_array().unwrap().len(), 10_000);
    assert_eq!(imported["users"][9_999], json!({"username": "large10000", "id": 11_000}));
    let state = server.get("/_accountd/state").send().expect(200);
    assert_eq!(state["users"].as_array().unwrap().len(), 10_005);
}

#[test]
fn a_fixture_has_at_most_32_mib() {
    let server = stand_in();
    let blank = |bytes: usize| server.post(IMPORT).header("Content-Type", "application/json").body(vec![b' '; bytes]);
    assert_eq!(refusal(blank((32 << 20) + 1).send()), (413, "too_large".to_owned()));
    assert_eq!(refusal(blank(32 << 20).send()), (400, "unreadable".to_owned()));
}

#[test]
fn bodies_that_arrive_together_have_64_mib() {
    let server = stand_in();
    // Each sends all of a body but its last byte.
    let hold = || {
        let mut stream = server.connect();
        let length = 32 << 20;
        let head = format!("POST {IMPORT} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n");
        write!(stream, "{head}Content-Length: {length}\r\n\r\n").unwrap();
        stream.write_all(&vec![b' '; length - 1]).unwrap();
        stream
    };
    let mut held = [hold(), hold()];
    let busy = (503, "busy".to_owned());
    let another = || server.post(IMPORT).header("Content-Type", "application/json").body(vec![b' '; 64 << 10]).send();
    // The server may not have read all that was sent.
    while refusal(another()) != busy {
        std::thread::yield_now();
    }
    // The memory of other clients is another one.
    let large = json!({"name": "x".repeat(100 << 10)});
    let update = server.put("/api/v3/users/1").private_token(crate::harness::ROOT).json(large).send();
    assert_eq!(update.status, 404, "the name is too long");
    for stream in &mut held {
        stream.write_all(b" ").unwrap();
        let mut head = [0; 12];
        stream.read_exact(&mut head).unwrap();
        assert_eq!(&head, b"HTTP/1.1 400");
    }
    assert_eq!(refusal(another()).0, 400, "released");
}

/// The attack: a fault with more headers than an HTTP library can hold, and one that occupies tens of megabytes.
#[test]
fn a_fault_is_bounded_in_its_headers_and_its_size() {
    let server = stand_in();
    let create = |fault: Value| refusal(server.post("/_accountd/faults").json(fault).send());
    let headers: serde_json::Map<_, _> = (0..65).map(|n| (format!("x-{n}"), json!(""))).collect();
    assert_eq!(create(json!({"effect": {"status": 503, "headers": headers}})), (422, "invalid".to_owned()));
    let long = "x".repeat(300 << 10);
    let fault = json!({"match": {"header": {"x-try": long}}, "effect": {"status": 503}});
    assert_eq!(create(fault), (413, "too_large".to_owned()));
    assert_eq!(server.get("/_accountd/faults").send().expect(200), json!({"faults": []}));
}
