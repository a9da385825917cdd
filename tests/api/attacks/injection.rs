//! Injection: text that is meant to be interpreted as SQL, a header, a log line, a host or markup.

use super::{DEMO_USERNAMES, assert_still_serves, raw, request, usernames};
use crate::harness::{JANE, JOHN, ROOT, Request, Server, names};
use serde_json::json;

const SQL: [&str; 10] = [
    "' OR '1'='1",
    "'; DROP TABLE users; --",
    "\" OR \"\"=\"",
    "1 OR 1=1",
    "1; DELETE FROM users",
    "1 UNION SELECT password_hash FROM users",
    "%' OR 1=1 --",
    "\\'; DELETE FROM tokens; --",
    "' || (SELECT hash FROM tokens) || '",
    "0/**/OR/**/1=1",
];

const TABLES: [&str; 5] = ["users", "emails", "ssh_keys", "tokens", "identities"];

fn counts(server: &Server) -> Vec<i64> {
    TABLES.iter().map(|table| server.sql(&format!("SELECT count(*) FROM {table}"))).collect()
}

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

#[test]
fn sql_in_every_parameter() {
    let server = Server::on_file_without_passwords(&[]);
    let before = counts(&server);
    for sql in SQL {
        let at = |path: &str| path.replace("{}", &encoded(sql));
        let gitlab = |method: &str, path: &str| server.call(method, &at(path)).private_token(ROOT);
        let docker = |method: &str, path: &str| server.call(method, &at(path)).bearer(JANE);
        let found = gitlab("GET", "/api/v3/users?search={}").send();
        assert_eq!((found.status, found.body.as_str()), (200, "[]"), "{sql}");
        let found = gitlab("GET", "/api/v3/users?username={}").send();
        assert_eq!((found.status, found.body.as_str()), (200, "[]"), "{sql}");
        let refused: Vec<(Request, u16)> = vec![
            (gitlab("GET", "/api/v3/users?page={}"), 400),
            (gitlab("GET", "/api/v3/users?per_page={}"), 400),
            (gitlab("GET", "/api/v3/users?active={}"), 400),
            (gitlab("GET", "/api/v3/users?blocked={}"), 400),
            (gitlab("GET", "/api/v3/users/{}"), 404),
            (gitlab("PUT", "/api/v3/users/{}").json(json!({"name": "x"})), 404),
            (gitlab("PUT", "/api/v3/users/{}/block"), 404),
            (gitlab("GET", "/api/v3/users/{}/keys"), 404),
            (gitlab("DELETE", "/api/v3/users/1/keys/{}"), 404),
            (gitlab("GET", "/api/v3/user/keys/{}"), 404),
            (gitlab("PUT", "/api/v3/users/1").json(json!({"username": sql})), 404),
            (gitlab("PUT", "/api/v3/users/1").json(json!({"email": sql})), 404),
            (gitlab("PUT", "/api/v3/users/1").json(json!({"projects_limit": sql})), 400),
            (gitlab("PUT", "/api/v3/users/1").json(json!({"admin": sql})), 400),
            (gitlab("POST", "/api/v3/user/keys").json(json!({"title": "x", "key": sql})), 404),
            (server.get(&at("/api/v3/user?private_token={}")), 401),
            (server.get("/api/v3/user").private_token(sql), 401),
            (server.get("/api/v3/user").bearer(sql), 401),
            (server.post("/api/v3/session").json(json!({"login": sql, "password": sql})), 401),
            (server.post("/api/v3/session").json(json!({"email": sql, "password": sql})), 401),
            (docker("GET", "/api/v1.1/users/{}/"), 404),
            (docker("GET", "/api/v1.1/users/{}/emails/"), 404),
            (docker("PATCH", "/api/v1.1/users/{}/").json(json!({"company": "x"})), 404),
            (docker("POST", "/api/v1.1/users/janedoe/emails/").json(json!({"email": sql})), 400),
            (docker("PATCH", "/api/v1.1/users/janedoe/emails/").json(json!({"email": sql, "primary": true})), 404),
            (docker("DELETE", "/api/v1.1/users/janedoe/emails/").json(json!({"email": sql})), 404),
            (docker("DELETE", "/api/v1.1/users/janedoe/emails/?email={}"), 404),
            (server.get("/api/v1.1/users/janedoe/").basic(sql, sql), 401),
        ];
        for (nth, (call, status)) in refused.into_iter().enumerate() {
            let answer = call.send();
            assert_eq!(answer.status, status, "{sql} in case {nth}: {answer:?}");
            for inner in ["SQL", "sqlite", "syntax", "near \\\"", "no such column", "rusqlite"] {
                assert!(!answer.body.contains(inner), "{sql} in case {nth}: {answer:?}");
            }
        }
        // As the value of a text attribute, it is stored as it is.
        let user = gitlab("PUT", "/api/v3/users/1").json(json!({"name": sql, "bio": sql})).send().expect(200);
        assert_eq!((&user["name"], &user["bio"]), (&json!(sql), &json!(sql)));
        let found = gitlab("GET", "/api/v3/users?search={}").send().expect(200);
        assert_eq!((found.as_array().unwrap().len(), &found[0]["id"]), (1, &json!(1)), "{sql}");
        let user = docker("PATCH", "/api/v1.1/users/janedoe/").json(json!({"company": sql, "location": sql}));
        assert_eq!(user.send().expect(200)["company"], sql);
        gitlab("PUT", "/api/v3/users/1").json(json!({"name": "John Smith", "bio": null})).send().expect(200);
    }
    assert_eq!(counts(&server), before);
    assert_still_serves(&server);
}

