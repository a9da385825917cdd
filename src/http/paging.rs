//! Pagination of lists, as in GitLab: `page`, `per_page`, the `X-…` counts and `Link` (RFC 8288).

use super::input::{FieldError, FieldErrorKind, Fields, Patch, form};
use crate::accounts::Total;
use hyper::header::{HeaderName, HeaderValue, LINK};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_encode, utf8_percent_encode};
use std::collections::HashSet;

const DEFAULT_PER_PAGE: u64 = 20;
const MAX_PER_PAGE: u64 = 100;

/// The longest `Link` in bytes. Many clients accept header lines of at most 8 KiB.
const MAX_LINK: usize = 8 << 10;

/// Encodes all characters of a query except RFC 3986's unreserved ones.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Encodes the characters of an already encoded path that would end or split a link.
const PATH: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b',').add(b';').add(b'{').add(b'}');

/// Secret parameters, which links leave out.
const SECRETS: [&[u8]; 2] = [b"private_token", b"access_token"];

/// The requested part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Counted from 1.
    pub number: u64,
    /// 1 to 100.
    pub per_page: u64,
}

impl Page {
    /// Reads `page` (1 by default) and `per_page` (20 by default, 100 at most). A page past the end is not an error,
    /// but a value that is not a positive decimal number is.
    pub fn parse(query: &Fields) -> Result<Page, FieldError> {
        Ok(Page {
            number: positive(query, "page")?.unwrap_or(1),
            per_page: positive(query, "per_page")?.unwrap_or(DEFAULT_PER_PAGE).min(MAX_PER_PAGE),
        })
    }

    /// The number of entries before this page, limited to the signed 64-bit integers that databases accept.
    pub fn offset(&self) -> u64 {
        (self.number - 1).saturating_mul(self.per_page).min(i64::MAX as u64)
    }

    /// The headers of a list that was requested at `base_url` + `path` with `query`, both still percent-encoded. An
    /// empty list has one page. A list that was not counted has no total and no last page.
    pub fn headers(
        &self,
        total: impl Into<Total>,
        base_url: &str,
        path: &str,
        query: &str,
    ) -> Vec<(HeaderName, HeaderValue)> {
        let (total, last, has_more) = match total.into() {
            Total::Exactly(total) => {
                let last = total.div_ceil(self.per_page).max(1);
                (Some(total), Some(last), self.number < last)
            }
            Total::Uncounted { has_more } => (None, None, has_more),
        };
        let prev = (2..=last.unwrap_or(u64::MAX)).contains(&self.number).then(|| self.number - 1);
        let next = has_more.then(|| self.number + 1);
        let totals = total
            .map(|total| ("x-total", Some(total)))
            .into_iter()
            .chain(last.map(|last| ("x-total-pages", Some(last))));
        let counts = [
            ("x-page", Some(self.number)),
            ("x-per-page", Some(self.per_page)),
            ("x-next-page", next),
            ("x-prev-page", prev),
        ];
        let number = |value: Option<u64>| value.map_or(HeaderValue::from_static(""), HeaderValue::from);
        let counts = totals.chain(counts).map(|(name, value)| (HeaderName::from_static(name), number(value)));
        let pages = [("prev", prev), ("next", next), ("first", Some(1)), ("last", last)];
        let links = repeated(query, &["page", "per_page"], MAX_LINK).and_then(|query| {
            let address = format!("{base_url}{}?{query}", utf8_percent_encode(path, PATH));
            let pages = pages.into_iter().filter_map(|(rel, page)| Some((rel, page?)));
            let link = |(rel, page)| format!("<{address}page={page}&per_page={}>; rel=\"{rel}\"", self.per_page);
            let links: Vec<String> = pages.map(link).collect();
            // `Link` repeats the caller's parameters up to four times. If it becomes longer than clients accept, the
            // response has only the counts. The conversion fails only for a base URL with control characters.
            let links = Some(links.join(", ")).filter(|links| links.len() <= MAX_LINK)?;
            HeaderValue::try_from(links).ok()
        });
        counts.chain(links.map(|links| (LINK, links))).collect()
    }
}

