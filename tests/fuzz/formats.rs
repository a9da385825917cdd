//! SPEC 2: the three formats of a body are equivalent. The same attributes in each are parsed to the same fields.

use crate::targets::bodies::NAMES;
use accountd::http::input::Fields;
use accountd::http::input::parse;
use bytes::Bytes;
use futures_util::FutureExt;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use proptest::prelude::*;
use serde_json::{Map, Value};

const BOUNDARY: &str = "8d7f0c";

fn read(content_type: &str, body: impl Into<Bytes>) -> Fields {
    let mut headers = HeaderMap::new();
    if !content_type.is_empty() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_str(content_type).unwrap());
    }
    parse(&headers, body.into()).now_or_never().unwrap().unwrap()
}

/// Texts of all kinds, including those that mean something in a form.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z0-9&=+%;\"'\\\\ \\r\\n{}\\[\\]-]{0,40}",
        proptest::sample::select(&["", "true", "0", "1", "-7", "007", "null", "a=b&c", "%41", "+", "é", "\u{0}"][..])
            .prop_map(str::to_owned),
    ]
}

fn json(pairs: &[(&str, String)]) -> String {
    let object: Vec<_> =
        pairs.iter().map(|(name, text)| format!("{:?}:{}", name, Value::from(text.as_str()))).collect();
    format!("{{{}}}", object.join(","))
}

fn form(pairs: &[(&str, String)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn multipart(pairs: &[(&str, String)]) -> String {
    let part = |(name, text): &(&str, String)| {
        format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
    };
    pairs.iter().map(part).collect::<String>() + &format!("--{BOUNDARY}--\r\n")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn the_same_attributes_are_parsed_the_same_in_every_format(
        pairs in proptest::collection::vec((proptest::sample::select(&NAMES[..]), text()), 0..6),
    ) {
        prop_assume!(pairs.iter().all(|(_, text)| !text.contains(BOUNDARY)));
        let multipart_type = format!("multipart/form-data; boundary={BOUNDARY}");
        let mut bodies = vec![
            ("JSON", read("application/json", json(&pairs))),
            ("a form", read("application/x-www-form-urlencoded", form(&pairs))),
            ("multipart", read(&multipart_type, multipart(&pairs))),
            ("JSON without a type", read("", json(&pairs))),
        ];
        if !pairs.is_empty() {
            bodies.push(("a form without a type", read("", form(&pairs))));
        }
        for name in NAMES {
            let given: Vec<_> = pairs.iter().filter(|(key, _)| *key == name).map(|(_, text)| text).collect();
            for (format, fields) in &bodies {
                prop_assert_eq!(fields.contains(name), !given.is_empty(), "{}", format);
                match (given.as_slice(), fields.text(name)) {
                    ([], Ok(read)) => prop_assert_eq!(read.value(), None, "{}", format),
                    ([text], Ok(read)) => prop_assert_eq!(read.value(), Some((*text).clone()), "{}", format),
                    ([_, _, ..], Err(_)) => {}
                    (given, read) => prop_assert!(false, "{format}: {name} is {read:?} of {given:?}"),
                }
                // An empty text is not a number or a boolean in JSON. In a form it is no value at all.
                if given.iter().all(|text| !text.is_empty()) {
                    let (_, first) = &bodies[0];
                    prop_assert_eq!(fields.integer(name), first.integer(name), "{}", format);
                    prop_assert_eq!(fields.boolean(name), first.boolean(name), "{}", format);
                    prop_assert_eq!(fields.text_list(name), first.text_list(name), "{}", format);
                }
            }
        }
    }

    #[test]
    fn numbers_and_booleans_in_json_are_parsed_as_written(
        numbers in proptest::collection::vec((proptest::sample::select(&NAMES[..]), any::<i64>(), any::<bool>()), 0..4),
    ) {
        let object: Map<String, Value> = numbers.iter().map(|(name, number, boolean)| {
            ((*name).to_owned(), if *boolean { Value::from(number % 2 == 0) } else { Value::from(*number) })
        }).collect();
        let fields = read("application/json", Value::Object(object.clone()).to_string());
        for (name, value) in &object {
            let name = NAMES.into_iter().find(|known| known == name).unwrap();
            if let Some(number) = value.as_i64() {
                prop_assert_eq!(fields.integer(name).unwrap().value(), Some(number));
            } else {
                prop_assert_eq!(fields.boolean(name).unwrap().value(), value.as_bool());
            }
        }
    }
}
