//! Headers of every response, and the base URL used in responses.

use super::wire::wire;
use super::{EMAILS, PROFILE, READABLE, demo_with_secondary_email, endpoints};
use crate::harness::{JANE, JOHN, ROOT, Request, Response, Server};
use serde_json::json;
use std::collections::BTreeSet;
use url::Url;

/// Requests that produce every status, with that status.
fn requests_of_every_status(server: &Server) -> Vec<(u16, Request)> {
    let large = "x".repeat((1 << 20) + 1);
    vec![
        (200, server.get(PROFILE).bearer(JANE)),
        (200, server.call("HEAD", PROFILE).bearer(JANE)),
        (201, server.post(EMAILS).bearer(JANE).json(json!({ "email": "new@example.com" }))),
        (204, server.delete(EMAILS).bearer(JANE).json(json!({ "email": "new@example.com" }))),
        (400, server.post(EMAILS).bearer(JANE).json(json!({ "email": "new" }))),
        (401, server.get(PROFILE)),
        (403, server.get(PROFILE).basic("username", "password")),
        (404, server.get("/api/v1.1/users/nobody/").bearer(JANE)),
        (404, server.get("/api/v1.1/nothing")),
        (405, server.put(PROFILE).bearer(JANE)),
        (413, server.patch(PROFILE).bearer(JANE).body(large.as_str())),
        (415, server.patch(PROFILE).bearer(JANE).header("Content-Type", "text/plain").body("x")),
        (200, server.get("/api/v3/users").private_token(JOHN)),
        (201, server.post("/api/v3/session").json(json!({ "login": "john_smith", "password": "john-password" }))),
        (400, server.post("/api/v3/user/keys").private_token(JOHN).json(json!({ "title": "laptop" }))),
        (401, server.get("/api/v3/user")),
        (401, server.post("/api/v3/session").json(json!({ "login": "john_smith", "password": "wrong" }))),
        (403, server.delete("/api/v3/users/1").private_token(JOHN)),
        (404, server.get("/api/v3/users/4711").private_token(JOHN)),
        (404, server.get("/api/v3/nothing")),
        (405, server.get("/api/v3/session")),
        (413, server.put("/api/v3/users/3").private_token(ROOT).body(large.as_str())),
        (415, server.put("/api/v3/users/3").private_token(ROOT).header("Content-Type", "text/plain").body("x")),
        (404, server.get("/")),
    ]
}

#[test]
fn account_data_is_sent_with_no_store() {
    let server = demo_with_secondary_email();
    for (path, token) in READABLE {
        for call in [server.get(path), server.call("HEAD", path)] {
            let answer = call.bearer(token).send();
            assert_eq!((answer.status, answer.all("cache-control")), (200, vec!["no-store"]), "{path}");
        }
    }
    for endpoint in endpoints() {
        let answer = endpoint
            .call(&demo_with_secondary_email())
            .header("Content-Type", "application/json")
            .body(endpoint.json())
            .send();
        endpoint.check(&answer, "Cache-Control");
        assert_eq!(answer.all("cache-control"), ["no-store"], "{} {}", endpoint.method, endpoint.path);
    }
}

#[test]
fn errors_are_sent_with_no_store() {
    let server = Server::demo();
    for (status, call) in requests_of_every_status(&server) {
        let answer = call.send();
        assert_eq!((answer.status, answer.all("cache-control")), (status, vec!["no-store"]), "{answer:?}");
    }
}

#[test]
fn every_response_with_a_body_is_json() {
    let server = Server::demo();
    for (status, call) in requests_of_every_status(&server) {
        let answer = call.send();
        assert_eq!(answer.status, status);
        let expected = (status != 204).then_some("application/json");
        assert_eq!(answer.header("content-type"), expected, "{answer:?}");
    }
}

#[track_caller]
fn request_id(answer: &Response) -> String {
    let ids = answer.all("x-request-id");
    assert_eq!(ids.len(), 1, "{answer:?}");
    ids[0].to_owned()
}

#[test]
fn every_response_repeats_the_callers_request_id() {
    let server = Server::demo();
    for (number, (status, call)) in requests_of_every_status(&server).into_iter().enumerate() {
        let id = format!("request-{number}.of_Tests");
        let answer = call.header("X-Request-Id", &id).send();
        assert_eq!((answer.status, request_id(&answer)), (status, id), "{answer:?}");
    }
}

#[test]
fn every_response_has_a_unique_request_id_otherwise() {
    let server = Server::demo();
    let mut ids = BTreeSet::new();
    for (_, call) in requests_of_every_status(&server) {
        let id = request_id(&call.send());
        assert!(
            !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)),
            "{id}"
        );
        assert!(ids.insert(id), "an id was used twice");
    }
}

#[test]
fn request_ids_in_common_formats_are_accepted() {
    let server = Server::demo();
    for id in ["1", "01HQ3V5W8ZJ4M2N6P7R9T0XYAB", "5c2a7c1e-2b0f-4d6e-9a53-1f1b0a9d3c77", "a_b.c-D9"] {
        let answer = server.get("/api/v3/user").private_token(JOHN).header("X-Request-Id", id).send();
        assert_eq!(request_id(&answer), id);
    }
}

