//! Decodes `application/x-www-form-urlencoded` bodies and queries (WHATWG URL, section 5.1). There is no other decoder
//! for either.

use super::body::BodyError;
use super::fields::{Fields, MAX_FIELDS, Value};
use percent_encoding::percent_decode;
use std::borrow::Cow;
use std::collections::HashSet;

/// Parses a body. Text that is not UTF-8 is refused, whereas browsers repair it.
pub(super) fn parse(body: &[u8]) -> Result<Fields, BodyError> {
    let mut entries = Vec::new();
    for (name, value) in pairs(body) {
        if entries.len() == MAX_FIELDS {
            return Err(BodyError::TooManyFields);
        }
        let name = decode(name).ok_or(BodyError::NotUtf8)?;
        let value = decode(value).ok_or(BodyError::NotUtf8)?;
        entries.push((name.into_owned(), Value::Form(value.into_owned())));
    }
    Ok(Fields::new(entries))
}

/// Parses a query. This never fails: an unreadable value is an error only when it is read by its name, and everything
/// after 1,000 parameters is ignored.
///
/// A parameter that is repeated with the same value counts once, because python-gitlab 1.2.0 follows a `Link` and adds
/// its own parameters to those in the link.
pub fn parse_query(query: &str) -> Fields {
    let mut entries = Vec::new();
    let mut seen = HashSet::new();
    for (name, value) in pairs(query.as_bytes()).take(MAX_FIELDS) {
        let Some(name) = decode(name) else { continue };
        let value = decode(value);
        if seen.insert((name.clone(), value.clone())) {
            let value = value.map_or(Value::Other, |text| Value::Form(text.into_owned()));
            entries.push((name.into_owned(), value));
        }
    }
    Fields::new(entries)
}

/// The decoded pairs of a query in their order, without those that are not UTF-8.
pub fn decoded_pairs(query: &str) -> impl Iterator<Item = (String, String)> {
    pairs(query.as_bytes()).filter_map(|(name, value)| Some((decode(name)?.into_owned(), decode(value)?.into_owned())))
}

/// Decodes one name or value. Text that is not UTF-8 is returned unchanged.
pub fn decode_text(raw: &str) -> String {
    decode(raw.as_bytes()).map_or_else(|| raw.to_owned(), Cow::into_owned)
}

/// The names and values, still encoded. A name without `=` has an empty value.
pub(in crate::http) fn pairs(input: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    input.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).map(|pair| {
        match pair.iter().position(|byte| *byte == b'=') {
            Some(index) => (&pair[..index], &pair[index + 1..]),
            None => (pair, &pair[pair.len()..]),
        }
    })
}

/// Decodes an encoded name or value.
pub(in crate::http) fn decode_bytes(raw: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> = raw.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    percent_decode(&spaced).collect()
}

fn decode(raw: &[u8]) -> Option<Cow<'_, str>> {
    if raw.iter().any(|byte| matches!(byte, b'+' | b'%')) {
        return String::from_utf8(decode_bytes(raw)).ok().map(Cow::Owned);
    }
    str::from_utf8(raw).ok().map(Cow::Borrowed)
}

#[cfg(test)]
mod tests {
    use super::super::fields::{FieldErrorKind, Patch};
    use super::*;
    use proptest::prelude::*;
    use std::time::{Duration, Instant};

    fn text(fields: &Fields, name: &'static str) -> String {
        fields.text(name).unwrap().value().unwrap()
    }

    #[test]
    fn a_list_of_texts_has_two_notations() {
        for body in ["key[]=a&key[]=b", "key%5B%5D=a&key%5b%5d=b", "key=a,b", "key=a%2C+b,"] {
            let fields = parse(body.as_bytes()).unwrap();
            assert_eq!(fields.text_list("key"), Ok(Patch::Value(vec!["a".into(), "b".into()])), "{body}");
        }
        assert_eq!(parse(b"other=a").unwrap().text_list("key"), Ok(Patch::Absent));
    }

    #[test]
    fn a_query_adds_fields_that_the_body_lacks() {
        let fields = parse(b"a=1").unwrap().or(&parse_query("a=2&b=3"));
        assert_eq!((text(&fields, "a"), text(&fields, "b")), ("1".into(), "3".into()));
    }

