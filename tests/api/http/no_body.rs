//! Requests that count as having no body: a Content-Type with an empty body, and a GET with any body.

use super::wire::{answers, wire, wire_sized};
use super::{EMAILS, PROFILE, READABLE, demo_with_secondary_email};
use crate::harness::{JANE, JOHN, ROOT, Server};
use serde_json::{Value, json};

/// Content types that various clients send with every request.
const TYPES: [&str; 7] = [
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "text/plain",
    "application/octet-stream",
    "nonsense",
];

#[test]
fn a_content_type_on_get_is_ignored() {
    let server = Server::demo();
    for (path, token) in READABLE {
        let plain = server.get(path).bearer(token).send().expect(200);
        for content_type in TYPES {
            let head = format!("GET {path} HTTP/1.1\nHost: {}\nAuthorization: Bearer {token}", server.address);
            let without = wire(&server, &format!("{head}\nContent-Type: {content_type}"), b"");
            assert_eq!(without.expect(200), plain, "{path}: {content_type}");
            let sized = wire(&server, &format!("{head}\nContent-Type: {content_type}\nContent-Length: 0"), b"");
            assert_eq!(sized.expect(200), plain, "{path}: {content_type}");
        }
    }
}

#[test]
fn a_body_on_get_is_ignored() {
    let server = Server::demo();
    for (path, token) in READABLE {
        let plain = server.get(path).bearer(token).send().expect(200);
        for content_type in TYPES {
            for body in ["{", "{}", "{\"page\": \"nonsense\"}", "private_token=unknown-token", "x"] {
                let head = format!("GET {path} HTTP/1.1\nHost: {}\nAuthorization: Bearer {token}", server.address);
                let answer = wire_sized(&server, &format!("{head}\nContent-Type: {content_type}"), body);
                assert_eq!(answer.expect(200), plain, "{path}: {content_type}: {body}");
            }
        }
    }
}

#[test]
fn a_body_on_get_does_not_authenticate() {
    let server = Server::demo();
    for content_type in ["application/json", "application/x-www-form-urlencoded"] {
        let body = if content_type.ends_with("json") {
            json!({ "private_token": JOHN }).to_string()
        } else {
            format!("private_token={JOHN}")
        };
        let head = format!("GET /api/v3/user HTTP/1.1\nHost: localhost\nContent-Type: {content_type}");
        assert_eq!(wire_sized(&server, &head, &body).status, 401);
    }
}

/// Request smuggling: the bytes after the headers of a GET are its body, not the next request.
#[test]
fn a_body_on_get_is_not_the_next_request() {
    let server = Server::demo();
    let smuggled = format!("GET /api/v3/users/1 HTTP/1.1\r\nHost: x\r\nPRIVATE-TOKEN: {ROOT}\r\n\r\n");
    let get = |more: &str| format!("GET /api/v3/user HTTP/1.1\r\nHost: x\r\nPRIVATE-TOKEN: {JOHN}\r\n{more}\r\n");
    let sized = get(&format!("Content-Length: {}\r\n", smuggled.len())) + &smuggled;
    let in_chunks = get("Transfer-Encoding: chunked\r\n") + &format!("{:x}\r\n{smuggled}\r\n0\r\n\r\n", smuggled.len());
    for first in [sized, in_chunks] {
        let last = "GET /api/v3/user/keys/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        let answers = answers(&server.raw(format!("{first}{last}").as_bytes()));
        let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(statuses, [200, 401], "{answers:?}");
        assert_eq!(answers[0].json()["username"], "john_smith");
    }
}

#[test]
fn a_content_type_on_delete_without_a_body_is_ignored() {
    for content_type in TYPES {
        let server = demo_with_secondary_email();
        let delete = |path: &str, token: &str| {
            let head = format!("DELETE {path} HTTP/1.1\nHost: localhost\nAuthorization: Bearer {token}");
            wire(&server, &format!("{head}\nContent-Type: {content_type}"), b"")
        };
        let answer = delete(&format!("{EMAILS}?email=jane%2Bold@example.com"), JANE);
        assert_eq!((answer.status, answer.body.as_str()), (204, ""), "{content_type}");
        assert_eq!(delete("/api/v3/user/keys/1", JOHN).expect(200)["id"], 1, "{content_type}");
        assert_eq!(delete("/api/v3/users/3/keys/2", ROOT).expect(200)["id"], 2, "{content_type}");
        assert_eq!(delete("/api/v3/users/3", ROOT).expect(200)["id"], 3, "{content_type}");
    }
}

#[test]
fn a_content_type_without_a_body_means_no_fields_on_any_method() {
    let server = Server::demo();
    let jane = server.get(PROFILE).bearer(JANE).send().expect(200);
    let jack = server.get("/api/v3/users/3").bearer(ROOT).send().expect(200);
    for content_type in TYPES {
        for length in ["", "\nContent-Length: 0", "\nTransfer-Encoding: chunked"] {
            let end: &[u8] = if length.ends_with("chunked") { b"0\r\n\r\n" } else { b"" };
            let call = |method: &str, path: &str, token: &str| {
                let head = format!("{method} {path} HTTP/1.1\nHost: {}\nAuthorization: Bearer {token}", server.address);
                wire(&server, &format!("{head}\nContent-Type: {content_type}{length}"), end)
            };
            assert_eq!(call("PATCH", PROFILE, JANE).expect(200), jane, "{content_type}{length}");
            assert_eq!(call("PUT", "/api/v3/users/3", ROOT).expect(200), jack, "{content_type}{length}");
            for method in ["POST", "PATCH", "DELETE"] {
                let body = call(method, EMAILS, JANE).expect(400);
                assert_eq!(crate::harness::names(&body), ["email"], "{method} {content_type}{length}");
            }
            let not_given = |name: &str| json!({ "message": format!("400 (Bad request) \"{name}\" not given") });
            assert_eq!(call("POST", "/api/v3/user/keys", JOHN).expect(400), not_given("title"));
            assert_eq!(call("POST", "/api/v3/users", ROOT).expect(400), not_given("email"));
        }
    }
    assert_eq!(server.get("/api/v3/users").bearer(ROOT).send().expect(200).as_array().map(Vec::len), Some(5));
    assert_ne!(jane, Value::Null);
}
