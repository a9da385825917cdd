//! Pagination of `GET /users`.

use super::{create, new_user};
use crate::harness::{JOHN, ROOT, Response, Server};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A server with the demo's 5 users and 40 more: 3 pages of 20.
fn server_with_45_users() -> Server {
    server_with_45_users_and(&[])
}

fn server_with_45_users_and(args: &[&str]) -> Server {
    let users: Vec<Value> = (0..40)
        .map(|n| {
            let emails = json!([{"email": format!("n{n}@members.example"), "verified": true, "primary": true}]);
            json!({"username": format!("member{n}"), "name": format!("Member, {n}"), "emails": emails})
        })
        .collect();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), json!({ "users": users }).to_string()).unwrap();
    Server::demo_with(&[&["--seed", file.path().to_str().unwrap()], args].concat())
}

fn get(server: &Server, query: &str) -> Response {
    server.get(&format!("/api/v3/users{query}")).private_token(JOHN).send()
}

fn ids(answer: &Response) -> Vec<i64> {
    answer.json().as_array().unwrap().iter().map(|user| user["id"].as_i64().unwrap()).collect()
}

/// The links by their `rel` (RFC 8288). Splits at commas, as simple clients do.
#[track_caller]
fn links(answer: &Response) -> BTreeMap<String, String> {
    let header = answer.header("link").unwrap();
    let link = |link: &str| {
        let (url, rel) = link.trim().split_once(';').unwrap_or_else(|| panic!("{header}"));
        let url = url.strip_prefix('<').and_then(|url| url.strip_suffix('>')).unwrap_or_else(|| panic!("{header}"));
        let rel = rel.trim().strip_prefix("rel=\"").and_then(|rel| rel.strip_suffix('"')).unwrap();
        (rel.to_owned(), url.to_owned())
    };
    header.split(',').map(link).collect()
}

/// The decoded query parameters of a URL.
fn parameters(url: &str) -> BTreeMap<String, String> {
    form_urlencoded::parse(url.split_once('?').unwrap().1.as_bytes()).into_owned().collect()
}

#[test]
fn every_page_has_its_totals_and_links() {
    let server = server_with_45_users();
    for (page, users, prev, next) in
        [(1, 1..21, "", "2"), (2, 21..41, "1", "3"), (3, 41..46, "2", ""), (4, 0..0, "", ""), (1000, 0..0, "", "")]
    {
        let answer = get(&server, &format!("?page={page}"));
        assert_eq!(answer.status, 200);
        assert_eq!(ids(&answer), users.collect::<Vec<_>>(), "{page}");
        for (name, value) in [
            ("x-total", "45"),
            ("x-total-pages", "3"),
            ("x-page", &page.to_string()),
            ("x-per-page", "20"),
            ("x-next-page", next),
            ("x-prev-page", prev),
        ] {
            assert_eq!(answer.all(name), [value], "{page} {name}");
        }
        let links = links(&answer);
        let mut expected = BTreeMap::from([("first", "1"), ("last", "3")]);
        expected.extend([("prev", prev), ("next", next)].into_iter().filter(|(_, page)| !page.is_empty()));
        let found: BTreeMap<&str, String> =
            links.iter().map(|(rel, url)| (rel.as_str(), parameters(url)["page"].clone())).collect();
        assert_eq!(found, expected.into_iter().map(|(rel, page)| (rel, page.to_owned())).collect(), "{page}");
        for url in links.values() {
            assert!(url.starts_with(&format!("{}/api/v3/users?", server.url())), "{url}");
            assert_eq!(parameters(url)["per_page"], "20", "{url}");
        }
    }
}

#[test]
fn the_default_is_the_first_page_of_20() {
    let server = server_with_45_users();
    let (plain, first) = (get(&server, ""), get(&server, "?page=1&per_page=20"));
    assert_eq!(plain.body, first.body);
    for name in ["x-total", "x-total-pages", "x-page", "x-per-page", "x-next-page", "x-prev-page"] {
        assert_eq!(plain.header(name), first.header(name), "{name}");
    }
}

