//! Offset and keyset pagination: `rest/_index.md`, "Pagination".

use crate::harness::{JOHN, ROOT, Response, Server};

fn links(answer: &Response) -> Vec<(String, String)> {
    let header = answer.header("link").unwrap_or_default();
    let links = header.split(", ").filter_map(|link| link.split_once("; rel="));
    links.map(|(url, rel)| (rel.trim_matches('"').to_owned(), url.trim_matches(['<', '>']).to_owned())).collect()
}

fn ids(answer: &Response) -> Vec<i64> {
    answer.json().as_array().unwrap().iter().map(|user| user["id"].as_i64().unwrap()).collect()
}

#[test]
fn offset_pagination_has_every_header() {
    let server = Server::demo();
    let answer = server.get("/api/v4/users?per_page=2&page=2&order_by=id&sort=asc").private_token(ROOT).send();
    for (name, value) in [
        ("x-total", "5"),
        ("x-total-pages", "3"),
        ("x-page", "2"),
        ("x-per-page", "2"),
        ("x-next-page", "3"),
        ("x-prev-page", "1"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
    let rels: Vec<_> = links(&answer).into_iter().map(|(rel, _)| rel).collect();
    assert_eq!(rels, ["prev", "next", "first", "last"]);
    assert_eq!(ids(&answer), [3, 4]);
    let capped = server.get("/api/v4/users?per_page=1000").private_token(ROOT).send();
    assert_eq!(capped.header("x-per-page"), Some("100"));
}

/// Follows the `next` links to the end, and checks that the responses have no other pagination header.
#[track_caller]
fn follow_next(server: &Server, token: &str, query: &str) -> Vec<i64> {
    let mut path = format!("/api/v4/users?pagination=keyset&{query}");
    let mut all = Vec::new();
    for _ in 0..20 {
        let answer = server.get(&path).private_token(token).send();
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(!answer.headers.iter().any(|(name, _)| name.starts_with("x-") && name != "x-request-id"), "{answer:?}");
        all.extend(ids(&answer));
        let links = links(&answer);
        let [(rel, next)] = links.as_slice() else {
            assert!(links.is_empty(), "{links:?}");
            return all;
        };
        assert_eq!(rel, "next");
        assert!(!next.contains(token), "{next}");
        path = next.strip_prefix(&server.url()).unwrap().to_owned();
    }
    panic!("no end: {all:?}");
}

#[test]
fn keyset_pagination_returns_every_user_once_in_each_order() {
    let server = Server::demo();
    for (query, expected) in [
        ("order_by=id&sort=asc&per_page=2", [1, 2, 3, 4, 5]),
        ("order_by=id&sort=desc&per_page=1", [5, 4, 3, 2, 1]),
        ("order_by=id&per_page=4", [5, 4, 3, 2, 1]),
        ("order_by=username&sort=asc&per_page=2", [3, 2, 1, 4, 5]),
        ("order_by=name&sort=asc&per_page=2", [4, 3, 2, 1, 5]),
        ("order_by=name&sort=desc&per_page=3", [5, 1, 2, 3, 4]),
        ("order_by=created_at&sort=asc&per_page=2", [4, 1, 3, 2, 5]),
        ("order_by=id&sort=asc&per_page=5", [1, 2, 3, 4, 5]),
    ] {
        assert_eq!(follow_next(&server, ROOT, query), expected, "{query}");
    }
    assert_eq!(follow_next(&server, JOHN, "order_by=id&sort=asc&per_page=2"), [1, 2, 3, 4, 5]);
    assert_eq!(follow_next(&server, ROOT, "order_by=id&sort=asc&per_page=1&search=smith"), [1, 3]);
    let token = format!("order_by=id&sort=asc&per_page=2&private_token={ROOT}");
    assert_eq!(follow_next(&server, ROOT, &token), [1, 2, 3, 4, 5]);
}

#[test]
fn keyset_pagination_returns_every_user_once_when_names_are_equal() {
    let server = Server::demo();
    for id in [1, 2, 3, 4] {
        let body = serde_json::json!({ "name": "Same" });
        server.put(&format!("/api/v4/users/{id}")).private_token(ROOT).json(body).send().expect(200);
    }
    assert_eq!(follow_next(&server, ROOT, "order_by=name&sort=asc&per_page=1"), [1, 2, 3, 4, 5]);
}

/// "The link to the next page contains an additional filter `id_after=42`".
#[test]
fn id_after_lists_only_users_with_higher_ids() {
    let server = Server::demo();
    let query = "pagination=keyset&order_by=id&sort=asc&id_after=3";
    assert_eq!(ids(&server.get(&format!("/api/v4/users?{query}")).private_token(ROOT).send()), [4, 5]);
}