    #[test]
    fn values_are_decoded() {
        for (body, value) in [
            ("key=plain", "plain"),
            ("key=a+b", "a b"),
            ("key=a%2Bb%20c", "a+b c"),
            ("key=Se%C3%B1or", "Señor"),
            ("key=Señor", "Señor"),
            ("key=a=b", "a=b"),
            ("key=", ""),
            ("key", ""),
            ("&&key=1&", "1"),
            ("k%65y=1", "1"),
            ("key=100%", "100%"),
            ("key=%zz", "%zz"),
            ("key=%00", "\0"),
        ] {
            assert_eq!(text(&parse(body.as_bytes()).unwrap(), "key"), value, "{body}");
            assert_eq!(text(&parse_query(body), "key"), value, "{body}");
        }
    }

    #[test]
    fn text_that_is_not_utf8_is_refused_in_a_body() {
        for body in [&b"key=%FF"[..], b"key=\xff", b"%ff=1", b"unknown=%C3"] {
            assert_eq!(parse(body).unwrap_err(), BodyError::NotUtf8);
        }
    }

    #[test]
    fn text_that_is_not_utf8_is_an_error_in_a_query_only_when_it_is_read() {
        let fields = parse_query("bad=%ff&%ff=1&good=1");
        assert_eq!(text(&fields, "good"), "1");
        assert_eq!(fields.text("bad").unwrap_err().kind, FieldErrorKind::NotText);
        assert_eq!(fields.integer("bad").unwrap_err().kind, FieldErrorKind::NotInteger);
    }

    #[test]
    fn a_repeated_name_is_an_error_only_when_it_is_read() {
        let fields = parse(b"a=1&b=2&a=1").unwrap();
        assert_eq!(fields.integer("b"), Ok(Patch::Value(2)));
        assert_eq!(fields.integer("a").unwrap_err().kind, FieldErrorKind::Repeated);
    }

    #[test]
    fn a_query_may_repeat_a_parameter_with_the_same_value() {
        let fields = parse_query("a=x%20y&b=1&a=x+y&b=2");
        assert_eq!(text(&fields, "a"), "x y");
        assert_eq!(fields.text("b").unwrap_err().kind, FieldErrorKind::Repeated);
    }

    #[test]
    fn the_number_of_fields_is_bounded() {
        let many = |count: usize| vec!["a=1"; count].join("&");
        assert!(parse(many(1_000).as_bytes()).is_ok());
        assert_eq!(parse(many(1_001).as_bytes()).unwrap_err(), BodyError::TooManyFields);
        let query = format!("{}&late=1", many(1_000));
        assert!(!parse_query(&query).contains("late"));
    }

    /// The time of the fastest of several runs.
    fn duration<T>(mut run: impl FnMut() -> T) -> Duration {
        let mut once = || {
            let start = Instant::now();
            std::hint::black_box(run());
            start.elapsed()
        };
        (0..10).map(|_| once()).min().unwrap()
    }

    /// Compared with a body of the same text, in which repeated parameters are not looked for.
    #[test]
    fn the_time_grows_with_the_length_of_the_query_and_not_with_its_square() {
        let name = "n".repeat(50);
        let query = (0..MAX_FIELDS).map(|n| format!("{name}{n}=")).collect::<Vec<_>>().join("&");
        let (body, parsed) = (parse(query.as_bytes()).unwrap(), parse_query(&query));
        let linear = duration(|| parse(query.as_bytes()).unwrap());
        let of_query = duration(|| parse_query(&query));
        assert!(of_query < 8 * linear, "{of_query:?} instead of {linear:?}");
        let other = parse_query(&query.replace('n', "m"));
        assert_eq!(body.or(&parsed), body);
        let of_union = duration(|| body.or(&other));
        assert!(of_union < 8 * linear, "{of_union:?} instead of {linear:?}");
    }

    proptest! {
        #[test]
        fn parsing_never_panics(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&body);
            let _ = parse_query(&String::from_utf8_lossy(&body));
        }

        #[test]
        fn a_value_that_a_browser_encodes_is_decoded(value in any::<String>()) {
            let mut body = form_urlencoded::Serializer::new(String::new());
            let body = body.append_pair("key", &value).finish();
            prop_assert_eq!(text(&parse(body.as_bytes()).unwrap(), "key"), value);
        }
    }
}