#[test]
fn a_malformed_request_id_is_replaced() {
    let server = Server::demo();
    let long = "x".repeat(2000);
    for bad in ["", "a b", "a\"b", "<script>", "a=b user=root", "a\tb", "é", "\u{1}", "a;b", "{}", long.as_str()] {
        let head = format!("GET /api/v3/user HTTP/1.1\nHost: x\nPRIVATE-TOKEN: {JOHN}\nX-Request-Id: {bad}");
        if bad == "\u{1}" {
            // Not a valid header value (RFC 9110 section 5.5).
            assert_eq!(wire(&server, &head, b"").status, 400);
            continue;
        }
        let answer = wire(&server, &head, b"");
        let id = request_id(&answer);
        assert_eq!(answer.status, 200, "{bad:?}");
        assert!(id != bad && id.len() >= 8 && id.bytes().all(|byte| byte.is_ascii_graphic()), "{bad:?}: {id}");
    }
}

fn get_as(server: &Server, host: &str, path: &str) -> Response {
    wire(server, &format!("GET {path} HTTP/1.1\nHost: {host}\nAuthorization: Bearer {JANE}"), b"")
}

#[test]
fn urls_have_the_host_of_the_request() {
    let server = Server::demo();
    for host in ["localhost:8080", "accounts.example", "127.0.0.1:1", "[::1]:8080", "a-b.example:65535"] {
        let user = get_as(&server, host, PROFILE).expect(200);
        assert_eq!(user["url"], format!("http://{host}{PROFILE}"));
    }
    // Headers of a proxy are not trusted by default.
    let head = format!("GET {PROFILE} HTTP/1.1\nHost: localhost\nAuthorization: Bearer {JANE}");
    let answer = wire(&server, &format!("{head}\nX-Forwarded-Host: evil.example\nForwarded: host=evil.example"), b"");
    assert_eq!(answer.expect(200)["url"], format!("http://localhost{PROFILE}"));
}

#[test]
fn urls_start_with_the_configured_base_url() {
    for (base, prefix) in [
        ("https://accounts.example", "https://accounts.example"),
        ("https://accounts.example/", "https://accounts.example"),
        ("https://example.com:8443/accounts", "https://example.com:8443/accounts"),
        ("https://example.com/accounts/", "https://example.com/accounts"),
    ] {
        let server = Server::demo_with(&["--base-url", base]);
        let user = get_as(&server, "localhost", PROFILE).expect(200);
        assert_eq!(user["url"], format!("{prefix}{PROFILE}"), "{base}");
        let patched = server.patch(PROFILE).bearer(JANE).json(json!({})).send().expect(200);
        assert_eq!(patched["url"], format!("{prefix}{PROFILE}"), "{base}");
    }
}

/// The relation, the URL without its query, and the `page` of each link.
fn links(answer: &Response) -> BTreeSet<(String, String, String)> {
    let link = |text: &str| {
        let (address, rel) = text.trim().strip_prefix('<').unwrap().split_once(">; rel=\"").unwrap();
        let mut address = Url::parse(address).unwrap();
        let page = address.query_pairs().find(|(name, _)| name == "page").unwrap().1.into_owned();
        address.set_query(None);
        (rel.strip_suffix('"').unwrap().to_owned(), address.to_string(), page)
    };
    answer.header("link").unwrap().split(',').map(link).collect()
}

fn expected(prefix: &str, pages: [(&str, &str); 4]) -> BTreeSet<(String, String, String)> {
    let users = format!("{prefix}/api/v3/users");
    pages.map(|(rel, page)| (rel.to_owned(), users.clone(), page.to_owned())).into()
}

#[test]
fn links_have_the_host_of_the_request_or_the_base_url() {
    let pages = [("first", "1"), ("prev", "1"), ("next", "3"), ("last", "3")];
    let head =
        |host: &str| format!("GET /api/v3/users?page=2&per_page=2 HTTP/1.1\nHost: {host}\nPRIVATE-TOKEN: {JOHN}");
    let server = Server::demo();
    for host in ["localhost:8080", "accounts.example"] {
        let answer = wire(&server, &head(host), b"");
        assert_eq!(links(&answer), expected(&format!("http://{host}"), pages));
    }
    let server = Server::demo_with(&["--base-url", "https://example.com/accounts"]);
    let answer = wire(&server, &head("localhost"), b"");
    assert_eq!(links(&answer), expected("https://example.com/accounts", pages));
}

#[test]
fn commas_in_links_are_encoded() {
    let server = Server::demo();
    let answer = server.get("/api/v3/users?search=a,b&unknown=c,d").private_token(JOHN).send();
    assert_eq!(answer.status, 200);
    let link = answer.header("link").unwrap();
    // The only comma separates `first` and `last`, the two links of an empty list.
    assert_eq!(link.matches(',').count(), 1, "{link}");
    assert!(link.contains("search=a%2Cb"), "{link}");
    // The links lead to the same list.
    for text in link.split(',') {
        let address = text.trim().trim_start_matches('<').split('>').next().unwrap();
        let path = address.strip_prefix(&server.url()).unwrap();
        assert_eq!(server.get(path).private_token(JOHN).send().expect(200), json!([]));
    }
}