/// The `Link` to the page after `cursor`, with keyset pagination. Such a list has no other pagination header.
pub fn keyset_link(cursor: &str, base_url: &str, path: &str, query: &str) -> Option<(HeaderName, HeaderValue)> {
    let path = utf8_percent_encode(path, PATH);
    let cursor = utf8_percent_encode(cursor, QUERY);
    let query = repeated(query, &["cursor", "id_after"], usize::MAX)?;
    let link = format!("<{base_url}{path}?{query}cursor={cursor}>; rel=\"next\"");
    HeaderValue::try_from(link).ok().map(|link| (LINK, link))
}

/// A positive number of any length: a huge one only means a page past the end.
fn positive(query: &Fields, field: &'static str) -> Result<Option<u64>, FieldError> {
    match query.text(field)? {
        Patch::Value(text)
            if text.bytes().any(|byte| byte != b'0') && text.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            Ok(Some(text.parse().unwrap_or(u64::MAX)))
        }
        Patch::Value(text) if !text.is_empty() => Err(FieldError { field, kind: FieldErrorKind::NotPositive }),
        _ => Ok(None),
    }
}

/// Encodes the caller's parameters, each followed by `&`, without secrets and without those that the link sets itself
/// (`own`). Exact duplicates are dropped: with a client that adds its own parameters to each link, links would grow
/// from page to page. None if the result is longer than `max`.
fn repeated(query: &str, own: &[&str], max: usize) -> Option<String> {
    let mut encoded = String::new();
    let mut seen = HashSet::new();
    for (name, value) in form::pairs(query.as_bytes()) {
        let pair = (form::decode_bytes(name), form::decode_bytes(value));
        let is_excluded = SECRETS.contains(&pair.0.as_slice()) || own.iter().any(|own| own.as_bytes() == pair.0);
        if is_excluded || seen.contains(&pair) {
            continue;
        }
        encoded.extend(percent_encode(&pair.0, QUERY));
        encoded.push('=');
        encoded.extend(percent_encode(&pair.1, QUERY));
        encoded.push('&');
        if encoded.len() > max {
            return None;
        }
        seen.insert(pair);
    }
    Some(encoded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PATH: &str = "/api/v3/users";

    fn parse(query: &str) -> Result<Page, FieldError> {
        Page::parse(&form::parse_query(query))
    }

    fn headers(page: u64, per_page: u64, total: u64, query: &str) -> Vec<(String, String)> {
        let page = Page { number: page, per_page };
        let text = |value: HeaderValue| value.to_str().unwrap().to_owned();
        let headers = page.headers(total, "http://h", PATH, query);
        headers.into_iter().map(|(name, value)| (name.to_string(), text(value))).collect()
    }

    fn link(page: u64, per_page: u64, total: u64, query: &str) -> String {
        headers(page, per_page, total, query).pop().unwrap().1
    }

    #[test]
    fn page_and_per_page_are_parsed() {
        for (query, number, per_page) in [
            ("", 1, 20),
            ("page=&per_page=", 1, 20),
            ("page=3", 3, 20),
            ("page=3&per_page=7", 3, 7),
            ("per_page=100", 1, 100),
            ("per_page=101", 1, 100),
            ("per_page=99999999999999999999999", 1, 100),
            ("page=18446744073709551616", u64::MAX, 20),
            ("page=007", 7, 20),
        ] {
            assert_eq!(parse(query), Ok(Page { number, per_page }), "{query}");
        }
    }

    #[test]
    fn an_invalid_number_is_an_error_that_names_the_parameter() {
        for invalid in ["0", "-1", "%2B1", "1e9", "1.0", "one", "0x1", " 1", "1,2", "%D9%A1", "null", "%ff", "000"] {
            for field in ["page", "per_page"] {
                let error = parse(&format!("{field}={invalid}")).unwrap_err();
                assert_eq!(error.field, field, "{invalid}");
            }
        }
        assert_eq!(parse("page=x").unwrap_err().to_string(), "page must be a positive integer");
        assert_eq!(parse("page=1&page=2").unwrap_err().kind, FieldErrorKind::Repeated);
    }

    #[test]
    fn the_offset_never_overflows() {
        assert_eq!(Page { number: 1, per_page: 20 }.offset(), 0);
        assert_eq!(Page { number: 3, per_page: 20 }.offset(), 40);
        assert_eq!(Page { number: u64::MAX, per_page: 100 }.offset(), i64::MAX as u64);
    }

    #[test]
    fn a_middle_page_has_all_headers() {
        let expected = [
            ("x-total", "45"),
            ("x-total-pages", "3"),
            ("x-page", "2"),
            ("x-per-page", "20"),
            ("x-next-page", "3"),
            ("x-prev-page", "1"),
            (
                "link",
                "<http://h/api/v3/users?page=1&per_page=20>; rel=\"prev\", \
                 <http://h/api/v3/users?page=3&per_page=20>; rel=\"next\", \
                 <http://h/api/v3/users?page=1&per_page=20>; rel=\"first\", \
                 <http://h/api/v3/users?page=3&per_page=20>; rel=\"last\"",
            ),
        ];
        assert_eq!(headers(2, 20, 45, ""), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn the_first_and_last_pages_have_no_neighbour() {
        let neighbours = |page, total| {
            let all = headers(page, 20, total, "");
            (all[1].1.clone(), all[4].1.clone(), all[5].1.clone())
        };
        let expected = |last: &str, next: &str, prev: &str| (last.to_owned(), next.to_owned(), prev.to_owned());
        assert_eq!(neighbours(1, 45), expected("3", "2", ""));
        assert_eq!(neighbours(3, 45), expected("3", "", "2"));
        assert_eq!(neighbours(1, 0), expected("1", "", ""));
        assert_eq!(neighbours(1, 20), expected("1", "", ""));
        assert_eq!(neighbours(1, 21), expected("2", "2", ""));
        // As in GitLab, a page past the end has no previous page.
        assert_eq!(neighbours(4, 45), expected("3", "", ""));
        assert_eq!(neighbours(u64::MAX, 45), expected("3", "", ""));
    }

    #[test]
    fn links_repeat_the_callers_parameters_without_secrets() {
        let link =
            link(1, 2, 2, "search=a,b+%26%3E&page=1&private_token=s3cret&x&per%5Fpage=9&access_token=s3cret&y=%ff");
        let expected = "<http://h/api/v3/users?search=a%2Cb%20%26%3E&x=&y=%FF&page=1&per_page=2>; \
                        rel=\"first\"";
        assert!(link.starts_with(expected), "{link}");
        assert!(!link.contains("s3cret"));
        let encoded_name = self::link(1, 2, 2, "private%5Ftoken=s3cret");
        assert!(!encoded_name.contains("s3cret"));
    }

    #[test]
    fn links_drop_duplicate_parameters() {
        let link = link(1, 2, 2, "search=a+b&search=a%20b&x=1&x=2&search=a+b");
        assert!(link.starts_with("<http://h/api/v3/users?search=a%20b&x=1&x=2&page=1&per_page=2>;"), "{link}");
    }

    #[test]
    fn a_hostile_path_cannot_add_a_link() {
        let page = Page { number: 1, per_page: 20 };
        let headers = page.headers(1, "http://h", "/a>;rel=\"next\",<b/é%2C", "");
        let link = headers.last().unwrap().1.to_str().unwrap();
        assert!(link.starts_with("<http://h/a%3E%3Brel=%22next%22%2C%3Cb/%C3%A9%2C?page=1"), "{link}");
    }

    proptest! {
        #[test]
        fn every_query_and_path_can_be_linked(
            number in 1..=u64::MAX,
            per_page in 1..=100u64,
            total: u64,
            path: String,
            query: String,
        ) {
            let page = Page { number, per_page };
            prop_assert_eq!(page.headers(total, "http://h", &path, &query).len(), 7);
            prop_assert!(page.offset() <= i64::MAX as u64);
        }
    }
}