#[test]
fn following_the_next_links_returns_every_user_once_in_order_of_id() {
    let server = server_with_45_users();
    let mut url = format!("{}/api/v3/users?per_page=7&search=a", server.url());
    let mut all = Vec::new();
    loop {
        let path = url.strip_prefix(&server.url()).unwrap().to_owned();
        let answer = server.get(&path).private_token(JOHN).send();
        assert_eq!(answer.status, 200);
        all.extend(ids(&answer));
        match links(&answer).remove("next") {
            Some(next) => url = next,
            None => break,
        }
    }
    let single_page = get(&server, "?per_page=100&search=a");
    assert_eq!(all, ids(&single_page));
    assert!(all.len() > 14 && all.is_sorted());
}

#[test]
fn per_page_is_capped_at_100() {
    let server = server_with_45_users();
    for (requested, effective) in [
        ("1", "1"),
        ("45", "45"),
        ("100", "100"),
        ("101", "100"),
        ("1000000000", "100"),
        ("99999999999999999999999", "100"),
    ] {
        let answer = get(&server, &format!("?per_page={requested}"));
        assert_eq!((answer.status, answer.header("x-per-page")), (200, Some(effective)), "{requested}");
        assert_eq!(ids(&answer).len(), effective.parse::<usize>().unwrap().min(45), "{requested}");
        assert_eq!(parameters(&links(&answer)["first"])["per_page"], effective, "{requested}");
    }
}

#[test]
fn any_page_past_the_end_is_empty() {
    let server = server_with_45_users();
    for page in ["4", "2147483648", "9223372036854775807", "18446744073709551615", "99999999999999999999999"] {
        let answer = get(&server, &format!("?page={page}&per_page=100"));
        assert_eq!((answer.status, answer.body.as_str()), (200, "[]"), "{page}");
        assert_eq!((answer.header("x-total"), answer.header("x-next-page")), (Some("45"), Some("")), "{page}");
    }
}

#[test]
fn an_invalid_page_number_is_400_and_names_the_parameter() {
    let server = server_with_45_users();
    for name in ["page", "per_page"] {
        for value in ["0", "-1", "x", "1.5", "1e9", "0x1", "%2B1", "%201", "1%20", "%00", "%FF", "1%3B", "null", "١"] {
            let value = value.replace('١', "%D9%A1");
            let answer = get(&server, &format!("?{name}={value}"));
            assert_eq!(answer.status, 400, "{name}={value}");
            let message = answer.json()["message"].as_str().unwrap().to_owned();
            assert!(message.starts_with(&format!("400 (Bad request) \"{name}\" ")), "{name}={value}: {message}");
            assert_eq!(answer.names(), ["message"]);
        }
    }
}

#[test]
fn links_keep_the_other_parameters_and_encode_commas() {
    let server = server_with_45_users();
    let query = "?search=member,%20&per_page=10&active=true&unknown=a%26b%3D%22%3C%3E%2C%C3%A9";
    let answer = get(&server, query);
    assert_eq!(ids(&answer).len(), 10);
    let links = links(&answer);
    assert_eq!(links.keys().collect::<Vec<_>>(), ["first", "last", "next"]);
    for (rel, url) in &links {
        assert!(!url.contains([',', ' ', '"', '<', '>']) && url.is_ascii(), "{url}");
        let parameters = parameters(url);
        assert_eq!(parameters["search"], "member, ", "{rel}");
        assert_eq!(parameters["active"], "true", "{rel}");
        assert_eq!(parameters["unknown"], "a&b=\"<>,é", "{rel}");
        assert_eq!(parameters["per_page"], "10", "{rel}");
    }
    let next = server.get(links["next"].strip_prefix(&server.url()).unwrap()).private_token(JOHN).send();
    assert_eq!(ids(&next).first(), Some(&16));
}