#[test]
fn a_host_header_with_more_than_a_host() {
    let server = Server::demo();
    for host in [
        "evil.example/…",
        "evil.example/",
        "evil.example/api?x=",
        "evil.example#",
        "evil.example@localhost",
        "user:evil@evil.example",
        "evil.example, localhost",
        "evil.example localhost",
        "evil.example\\",
        "\"><script>evil()</script>",
        "evil.example>; rel=\"next",
        "evil%2eexample",
        "evil'example",
    ] {
        for (path, header) in [
            ("/api/v1.1/users/janedoe/", format!("Authorization: Bearer {JANE}")),
            ("/api/v3/users?per_page=1", format!("PRIVATE-TOKEN: {JOHN}")),
        ] {
            let head = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{header}\r\n\r\n");
            let (statuses, answer) = raw(&server, head.as_bytes());
            assert!(statuses == [200] || statuses == [400], "{host}: {answer}");
            assert!(!answer.contains("evil"), "{host}: {answer}");
        }
    }
    assert_still_serves(&server);
}

#[test]
fn an_oversized_or_forwarded_host() {
    let server = Server::demo();
    let token = format!("Authorization: Bearer {JANE}\r\nConnection: close\r\n\r\n");
    let long = "e".repeat(10_000);
    let (statuses, answer) =
        raw(&server, format!("GET /api/v1.1/users/janedoe/ HTTP/1.1\r\nHost: {long}\r\n{token}").as_bytes());
    assert!(statuses == [200] || statuses == [400], "{answer}");
    assert!(!answer.contains(&long[..300]), "{answer}");
    // Headers of a proxy are not trusted by default.
    for header in [
        "X-Forwarded-Host: evil.example",
        "X-Host: evil.example",
        "Forwarded: host=evil.example",
        "X-Original-URL: /evil",
    ] {
        let head = format!("GET /api/v1.1/users/janedoe/ HTTP/1.1\r\nHost: localhost\r\n{header}\r\n{token}");
        let (statuses, answer) = raw(&server, head.as_bytes());
        assert_eq!(statuses, [200], "{header}");
        assert!(!answer.contains("evil") && answer.contains("http://localhost/api/v1.1/users/janedoe/"), "{answer}");
    }
    assert_still_serves(&server);
}

