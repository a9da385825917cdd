//! Refused bodies: unsupported types, too large, malformed.

use super::wire::{chunked, wire, wire_sized};
use super::{PROFILE, assert_dialect_error, demo_with_secondary_email, endpoints, snapshot};
use crate::harness::{JANE, ROOT, Server};
use serde_json::{Value, json};

const MIB: usize = 1 << 20;

#[test]
fn unsupported_content_types_are_415() {
    let server = demo_with_secondary_email();
    let before = snapshot(&server);
    for endpoint in endpoints() {
        for content_type in [
            "text/plain",
            "text/json",
            "application/xml",
            "application/octet-stream",
            "application/jsonp",
            "application",
            "*/*",
            "multipart/mixed; boundary=x",
            "application/json; charset=iso-8859-1",
        ] {
            let answer = endpoint.call(&server).header("Content-Type", content_type).body(endpoint.json()).send();
            // Authentication comes first, and a body that cannot be read contains no credential.
            let status = if endpoint.method == "DELETE" && endpoint.bearer.is_none() { 401 } else { 415 };
            assert_eq!(answer.status, status, "{} {}: {content_type}", endpoint.method, endpoint.path);
            assert_dialect_error(endpoint.path, &answer.json());
        }
    }
    assert_eq!(snapshot(&server), before);
}

#[test]
fn a_compressed_body_is_415() {
    let server = Server::demo();
    for encoding in ["gzip", "deflate", "br"] {
        let call = server.patch(PROFILE).bearer(JANE).header("Content-Encoding", encoding);
        let answer = call.json(json!({ "company": "Changed" })).send();
        assert_eq!(answer.status, 415, "{encoding}");
    }
    assert_eq!(server.get(PROFILE).bearer(JANE).send().expect(200)["company"], "Success, Inc.");
}

