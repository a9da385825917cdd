//! Usernames that look like paths, ids or routes, or that are not valid.

use super::{DEMO_USERNAMES, assert_still_serves, docker_not_found, raw, request, usernames};
use crate::harness::{JANE, JOHN, ROOT, Server};
use serde_json::json;

#[test]
fn path_traversal_nul_and_oversized_usernames_in_paths() {
    let server = Server::demo();
    let long = "x".repeat(10_000);
    let long_encoded = "%78".repeat(10_000);
    for name in [
        "..%2f",
        "..%2Fjohn_smith",
        "..%2f..%2f..%2fetc%2fpasswd",
        "%2e%2e%2f",
        "%2e",
        "%2e%2e",
        "%00",
        "john_smith%00",
        "%00john_smith",
        "john_smith%2F",
        "john_smith%2Femails",
        "john_smith%5C",
        "john_smith%20",
        "%20john_smith",
        "john_smith%0a",
        "john_smith%0d%0aX-Evil:%201",
        "%F0%9F%98%80",
        "%FF",
        "john_smith%FF",
        "%C0%AE%C0%AE",
        "%u0041",
        "%",
        "%2",
        "%zz",
        "john%25smith",
        "john%255Fsmith",
        "john%smith",
        "john_smith.json",
        "john_smith;a=b",
        "*",
        "%2A",
        "%27%20OR%20%271%27=%271",
        "jo%E2%80%8Bhn_smith",
        "john%EF%BC%BFsmith",
        "jóhn",
        "-1",
        "1",
        "0",
        "null",
        "undefined",
        "john@example.com",
        "~john_smith",
        &long,
        &long_encoded,
    ] {
        for path in [format!("/api/v1.1/users/{name}/"), format!("/api/v1.1/users/{name}/emails/")] {
            let (statuses, answer) = raw(&server, &request("GET", &path, &format!("Authorization: Bearer {JOHN}\r\n")));
            assert_eq!(statuses, [404], "{path}");
            assert!(answer.ends_with(&docker_not_found().to_string()), "{path}: {answer}");
            assert!(!answer.to_ascii_lowercase().contains("\r\nx-evil"), "{answer}");
        }
    }
    assert_still_serves(&server);
}

#[test]
fn dot_segments_and_double_slashes_in_paths() {
    let server = Server::demo();
    for path in [
        "/api/v1.1/users/x/../john_smith/",
        "/api/v1.1/../v1.1/users/john_smith/",
        "/api/v1.1/users/./john_smith/",
        "/api/v1.1//users/john_smith/",
        "/api/v1.1/users//john_smith/",
        "/api/v1.1/users/john_smith//",
        "/API/v1.1/users/john_smith/",
        "/api/v1.1/Users/john_smith/",
        "/api/v1.1%2Fusers%2Fjohn_smith",
        "/../../../../etc/passwd",
        "/api/v1.1/users/john_smith/emails/../../jack_smith/",
    ] {
        let (statuses, answer) = raw(&server, &request("GET", path, &format!("Authorization: Bearer {JOHN}\r\n")));
        assert_eq!(statuses, [404], "{path}");
        assert!(!answer.contains("John") && !answer.contains("root:"), "{path}: {answer}");
    }
    assert_still_serves(&server);
}

#[test]
fn a_username_is_percent_decoded_exactly_once() {
    let server = Server::demo();
    let get = |name: &str| server.get(&format!("/api/v1.1/users/{name}/")).bearer(JOHN).send();
    for name in ["john_smith", "john%5Fsmith", "%6Aohn%5fsmith", "JOHN_SMITH"] {
        assert_eq!(get(name).expect(200)["username"], "john_smith", "{name}");
    }
    assert_eq!(get("john%255Fsmith").expect(404), docker_not_found());
}

#[test]
fn a_username_that_looks_like_another_users_id() {
    let server = Server::demo();
    let user = json!({"email": "two@example.com", "password": "a-password", "username": "2", "name": "Two"});
    let id = server.post("/api/v3/users").private_token(ROOT).json(user).send().expect(201)["id"].clone();
    assert_eq!(id, 6);
    // Docker's paths contain usernames, GitLab's contain ids.
    let two = server.get("/api/v1.1/users/2/").basic("2", "a-password").send().expect(200);
    assert_eq!((&two["id"], &two["username"]), (&json!(6), &json!("2")));
    server.get("/api/v1.1/users/2/").bearer(JANE).send().expect(403);
    server.get("/api/v1.1/users/6/").basic("2", "a-password").send().expect(404);
    server.get("/api/v1.1/users/janedoe/").basic("2", "a-password").send().expect(403);
    assert_eq!(server.get("/api/v3/users/2").private_token(JOHN).send().expect(200)["username"], "janedoe");
    assert_eq!(server.get("/api/v3/users/6").private_token(JOHN).send().expect(200)["username"], "2");
    assert_eq!(server.delete("/api/v3/users/2").private_token(ROOT).send().expect(200)["username"], "janedoe");
    server.get("/api/v1.1/users/2/").basic("2", "a-password").send().expect(200);
}

#[test]
fn a_username_that_looks_like_a_route() {
    let server = Server::demo();
    for name in ["emails", "users", "session", "keys", "user", "api", "v3"] {
        let email = format!("{name}@example.com");
        let user = json!({"email": email, "password": "a-password", "username": name, "name": name});
        server.post("/api/v3/users").private_token(ROOT).json(user).send().expect(201);
        let shown = server.get(&format!("/api/v1.1/users/{name}/")).basic(name, "a-password").send().expect(200);
        assert_eq!(shown["username"], name);
        let emails =
            server.get(&format!("/api/v1.1/users/{name}/emails/")).basic(name, "a-password").send().expect(200);
        assert_eq!(emails[0]["email"], email);
    }
}

#[test]
fn invalid_usernames_in_bodies() {
    let server = Server::demo();
    for name in [
        "..",
        "../root",
        "..%2f",
        "%00",
        "\u{0}",
        "😀",
        "john smith",
        "ROOT\u{0}",
        "rооt",
        "root\u{200d}",
        "root\n",
        "<script>",
    ] {
        let user = json!({"email": "x@example.com", "password": "a-password", "username": name, "name": "X"});
        let answer = server.post("/api/v3/users").private_token(ROOT).json(user).send();
        assert_eq!(answer.status, 404, "{name:?}");
        assert_eq!(crate::harness::names(&answer.json()["message"]), ["username"], "{name:?}");
        assert!(!answer.body.contains("<script>"), "{}", answer.body);
    }
    let long = json!({"email": "x@example.com", "password": "a-password", "username": "x".repeat(10_000), "name": "X"});
    let answer = server.post("/api/v3/users").private_token(ROOT).json(long).send();
    assert!(answer.status == 404 && answer.body.len() < 200, "{answer:?}");
    assert_eq!(usernames(&server), DEMO_USERNAMES);
}
