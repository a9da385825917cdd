//! The query of a list, and the links that lead on from it.

use super::{CANARY, is_fit_to_be_shown};
use accountd::http::form::parse_query;
use accountd::http::paging::Page;
use std::collections::BTreeSet;

const BASE: &str = "http://localhost:8080";
const PATH: &str = "/api/v3/users";
const TOTAL: u64 = 4_321;

/// A query's parameters by name and value.
type Pairs = BTreeSet<(String, String)>;

pub fn check(input: &[u8]) {
    let query = query(input);
    let page = match Page::parse(&parse_query(&query)) {
        Ok(page) => page,
        Err(error) => return is_fit_to_be_shown(&error.to_string()),
    };
    assert!(page.number >= 1 && (1..=100).contains(&page.per_page), "{page:?}");
    assert!(page.offset() <= i64::MAX as u64);
    for (rel, link) in links(&page, &query) {
        leads_on(&page, &query, &rel, &link);
    }
}

/// Reads it once, makes the headers, and no more.
pub fn cost(input: &[u8]) {
    let query = query(input);
    if let Ok(page) = Page::parse(&parse_query(&query)) {
        drop(page.headers(TOTAL, BASE, PATH, &query));
    }
}

/// What hyper takes for an address has no blanks, no control characters and no number sign.
fn query(input: &[u8]) -> String {
    let text = String::from_utf8_lossy(input);
    text.chars().filter(|c| !c.is_control() && *c != ' ' && *c != '#').collect()
}

/// By `rel`, as a client that splits at commas and semicolons sees them.
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

fn leads_on(page: &Page, query: &str, rel: &str, link: &str) {
    assert!(!link.contains(CANARY) || !secret_is_there(query), "a secret is repeated in {link}");
    let address = url::Url::parse(link).expect("a link is an address");
    assert_eq!((&address[..url::Position::BeforePath], address.path()), (BASE, PATH));
    let next = address.query().expect("a link names its page");
    let there = Page::parse(&parse_query(next)).expect("a link can be followed");
    let last = TOTAL.div_ceil(page.per_page);
    let number = match rel {
        "first" => 1,
        "last" => last,
        "next" => page.number + 1,
        "prev" => page.number - 1,
        other => panic!("rel={other:?}"),
    };
    assert_eq!((there.number, there.per_page), (number, page.per_page), "{rel}: {link}");
    assert_eq!(others(next), others(query), "the caller's own parameters");
    // A walk from link to link repeats nothing: only the number of the page may grow.
    for (again, link) in links(&there, next) {
        if again == rel {
            assert!(link.len() <= address.as_str().len() + 1, "{link} grows from {address}");
        }
    }
}

fn others(query: &str) -> Pairs {
    let own = |name: &str| ["page", "per_page", "private_token", "access_token"].contains(&name);
    form_urlencoded::parse(query.as_bytes()).into_owned().filter(|(name, _)| !own(name)).collect()
}

/// Whether the secret stands where secrets do, and nowhere else.
fn secret_is_there(query: &str) -> bool {
    let mut elsewhere = others(query).into_iter();
    !elsewhere.any(|(name, value)| name.contains(CANARY) || value.contains(CANARY))
}
