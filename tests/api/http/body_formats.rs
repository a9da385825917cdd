//! JSON, form and multipart bodies are equivalent; without a Content-Type, JSON and forms are told apart by content.

use super::wire::{wire, wire_sized};
use super::{EMAILS, Endpoint, PROFILE, demo_with_secondary_email, endpoints};
use crate::harness::{JANE, Response, Server};
use serde_json::Value;

const BOUNDARY: &str = "----boundary7d4a";

/// A multipart body (RFC 7578) as browsers write it.
fn multipart(endpoint: &Endpoint) -> String {
    let part = |(name, value): (&str, String)| {
        format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let parts: String = endpoint.texts().into_iter().map(part).collect();
    format!("{parts}--{BOUNDARY}--\r\n")
}

/// Content-Type and body in each format.
fn formats(endpoint: &Endpoint) -> Vec<(String, String)> {
    let multipart_type = |boundary: &str| format!("multipart/form-data; boundary={boundary}");
    vec![
        ("application/json".into(), endpoint.json()),
        ("application/json; charset=utf-8".into(), endpoint.json()),
        ("application/x-www-form-urlencoded".into(), endpoint.form()),
        ("application/x-www-form-urlencoded; charset=UTF-8".into(), endpoint.form()),
        (multipart_type(BOUNDARY), multipart(endpoint)),
        (multipart_type(&format!("\"{BOUNDARY}\"")), multipart(endpoint)),
    ]
}

/// The response body without the values that differ between servers.
fn comparable(answer: &Response, server: &Server) -> Value {
    if answer.body.is_empty() {
        return Value::Null;
    }
    let mut body: Value = serde_json::from_str(&answer.body.replace(&server.url(), "http://server")).unwrap();
    for random in ["created_at", "private_token"] {
        if let Some(value) = body.get_mut(random) {
            *value = Value::Null;
        }
    }
    body
}

#[test]
fn every_format_is_equivalent_on_every_endpoint() {
    for endpoint in endpoints() {
        let mut first = None;
        for (content_type, body) in formats(&endpoint) {
            let server = demo_with_secondary_email();
            let answer = endpoint.call(&server).header("Content-Type", &content_type).body(body).send();
            endpoint.check(&answer, &content_type);
            let body = comparable(&answer, &server);
            let first = first.get_or_insert_with(|| body.clone());
            assert_eq!(body.to_string(), first.to_string(), "{} {}, {content_type}", endpoint.method, endpoint.path);
        }
    }
}

#[test]
fn a_body_without_a_content_type_is_json_or_a_form() {
    for endpoint in endpoints() {
        for body in [endpoint.json(), endpoint.form()] {
            let answer = wire_sized(&demo_with_secondary_email(), &endpoint.head(), &body);
            endpoint.check(&answer, &body);
        }
    }
}

#[test]
fn a_body_without_a_content_type_may_start_with_white_space() {
    for endpoint in endpoints() {
        let body = format!(" \r\n\t{}\n", endpoint.json());
        endpoint.check(&wire_sized(&demo_with_secondary_email(), &endpoint.head(), &body), &body);
    }
}

#[test]
fn content_types_are_matched_without_case() {
    for endpoint in endpoints() {
        for (content_type, body) in
            [("Application/JSON", endpoint.json()), ("APPLICATION/X-WWW-Form-Urlencoded", endpoint.form())]
        {
            let answer =
                endpoint.call(&demo_with_secondary_email()).header("Content-Type", content_type).body(body).send();
            endpoint.check(&answer, content_type);
        }
    }
}

#[test]
fn form_values_are_percent_decoded() {
    let server = Server::demo();
    for (encoded, decoded) in [
        ("a+b", "a b"),
        ("a%20b", "a b"),
        ("a%2Bb", "a+b"),
        ("a%2bb", "a+b"),
        ("Zo%C3%AB", "Zoë"),
        ("a%26b%3Dc", "a&b=c"),
        ("a=b", "a=b"),
        ("%F0%9F%98%80", "😀"),
        ("%252F", "%2F"),
    ] {
        let call = server.patch(PROFILE).bearer(JANE).header("Content-Type", "application/x-www-form-urlencoded");
        assert_eq!(call.body(format!("full_name={encoded}")).send().expect(200)["full_name"], decoded, "{encoded}");
    }
    // Names are decoded, too.
    let call = server.patch(PROFILE).bearer(JANE).header("Content-Type", "application/x-www-form-urlencoded");
    assert_eq!(call.body("full%5Fname=x&comp%61ny=y").send().expect(200)["company"], "y");
}

#[test]
fn a_file_in_a_multipart_form_is_read_as_its_content() {
    let server = Server::demo();
    let body = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"company\"; filename=\"company.txt\"\r\n\
         Content-Type: text/plain\r\n\r\nOf a file\r\n--{BOUNDARY}--\r\n"
    );
    let call = server.patch(PROFILE).bearer(JANE);
    let answer = call.header("Content-Type", &format!("multipart/form-data; boundary={BOUNDARY}")).body(body).send();
    assert_eq!(answer.expect(200)["company"], "Of a file");
}

#[test]
fn a_truncated_multipart_form_or_one_without_its_boundary_is_400() {
    let server = Server::demo();
    let whole =
        format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"company\"\r\n\r\nX\r\n--{BOUNDARY}--\r\n");
    let with_boundary = format!("multipart/form-data; boundary={BOUNDARY}");
    for (content_type, body) in [
        (with_boundary.as_str(), &whole[..whole.len() - 10]),
        (with_boundary.as_str(), "not a form"),
        ("multipart/form-data", whole.as_str()),
        ("multipart/form-data; boundary=other", whole.as_str()),
    ] {
        let answer = server.patch(PROFILE).bearer(JANE).header("Content-Type", content_type).body(body).send();
        assert_eq!(answer.status, 400, "{content_type}: {answer:?}");
    }
    assert_eq!(server.get(PROFILE).bearer(JANE).send().expect(200)["company"], "Success, Inc.");
}

#[test]
fn chunked_bodies_are_accepted_on_every_endpoint() {
    for endpoint in endpoints() {
        let json = endpoint.json();
        let head = format!("{}\nContent-Type: application/json\nTransfer-Encoding: chunked", endpoint.head());
        for size in [1, 7, json.len()] {
            let body = super::wire::chunked(json.as_bytes().chunks(size));
            endpoint.check(&wire(&demo_with_secondary_email(), &head, &body), &format!("chunks of {size}"));
        }
    }
}

#[test]
fn chunk_extensions_and_trailers_are_accepted() {
    let server = Server::demo();
    let head = format!(
        "PATCH {PROFILE} HTTP/1.1\nHost: localhost\nAuthorization: Bearer {JANE}\nContent-Type: application/json
Transfer-Encoding: chunked"
    );
    // RFC 9112 section 7.1.
    let body = b"5;a=b\r\n{\"com\r\nf;c=\"d\"\r\npany\": \"Chunk\"}\r\n0\r\nX-Trailer: x\r\n\r\n";
    assert_eq!(wire(&server, &head, body).expect(200)["company"], "Chunk");
    // DELETE reads a chunked body, too.
    let head = head.replace("PATCH", "DELETE").replace(PROFILE, EMAILS);
    let body = super::wire::chunked([&b"{\"email\": \"no"[..], b"body@example.com\"}"]);
    assert_eq!(wire(&server, &head, &body).status, 404);
}