#[test]
fn links_never_contain_the_token() {
    let server = server_with_45_users();
    for query in [
        format!("?private_token={ROOT}"),
        format!("?per_page=5&private_token={ROOT}&page=2"),
        format!("?private%5Ftoken={ROOT}"),
        format!("?%70rivate_token={ROOT}&x=1"),
    ] {
        let answer = server.get(&format!("/api/v3/users{query}")).send();
        assert_eq!(answer.status, 200, "{query}");
        assert!(answer.headers.iter().all(|(_, value)| !value.contains(ROOT)), "{answer:?}");
        assert!(!answer.header("link").unwrap().contains("token"), "{answer:?}");
    }
}

#[test]
fn links_start_with_the_callers_host_or_the_base_url() {
    let server = server_with_45_users();
    let answer = server.get("/api/v3/users").private_token(JOHN).header("Host", "accounts.example:8443").send();
    assert!(links(&answer)["next"].starts_with("http://accounts.example:8443/api/v3/users?"), "{answer:?}");
    let server = server_with_45_users_and(&["--base-url", "https://accounts.example.com/"]);
    let answer = server.get("/api/v3/users").private_token(JOHN).header("Host", "accounts.example:8443").send();
    assert!(links(&answer)["next"].starts_with("https://accounts.example.com/api/v3/users?"), "{answer:?}");
}

#[test]
fn an_empty_result_is_one_empty_page() {
    let server = Server::demo();
    let answer = get(&server, "?search=matches-no-user");
    assert_eq!((answer.status, answer.body.as_str()), (200, "[]"));
    assert_eq!((answer.header("x-total"), answer.header("x-page")), (Some("0"), Some("1")));
    assert_eq!((answer.header("x-next-page"), answer.header("x-prev-page")), (Some(""), Some("")));
}

#[test]
fn head_has_the_same_headers_and_no_body() {
    let server = server_with_45_users();
    let get = get(&server, "?page=2&per_page=7");
    let head = server.call("HEAD", "/api/v3/users?page=2&per_page=7").private_token(JOHN).send();
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    for (name, value) in get.headers.iter().filter(|(name, _)| name.starts_with("x-") || name == "link") {
        if name != "x-request-id" {
            assert_eq!(head.header(name), Some(value.as_str()), "{name}");
        }
    }
}

/// The server counts users in blocks of ids. Pages must be complete and in order across block boundaries, across blocks
/// without any user left, and after users were created and deleted.
#[test]
fn long_lists_are_complete_in_both_directions() {
    let numbers = (1..600).chain(2045..2052).chain(5000..5300);
    let users: Vec<Value> = numbers
        .clone()
        .map(|n| {
            let tokens = if n == 1 { json!([{"name": "all", "token": ROOT, "scopes": ["api"]}]) } else { json!([]) };
            let emails = json!([{"email": format!("u{n}@example.com")}]);
            json!({"id": n, "username": format!("u{n}"), "emails": emails, "admin": n == 1, "tokens": tokens})
        })
        .collect();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), json!({ "users": users }).to_string()).unwrap();
    let server = Server::start(&["--memory", "--seed", file.path().to_str().unwrap()]);
    let mut expected: Vec<i64> = numbers.collect();
    for id in [511, 512, 513, 599, 5299].into_iter().chain(2045..2052) {
        server.delete(&format!("/api/v3/users/{id}")).private_token(ROOT).send().expect(200);
        expected.retain(|other| *other != id);
    }
    expected.push(create(&server, new_user("ada")));

    for (path, descending) in [("/api/v3/users", false), ("/api/v4/users", true), ("/api/v4/users?sort=asc", false)] {
        if descending {
            expected.sort_by_key(|id| -id);
        } else {
            expected.sort();
        }
        for per_page in [100, 7] {
            let mut seen = Vec::new();
            for page in 1.. {
                let join = if path.contains('?') { '&' } else { '?' };
                let query = format!("{path}{join}page={page}&per_page={per_page}");
                let answer = server.get(&query).private_token(ROOT).send();
                assert_eq!(answer.header("x-total"), Some(expected.len().to_string().as_str()), "{query}");
                let ids = ids(&answer);
                if ids.is_empty() {
                    break;
                }
                seen.extend(ids);
            }
            assert_eq!(seen, expected, "{path}, {per_page} per page");
        }
    }
}
