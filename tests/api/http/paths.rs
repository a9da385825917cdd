//! Paths with and without a trailing slash, percent-encoding, and unknown paths.

use super::{READABLE, assert_dialect_error, demo_with_secondary_email, endpoints};
use crate::harness::{JANE, JOHN, ROOT, Server};
use serde_json::json;

/// The path with its trailing slash added or removed.
fn toggle_slash(path: &str) -> String {
    path.strip_suffix('/').map_or_else(|| format!("{path}/"), str::to_owned)
}

#[test]
fn reading_works_with_and_without_a_trailing_slash() {
    let server = Server::demo();
    for (path, token) in READABLE {
        let get = |path: &str| server.get(path).bearer(token).send();
        let plain = get(path).expect(200);
        assert_eq!(get(&toggle_slash(path)).expect(200), plain, "{path}");
        assert_eq!(get(&format!("{}?a=b", toggle_slash(path))).expect(200), plain, "{path}");
    }
}

#[test]
fn writing_works_with_and_without_a_trailing_slash() {
    for endpoint in endpoints() {
        let server = demo_with_secondary_email();
        let path = toggle_slash(endpoint.path);
        let call = server.call(endpoint.method, &path);
        let call = if let Some(token) = endpoint.bearer { call.bearer(token) } else { call };
        let answer = call.header("Content-Type", "application/json").body(endpoint.json()).send();
        endpoint.check(&answer, &path);
    }
}

#[test]
fn urls_of_the_docker_dialect_end_in_a_slash() {
    let server = Server::demo();
    let user = server.get("/api/v1.1/users/janedoe").bearer(JANE).send().expect(200);
    assert_eq!(user["url"], format!("{}/api/v1.1/users/janedoe/", server.url()));
}

/// An encoded letter is equivalent to the letter (RFC 3986 section 6.2.2.2).
#[test]
fn path_segments_are_percent_decoded_once() {
    let server = Server::demo();
    let user = server.get("/api/v1.1/users/%6Aane%64oe/").bearer(JANE).send().expect(200);
    assert_eq!(user["username"], "janedoe");
    assert_eq!(server.get("/api/v3/users/%31").bearer(JOHN).send().expect(200)["id"], 1);
    // They are decoded only once, and an encoded slash does not separate segments.
    for path in ["/api/v1.1/users/%256Aanedoe/", "/api/v1.1/users/janedoe%2Femails/", "/api/v1.1/users/janedoe%00/"] {
        assert_eq!(server.get(path).bearer(JANE).send().status, 404, "{path}");
    }
}

#[test]
fn unknown_paths_are_404_in_the_format_of_their_dialect() {
    let server = Server::demo();
    for (path, token) in [
        ("/api/v1.1", JANE),
        ("/api/v1.1/", JANE),
        ("/api/v1.1/user", JANE),
        ("/api/v1.1/users", JANE),
        ("/api/v1.1/users/", JANE),
        ("/api/v1.1/Users/janedoe/", JANE),
        ("/api/v1.1/users/janedoe/keys/", JANE),
        ("/api/v1.1/users/janedoe/emails/1/", JANE),
        ("/api/v1.1/users/janedoe/emails/x/y/z", JANE),
        ("/api/v1.1/users/%FF/", JANE),
        ("/api/v3", ROOT),
        ("/api/v3/", ROOT),
        ("/api/v3/projects", ROOT),
        ("/api/v3/User", ROOT),
        ("/api/v3/user/emails/1/x", ROOT),
        ("/api/v3/users/1/emails/1/x", ROOT),
        ("/api/v3/users/1/keys/1/x", ROOT),
        ("/api/v3/session/1", ROOT),
        ("/api/v3/users/%FF", ROOT),
    ] {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            for call in [server.call(method, path).bearer(token), server.call(method, path)] {
                let answer = call.send();
                assert_eq!(answer.status, 404, "{method} {path}: {answer:?}");
                assert_eq!(answer.header("allow"), None);
                assert_dialect_error(path, &answer.json());
                if path.starts_with("/api/v3") {
                    assert_eq!(answer.json(), json!({ "message": "404 Not found" }), "{method} {path}");
                }
            }
        }
    }
}

#[test]
fn a_malformed_id_is_404() {
    let server = Server::demo();
    for id in [
        "0",
        "-1",
        "x",
        "1x",
        "+1",
        "1.0",
        "0x1",
        "%31%20",
        "9223372036854775808",
        "99999999999999999999",
        "john_smith",
    ] {
        for (method, path) in [
            ("GET", format!("/api/v3/users/{id}")),
            ("PUT", format!("/api/v3/users/{id}")),
            ("GET", format!("/api/v3/users/{id}/keys")),
            ("POST", format!("/api/v3/users/{id}/keys")),
            ("DELETE", format!("/api/v3/users/1/keys/{id}")),
            ("GET", format!("/api/v3/user/keys/{id}")),
        ] {
            let answer = server.call(method, &path).bearer(ROOT).send();
            assert_eq!(answer.status, 404, "{method} {path}: {answer:?}");
            assert_eq!(answer.json(), json!({ "message": "404 Not found" }), "{method} {path}");
        }
    }
}

#[test]
fn a_path_outside_every_dialect_is_404() {
    let server = Server::demo();
    for path in [
        "/",
        "/api",
        "/api/",
        "/api/v1",
        "/api/v1.10/users/janedoe/",
        "/api/v2/users",
        "/api/v33/users",
        "/users",
        "/favicon.ico",
    ] {
        for method in ["GET", "POST", "DELETE"] {
            let answer = server.call(method, path).bearer(ROOT).send();
            assert_eq!(answer.status, 404, "{method} {path}");
            assert!(!answer.body.contains("john"), "{answer:?}");
        }
    }
}
