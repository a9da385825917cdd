//! HEAD works wherever GET does; other methods that a path does not have are 405.

use super::wire::wire;
use super::{EMAILS, PROFILE, READABLE, assert_dialect_error};
use crate::harness::{JANE, ROOT, Response, Server};

/// Every path with its methods.
const PATHS: [(&str, &[&str]); 10] = [
    (PROFILE, &["GET", "HEAD", "PATCH"]),
    (EMAILS, &["DELETE", "GET", "HEAD", "PATCH", "POST"]),
    ("/api/v3/session", &["POST"]),
    ("/api/v3/users", &["GET", "HEAD", "POST"]),
    ("/api/v3/users/1", &["DELETE", "GET", "HEAD", "PUT"]),
    ("/api/v3/user", &["GET", "HEAD"]),
    ("/api/v3/user/keys", &["GET", "HEAD", "POST"]),
    ("/api/v3/user/keys/1", &["DELETE", "GET", "HEAD"]),
    ("/api/v3/users/1/keys", &["GET", "HEAD", "POST"]),
    ("/api/v3/users/1/keys/1", &["DELETE"]),
];

fn send_raw(server: &Server, method: &str, path: &str, more: &str) -> Response {
    wire(server, &format!("{method} {path} HTTP/1.1\nHost: {}{more}", server.address), b"")
}

/// The headers that must be the same for HEAD and GET.
fn headers(answer: &Response) -> Vec<&(String, String)> {
    answer.headers.iter().filter(|(name, _)| !matches!(name.as_str(), "date" | "x-request-id")).collect()
}

#[track_caller]
fn assert_is_head_of(head: &Response, get: &Response) {
    assert_eq!(head.body, "", "a response to HEAD has a body");
    assert_eq!(head.status, get.status);
    assert_eq!(headers(head), headers(get));
    assert!(head.header("content-length").is_some_and(|length| length == get.body.len().to_string()), "{head:?}");
}

#[test]
fn head_is_get_without_the_body() {
    let server = Server::demo();
    for (path, token) in READABLE {
        for path in [path.to_owned(), format!("{path}?page=1&per_page=2")] {
            let more = format!("\nAuthorization: Bearer {token}");
            let get = send_raw(&server, "GET", &path, &more);
            assert_eq!(get.status, 200);
            assert!(!get.body.is_empty());
            assert_is_head_of(&send_raw(&server, "HEAD", &path, &more), &get);
        }
    }
}

#[test]
fn head_is_get_without_the_body_for_errors() {
    let server = Server::demo();
    for (path, more, status) in [
        (PROFILE, "", 401),
        (EMAILS, "\nAuthorization: Basic amFuZWRvZTp3cm9uZw==", 401),
        ("/api/v1.1/users/nobody/", "\nAuthorization: Basic amFuZWRvZTpwYXNzd29yZA==", 404),
        ("/api/v1.1/users/username/", "\nAuthorization: Basic amFuZWRvZTpwYXNzd29yZA==", 403),
        ("/api/v1.1/nothing", "", 404),
        ("/api/v3/user", "", 401),
        ("/api/v3/users/4711", "\nPRIVATE-TOKEN: root-api-token-for-examples", 404),
        ("/api/v3/users/1/keys", "\nPRIVATE-TOKEN: john-smith-api-token-for-examples", 403),
        ("/api/v3/users?page=x", "\nPRIVATE-TOKEN: john-smith-api-token-for-examples", 400),
        ("/api/v3/nothing", "", 404),
        ("/api/v3/session", "", 405),
        ("/", "", 404),
    ] {
        let get = send_raw(&server, "GET", path, more);
        assert_eq!(get.status, status, "{path}");
        assert_is_head_of(&send_raw(&server, "HEAD", path, more), &get);
    }
}

#[test]
fn the_connection_stays_usable_after_head() {
    let server = Server::demo();
    let request = |method: &str, more: &str| {
        format!("{method} /api/v3/user HTTP/1.1\r\nHost: x\r\nPRIVATE-TOKEN: {ROOT}\r\n{more}\r\n")
    };
    let bytes = server.raw((request("HEAD", "") + &request("GET", "Connection: close\r\n")).as_bytes());
    let text = String::from_utf8(bytes).unwrap();
    let after_head = text.split_once("\r\n\r\n").unwrap().1;
    assert!(after_head.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
}

#[test]
fn any_other_method_is_405_with_the_allowed_methods() {
    let server = Server::demo();
    for (path, methods) in PATHS {
        let token = if path.starts_with("/api/v1.1/") { JANE } else { ROOT };
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"] {
            if methods.contains(&method) {
                continue;
            }
            for path in [path.trim_end_matches('/').to_owned(), format!("{}/", path.trim_end_matches('/'))] {
                let answer = server.call(method, &path).bearer(token).send();
                assert_eq!(answer.status, 405, "{method} {path}: {answer:?}");
                let mut allowed: Vec<&str> = answer.header("allow").unwrap().split(',').map(str::trim).collect();
                allowed.sort_unstable();
                assert_eq!(allowed, methods, "{method} {path}");
                if method != "HEAD" {
                    assert_dialect_error(&path, &answer.json());
                }
            }
        }
    }
}

#[test]
fn a_request_with_a_wrong_method_changes_nothing() {
    let server = Server::demo();
    let before = super::snapshot(&server);
    for (path, methods) in PATHS {
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            if !methods.contains(&method) {
                let body = serde_json::json!({ "name": "x", "full_name": "x", "email": "x@example.com" });
                assert_eq!(server.call(method, path).bearer(ROOT).json(body).send().status, 405, "{method} {path}");
            }
        }
    }
    assert_eq!(super::snapshot(&server), before);
}

#[test]
fn methods_are_case_sensitive() {
    // RFC 9110 section 9.1.
    let server = Server::demo();
    for method in ["get", "Get", "head"] {
        let answer = send_raw(&server, method, "/api/v3/user", &format!("\nPRIVATE-TOKEN: {ROOT}"));
        assert_eq!(answer.status, 405, "{method}");
    }
}