/// A JSON body of exactly this many bytes that changes the company.
fn company_body_of(size: usize) -> String {
    let frame = r#"{"company": "Large", "ignored": ""}"#;
    frame.replace(r#""}"#, &format!("{}\"}}", "x".repeat(size - frame.len())))
}

#[test]
fn a_body_of_one_mebibyte_is_accepted() {
    let body = company_body_of(MIB);
    assert_eq!(body.len(), 1_048_576);
    let server = Server::demo();
    let answer =
        server.patch(PROFILE).bearer(JANE).header("Content-Type", "application/json").body(body.as_str()).send();
    assert_eq!(answer.expect(200)["company"], "Large");

    let server = Server::demo();
    let head = format!(
        "PATCH {PROFILE} HTTP/1.1\nHost: localhost\nAuthorization: Bearer {JANE}\nContent-Type: application/json
Transfer-Encoding: chunked"
    );
    let answer = wire(&server, &head, &chunked(body.as_bytes().chunks(60_000)));
    assert_eq!(answer.expect(200)["company"], "Large");
}

#[test]
fn a_larger_body_is_413_with_a_length_and_in_chunks() {
    let server = demo_with_secondary_email();
    let before = snapshot(&server);
    for endpoint in endpoints().into_iter().filter(|endpoint| endpoint.bearer.is_some()) {
        let json = endpoint.json();
        let body = format!("{}, \"ignored\": \"{}\"}}", json.trim_end_matches('}'), "x".repeat(MIB + 1));
        let body = &body[..MIB + 1];
        let head = format!("{}\nContent-Type: application/json", endpoint.head());
        let sized = wire_sized(&server, &head, body);
        let pieces = chunked(body.as_bytes().chunks(60_000));
        let in_chunks = wire(&server, &format!("{head}\nTransfer-Encoding: chunked"), &pieces);
        for answer in [sized, in_chunks] {
            assert_eq!(answer.status, 413, "{} {}: {answer:?}", endpoint.method, endpoint.path);
            assert_dialect_error(endpoint.path, &answer.json());
        }
    }
    assert_eq!(snapshot(&server), before);
}

#[test]
fn a_body_of_one_byte_more_is_413_in_every_format() {
    let server = Server::demo();
    let padding = "x".repeat(MIB);
    let form = format!("company=Large&ignored={padding}");
    let multipart =
        format!("--b\r\nContent-Disposition: form-data; name=\"company\"\r\n\r\nLarge{padding}\r\n--b--\r\n");
    for (content_type, body) in [
        ("application/json", company_body_of(MIB + 1).as_str()),
        ("application/x-www-form-urlencoded", &form[..MIB + 1]),
        ("multipart/form-data; boundary=b", multipart.as_str()),
        ("text/plain", &form[..MIB + 1]),
    ] {
        let answer = server.patch(PROFILE).bearer(JANE).header("Content-Type", content_type).body(body).send();
        assert_eq!(answer.status, 413, "{content_type}");
    }
    assert_eq!(server.get(PROFILE).bearer(JANE).send().expect(200)["company"], "Success, Inc.");
}

/// Malformed JSON with the line and column, counted from 1, of the first character that RFC 8259's grammar does not
/// allow.
const MALFORMED: [(&str, usize, usize); 8] = [
    ("{\"name\": \"x\",}", 1, 14),
    ("{\n  \"name\": \"x\",\n}", 3, 1),
    ("{\"name\": }", 1, 10),
    ("{\"name\" \"x\"}", 1, 9),
    ("{'name': 'x'}", 1, 2),
    ("{name: \"x\"}", 1, 2),
    ("{\n\n\n\"name\": \"x\" \"bio\": \"y\"}", 4, 13),
    ("{\"name\": \"x\"} {}", 1, 15),
];

#[test]
fn malformed_json_is_400_with_line_and_column() {
    let server = demo_with_secondary_email();
    let before = snapshot(&server);
    for endpoint in endpoints().into_iter().filter(|endpoint| endpoint.bearer.is_some()) {
        for (json, line, column) in MALFORMED {
            let head = endpoint.head();
            let typed = wire_sized(&server, &format!("{head}\nContent-Type: application/json"), json);
            let untyped = wire_sized(&server, &head, json);
            for answer in [typed, untyped] {
                assert_eq!(answer.status, 400, "{json:?}: {answer:?}");
                let position = format!("line {line}, column {column}");
                assert!(answer.body.contains(&position), "{json:?}: {position}: {answer:?}");
                let body = answer.json();
                if endpoint.is_docker() {
                    assert_eq!(crate::harness::names(&body), ["non_field_errors"]);
                } else {
                    assert_dialect_error(endpoint.path, &body);
                    assert!(body["message"].as_str().unwrap().starts_with("400 (Bad request) "), "{body}");
                }
            }
        }
    }
    assert_eq!(snapshot(&server), before);
}

#[test]
fn truncated_json_is_400_with_its_last_line() {
    let server = Server::demo();
    for (path, method, token) in [(PROFILE, "PATCH", JANE), ("/api/v3/users/3", "PUT", ROOT)] {
        for json in ["{", "{\"name\"", "{\"name\":", "{\"name\": \"x", "{\"name\": \"x\"", "{\"name\": tru"] {
            let call = server.call(method, path).bearer(token).header("Content-Type", "application/json");
            let answer = call.body(format!("\n\n{json}")).send();
            assert_eq!(answer.status, 400, "{json}");
            assert!(answer.body.contains("line 3, column "), "{json}: {answer:?}");
        }
    }
}

#[test]
fn json_that_is_not_an_object_and_text_that_is_not_utf_8_are_400() {
    let server = Server::demo();
    let before = snapshot(&server);
    for (path, method, token) in [(PROFILE, "PATCH", JANE), ("/api/v3/users/3", "PUT", ROOT)] {
        for body in ["[]", "[{\"name\": \"x\"}]", "5", "\"name\"", "true"] {
            let call = server.call(method, path).bearer(token).header("Content-Type", "application/json");
            assert_eq!(call.body(body).send().status, 400, "{method} {body}");
        }
        for (content_type, body) in [
            ("application/json", &b"{\"name\": \"\xff\", \"company\": \"\xff\"}"[..]),
            ("application/x-www-form-urlencoded", b"name=%FF&company=%FF"),
            ("application/x-www-form-urlencoded", b"name=\xff&company=\xff"),
        ] {
            let call = server.call(method, path).bearer(token).header("Content-Type", content_type);
            assert_eq!(call.body(body).send().status, 400, "{method} {body:?}");
        }
    }
    assert_eq!(snapshot(&server), before);
}

#[test]
fn an_error_does_not_repeat_the_body() {
    let server = Server::demo();
    for (path, method, token) in [(PROFILE, "PATCH", JANE), ("/api/v3/users/3", "PUT", ROOT)] {
        for body in ["{\"password\": \"hunter2-secret\", }", "{\"password\": hunter2-secret}", "{hunter2-secret}"] {
            let call = server.call(method, path).bearer(token).header("Content-Type", "application/json");
            let answer = call.body(body).send();
            assert_eq!(answer.status, 400);
            assert!(!answer.body.contains("hunter2"), "{answer:?}");
        }
    }
    assert_eq!(server.get("/api/v3/users/3").bearer(ROOT).send().expect(200)["bio"], Value::Null);
}