#[test]
fn a_request_id_with_unsafe_characters() {
    let server = Server::demo();
    let long = "x".repeat(5_000);
    for id in [
        "a b",
        "a\tb",
        "<script>",
        "\"quoted\"",
        "{\"a\":1}",
        "a,b",
        "a;b",
        "a\\nb",
        "a%0d%0aX-Evil: 1",
        "\u{1b}[31m",
        "é",
        "",
        &long,
    ] {
        let head = request("GET", "/api/v3/user", &format!("PRIVATE-TOKEN: {JOHN}\r\nX-Request-Id: {id}\r\n"));
        let (statuses, answer) = raw(&server, &head);
        if id.contains('\u{1b}') {
            assert_eq!(statuses, [400], "{id:?}");
            continue;
        }
        assert_eq!(statuses, [200], "{id:?}");
        let ids: Vec<&str> =
            answer.lines().filter_map(|line| line.strip_prefix("x-request-id: ")).map(str::trim).collect();
        assert_eq!(ids.len(), 1, "{answer}");
        assert_ne!(ids[0], id);
        assert!(!ids[0].is_empty() && ids[0].bytes().all(|byte| byte.is_ascii_alphanumeric()), "{answer}");
    }
    let sane = request("GET", "/api/v3/user", &format!("PRIVATE-TOKEN: {JOHN}\r\nX-Request-Id: abc-1.2_3\r\n"));
    assert!(raw(&server, &sane).1.contains("\r\nx-request-id: abc-1.2_3\r\n"));
    let two =
        request("GET", "/api/v3/user", &format!("PRIVATE-TOKEN: {JOHN}\r\nX-Request-Id: one\r\nX-Request-Id: two\r\n"));
    assert_eq!(raw(&server, &two).1.matches("x-request-id: ").count(), 1);
    assert_still_serves(&server);
}

#[test]
fn line_breaks_that_would_forge_headers_or_log_lines() {
    let server = Server::demo();
    for path in [
        "/api/v3/users/1%0d%0aX-Evil:%201",
        "/api/v3/users?search=%0d%0aX-Evil:%201",
        "/api/v3/users?per_page=1&x=%0d%0aX-Evil:%201",
        "/api/v3/users?per_page=1&x%0d%0aX-Evil:%201=y",
        "/api/v3/users?per_page=%0aX-Evil",
        "/api/v1.1/users/%0d%0aX-Evil:%201/",
        "/%0d%0aX-Evil:%201",
    ] {
        let (statuses, answer) = raw(&server, &request("GET", path, &format!("PRIVATE-TOKEN: {JOHN}\r\n")));
        assert_eq!(statuses.len(), 1, "{path}");
        assert!(statuses[0] < 500, "{path}");
        let evil = answer.lines().any(|line| line.to_ascii_lowercase().starts_with("x-evil"));
        assert!(!evil, "{path}: {answer}");
    }
    assert_still_serves(&server);
    // `assert_still_serves` has waited until the log is written.
    let forged = server.log().lines().any(|line| line.trim_start().to_ascii_lowercase().starts_with("x-evil"));
    assert!(!forged, "{}", server.log());
}

#[test]
fn markup_in_texts() {
    let server = Server::demo();
    let markup = "<script>alert(1)</script>\"'&{{7*7}}${7*7}%s%n";
    let user = server.put("/api/v3/users/1").private_token(ROOT).json(json!({"name": markup, "bio": markup})).send();
    assert_eq!(user.header("content-type"), Some("application/json"));
    assert_eq!(user.expect(200)["bio"], markup);
    for path in ["/api/v3/<script>", "/<script>alert(1)</script>", "/api/v1.1/users/<script>/"] {
        let (statuses, answer) = raw(&server, &request("GET", path, &format!("Authorization: Bearer {JOHN}\r\n")));
        assert!(statuses == [404] || statuses == [400], "{path}");
        assert!(!answer.contains("<script>"), "{answer}");
    }
    assert_eq!(usernames(&server), DEMO_USERNAMES);
    assert_eq!(names(&server.get("/api/v3/nothing").send().json()), ["message"]);
}
