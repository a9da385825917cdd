//! A client calls a route of GitLab or docker that accountd does not have. The 404 looked like that of a missing
//! object, so that its user searched for the object. A response header and the log name the route.

use crate::attacks::{raw, request};
use crate::harness::{JANE, ROOT, Response, Server};
use crate::serving::wait_for;
use serde_json::Value;

const HEADER: &str = "x-accountd-unimplemented";

fn call(server: &Server, method: &str, path: &str) -> Response {
    let token = if path.starts_with("/api/v1.1") { JANE } else { ROOT };
    server.call(method, path).bearer(token).send()
}

/// The warnings about routes in the log, once a request sent now has been logged.
fn warnings(server: &Server, id: &str) -> Vec<String> {
    server.get("/api/v3/user").private_token(ROOT).header("X-Request-Id", id).send().expect(200);
    let log = wait_for(|| Some(server.log()).filter(|log| log.contains(id)));
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let warnings = lines.filter(|line| line["level"] == "WARN").map(|line| line.to_string());
    warnings.filter(|line| line.contains("not implemented")).collect()
}

#[test]
fn the_response_names_the_route() {
    let server = Server::demo();
    for (method, path) in [
        ("GET", "/api/v4/projects"),
        ("POST", "/api/v4/projects"),
        ("GET", "/api/v4/projects/1/repository/branches"),
        ("DELETE", "/api/v4/groups/7"),
        ("GET", "/api/v4/users/1/gpg_keys"),
        ("GET", "/api/v3/projects"),
        ("GET", "/api/v3/groups/1/members"),
        ("GET", "/api/v1.1/repositories/"),
        ("PUT", "/api/v1.1/users/janedoe/webhooks/"),
    ] {
        let answer = call(&server, method, path);
        assert_eq!(answer.status, 404, "{method} {path}: {answer:?}");
        assert_eq!(answer.all(HEADER), [format!("{method} {path}")], "{answer:?}");
        // An anonymous caller learns it, too.
        let answer = server.call(method, path).send();
        assert_eq!(answer.all(HEADER), [format!("{method} {path}")], "{answer:?}");
    }
}

#[test]
fn a_missing_object_of_an_implemented_route_has_no_such_header() {
    let server = Server::demo();
    for (method, path) in [
        ("GET", "/api/v4/users/999"),
        ("GET", "/api/v4/users/999/projects"),
        ("GET", "/api/v4/users/1/keys/999"),
        ("GET", "/api/v4/personal_access_tokens/999"),
        ("DELETE", "/api/v4/users/999"),
        ("GET", "/api/v3/users/999"),
        ("GET", "/api/v3/users/x"),
        ("GET", "/api/v3/user/keys/999"),
        ("PATCH", "/api/v1.1/users/nobody/"),
        ("GET", "/nobody.keys"),
    ] {
        let answer = call(&server, method, path);
        assert_eq!((answer.status, answer.header(HEADER)), (404, None), "{method} {path}: {answer:?}");
    }
    // A method that an implemented path does not have is a 405, which says so by itself.
    let answer = call(&server, "PATCH", "/api/v4/users");
    assert_eq!((answer.status, answer.header(HEADER)), (405, None), "{answer:?}");
    assert_eq!(warnings(&server, "after-missing-objects"), [""; 0]);
}

#[test]
fn each_route_is_logged_once_whatever_its_numbers() {
    let server = Server::demo();
    for id in 1..=5 {
        call(&server, "GET", &format!("/api/v4/projects/{id}/hooks"));
        call(&server, "GET", &format!("/api/v4/projects/{id}/hooks?page={id}"));
    }
    let first = warnings(&server, "after-five-projects");
    assert_eq!(first.len(), 1, "{first:?}");
    assert!(first[0].contains("GET") && first[0].contains("/api/v4/projects/"), "{first:?}");
    call(&server, "POST", "/api/v4/projects/9/hooks");
    call(&server, "GET", "/api/v4/projects/9/hooks");
    call(&server, "GET", "/api/v4/projects");
    let all = warnings(&server, "after-two-more-routes");
    assert_eq!(all.len(), 3, "{all:?}");
}

#[test]
fn a_credential_in_the_query_is_not_repeated() {
    let server = Server::demo();
    let answer = server.get(&format!("/api/v4/projects?private_token={ROOT}&sudo=john_smith")).send();
    assert_eq!(answer.all(HEADER), ["GET /api/v4/projects"], "{answer:?}");
    let warnings = warnings(&server, "after-the-credential");
    assert!(warnings.len() == 1 && !warnings[0].contains(ROOT), "{warnings:?}");
}

#[test]
fn the_header_is_printable_and_at_most_512_bytes_long() {
    let server = Server::demo();
    let authorization = format!("Authorization: Bearer {ROOT}\r\n");
    for path in [
        format!("/api/v4/{}", "x".repeat(10_000)),
        format!("/api/v4/{}", "%E2%82%AC".repeat(1_000)),
        "/api/v4/projects/a%0d%0aX-Evil:%201".to_owned(),
        "/api/v4/projects/%00%1b[31m".to_owned(),
        "/api/v4/projects/é€".to_owned(),
    ] {
        let (statuses, answer) = raw(&server, &request("GET", &path, &authorization));
        assert_eq!(statuses, [404], "{path}: {answer}");
        let values: Vec<&str> =
            answer.lines().filter_map(|line| line.strip_prefix("x-accountd-unimplemented: ")).map(str::trim).collect();
        let [value] = values[..] else { panic!("{path}: {answer}") };
        assert!(value.starts_with("GET /api/v4/") && value.len() <= 512, "{value}");
        assert!(value.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{value:?}");
        assert!(!answer.to_ascii_lowercase().contains("\r\nx-evil"), "{answer}");
    }
}

/// A scanner that tries thousands of paths must not fill the log, nor the memory that holds the routes already logged.
#[test]
fn the_number_of_logged_routes_is_bounded() {
    const PATHS: usize = 5_000;
    let server = Server::demo();
    let name = |n: usize| {
        let letter = |digit: usize| char::from(b'a' + u8::try_from(digit % 26).unwrap());
        [n / 676 % 26, n / 26 % 26, n % 26].map(letter).iter().collect::<String>()
    };
    for chunk in (0..PATHS).collect::<Vec<_>>().chunks(500) {
        let get = |n: &usize| format!("GET /api/v4/{}/x HTTP/1.1\r\nHost: localhost\r\n\r\n", name(*n));
        let mut bytes: Vec<u8> = chunk.iter().flat_map(|n| get(n).into_bytes()).collect();
        bytes.extend(request("GET", "/api/v4/version", ""));
        let (statuses, _) = raw(&server, &bytes);
        assert_eq!(statuses.len(), 501);
    }
    let logged = warnings(&server, "after-thousands-of-paths").len();
    assert!((1..PATHS).contains(&logged), "{logged}");
}
