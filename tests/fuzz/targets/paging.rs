//! Queries for a page of a list, and the links to its other pages.

use super::{CANARY, assert_safe_message};
use accountd::http::input::form::parse_query;
use accountd::http::paging::Page;
use std::collections::BTreeSet;

const BASE: &str = "http://localhost:8080";
const PATH: &str = "/api/v3/users";
const TOTAL: u64 = 4_321;

/// A query's parameters as names and values.
type Pairs = BTreeSet<(String, String)>;

pub fn check(input: &[u8]) {
    let query = query(input);
    let page = match Page::parse(&parse_query(&query)) {
        Ok(page) => page,
        Err(error) => return assert_safe_message(&error.to_string()),
    };
    assert!(page.number >= 1 && (1..=100).contains(&page.per_page), "{page:?}");
    assert!(page.offset() <= i64::MAX as u64);
    for (rel, link) in links(&page, &query) {
        assert_link(&page, &query, &rel, &link);
    }
}

/// Parses the query and builds the headers once, to measure the cost.
pub fn cost(input: &[u8]) {
    let query = query(input);
    if let Ok(page) = Page::parse(&parse_query(&query)) {
        drop(page.headers(TOTAL, BASE, PATH, &query));
    }
}

/// A URI that hyper accepts has no spaces, control characters or `#`.
fn query(input: &[u8]) -> String {
    let text = String::from_utf8_lossy(input);
    text.chars().filter(|c| !c.is_control() && *c != ' ' && *c != '#').collect()
}

/// The links with their `rel`, parsed like a simple client that splits at commas and semicolons.
fn links(page: &Page, query: &str) -> Vec<(String, String)> {
    let headers = page.headers(TOTAL, BASE, PATH, query);
    let link = headers.iter().find(|(name, _)| name == "link");
    let Some((_, value)) = link else { return Vec::new() };
    let value = value.to_str().expect("a link is ASCII");
    assert!(value.len() <= 8 * 1024, "{} bytes of links", value.len());
    let parts = value.split(',').map(|part| {
        let (link, rel) = part.trim().split_once(';').expect("a link has a rel");
        let link = link.strip_prefix('<').and_then(|link| link.strip_suffix('>')).expect("a link has brackets");
        let rel = rel.trim().strip_prefix("rel=\"").and_then(|rel| rel.strip_suffix('"')).expect("a rel has quotes");
        (rel.to_owned(), link.to_owned())
    });
    parts.collect()
}

fn assert_link(page: &Page, query: &str, rel: &str, link: &str) {
    assert!(!link.contains(CANARY) || !secret_is_only_a_credential(query), "{link} repeats a secret");
    let url = url::Url::parse(link).expect("a link is a URL");
    assert_eq!((&url[..url::Position::BeforePath], url.path()), (BASE, PATH));
    let next = url.query().expect("a link names its page");
    let linked = Page::parse(&parse_query(next)).expect("a link can be followed");
    let last = TOTAL.div_ceil(page.per_page);
    let number = match rel {
        "first" => 1,
        "last" => last,
        "next" => page.number + 1,
        "prev" => page.number - 1,
        other => panic!("rel={other:?}"),
    };
    assert_eq!((linked.number, linked.per_page), (number, page.per_page), "{rel}: {link}");
    assert_eq!(other_parameters(next), other_parameters(query), "the other parameters of the query");
    // A link does not grow from page to page, except by a digit of the page number.
    for (again, link) in links(&linked, next) {
        if again == rel {
            assert!(link.len() <= url.as_str().len() + 1, "{link} grows from {url}");
        }
    }
}

fn other_parameters(query: &str) -> Pairs {
    let own = |name: &str| ["page", "per_page", "private_token", "access_token"].contains(&name);
    form_urlencoded::parse(query.as_bytes()).into_owned().filter(|(name, _)| !own(name)).collect()
}

/// Whether the secret occurs only in the parameters for tokens.
fn secret_is_only_a_credential(query: &str) -> bool {
    let mut elsewhere = other_parameters(query).into_iter();
    !elsewhere.any(|(name, value)| name.contains(CANARY) || value.contains(CANARY))
}
