//! Parses `application/json` bodies: one object, whose members are fields.
//!
//! Only scalar values and short arrays of texts are stored. Other arrays and nested objects are validated and
//! discarded, so that a body of 1 MiB cannot use many times that in memory. serde_json bounds the nesting to 128
//! levels.

use super::body::BodyError;
use super::fields::{Fields, MAX_FIELDS, Value};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// No field accepts an array of more texts.
const MAX_LIST: usize = 32;

/// Parses a body. `null` and white space alone have no fields.
pub(super) fn parse(body: &[u8]) -> Result<Fields, BodyError> {
    let text = std::str::from_utf8(without_bom(body)).map_err(|_| BodyError::NotUtf8)?;
    if text.trim_ascii().is_empty() {
        return Ok(Fields::default());
    }
    if !text.trim_ascii_start().starts_with('{') {
        return match serde_json::from_str(text).map_err(syntax)? {
            Value::Null => Ok(Fields::default()),
            _ => Err(BodyError::NotAnObject),
        };
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let entries = json.deserialize_map(Members).map_err(syntax)?;
    json.end().map_err(syntax)?;
    entries.map(Fields::new).ok_or(BodyError::TooManyFields)
}

/// The first byte after a byte order mark and white space.
pub(super) fn first_byte(body: &[u8]) -> Option<&u8> {
    without_bom(body).trim_ascii_start().first()
}

/// Removes a byte order mark, which Windows tools write and a parser may ignore (RFC 8259, section 8.1).
fn without_bom(body: &[u8]) -> &[u8] {
    body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body)
}

fn syntax(error: serde_json::Error) -> BodyError {
    let text = error.to_string();
    let reason = text.split_once(" at line ").map_or(text.as_str(), |(reason, _)| reason);
    BodyError::Json { line: error.line(), column: error.column(), reason: reason.to_owned() }
}

/// Reads the members of an object in their order, repeated names included; None if there are too many.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Option<Vec<(String, Value)>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        let mut count = 0;
        while let Some(entry) = members.next_entry()? {
            count += 1;
            if count <= MAX_FIELDS {
                entries.push(entry);
            }
        }
        Ok((count <= MAX_FIELDS).then_some(entries))
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Boolean(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(i64::try_from(value).map_or(Value::Other, Value::Integer))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let (mut list, mut has_others) = (Vec::new(), false);
        while let Some(item) = items.next_element()? {
            match item {
                Value::Text(text) if list.len() < MAX_LIST => list.push(text),
                _ => has_others = true,
            }
        }
        Ok(if has_others { Value::Other } else { Value::List(list) })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        while members.next_entry::<String, Value>()?.is_some() {}
        Ok(Value::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fields::{FieldErrorKind, Patch};
    use super::*;
    use proptest::prelude::*;

    fn member(json: &str) -> Fields {
        parse(format!(r#"{{"key": {json}}}"#).as_bytes()).unwrap()
    }

    #[test]
    fn a_short_array_of_texts_is_one_value() {
        assert_eq!(member(r#"["a", "b"]"#).text_list("key"), Ok(Patch::Value(vec!["a".into(), "b".into()])));
        assert_eq!(member("[]").text_list("key"), Ok(Patch::Value(vec![])));
        assert_eq!(member("null").text_list("key"), Ok(Patch::Null));
        let long = format!("[{}]", vec![r#""a""#; MAX_LIST + 1].join(","));
        for other in ["[1]", r#"["a", null]"#, r#"[["a"]]"#, "{}", "1", &long] {
            assert_eq!(member(other).text_list("key").unwrap_err().kind, FieldErrorKind::NotText, "{other}");
        }
    }

    #[test]
    fn each_type_of_value_is_distinguished() {
        assert_eq!(member("null").text("key"), Ok(Patch::Null));
        assert_eq!(member("true").boolean("key"), Ok(Patch::Value(true)));
        assert_eq!(member(r#""true""#).boolean("key"), Ok(Patch::Value(true)));
        assert_eq!(member("10").integer("key"), Ok(Patch::Value(10)));
        assert_eq!(member("-10").integer("key"), Ok(Patch::Value(-10)));
        assert_eq!(member(r#""10""#).integer("key"), Ok(Patch::Value(10)));
        assert_eq!(member(r#""S\u00e9\ud83d\ude00""#).text("key"), Ok(Patch::Value("Sé😀".into())));
        for other in ["1.5", "1e3", "10.0", "18446744073709551615", "99999999999999999999999", "[1]", "{}"] {
            assert_eq!(member(other).integer("key").unwrap_err().kind, FieldErrorKind::NotInteger, "{other}");
            assert_eq!(member(other).text("key").unwrap_err().kind, FieldErrorKind::NotText, "{other}");
        }
    }

    #[test]
    fn an_empty_body_has_no_fields() {
        for empty in ["", " \r\n\t", "null", "{}", "\u{feff}{}", "\u{feff}"] {
            assert!(parse(empty.as_bytes()).unwrap().is_empty(), "{empty:?}");
        }
    }

    #[test]
    fn anything_but_an_object_is_refused() {
        for other in ["[]", r#"[{"key": 1}]"#, "1", "-1", "1.5", "true", r#""text""#] {
            assert_eq!(parse(other.as_bytes()).unwrap_err(), BodyError::NotAnObject, "{other}");
        }
    }

    #[test]
    fn a_syntax_error_has_the_exact_line_and_column() {
        for (body, line, column) in [
            ("{", 1, 1),
            ("{\"a\": 1,\n \"b\": }", 2, 7),
            ("{\"a\": 1,}", 1, 9),
            ("{a: 1}", 1, 2),
            ("{} {}", 1, 4),
            ("{\"a\": 01}", 1, 8),
            ("{\"a\": 1e999}", 1, 11),
            ("{\"a\": \"\\ud800\"}", 1, 14),
            ("{\"a\": \"\u{1}\"}", 1, 8),
            ("{\"a\": 1,\n \"b\": \"\u{1}\"}", 2, 8),
            ("{'a': 1}", 1, 2),
            ("nul", 1, 3),
            ("[1, [2, {]]", 1, 10),
        ] {
            match parse(body.as_bytes()).unwrap_err() {
                BodyError::Json { line: actual_line, column: actual_column, reason } => {
                    assert_eq!((actual_line, actual_column), (line, column), "{body:?}: {reason}");
                    assert!(!reason.is_empty() && !reason.contains("line"), "{reason}");
                }
                other => panic!("{body}: {other:?}"),
            }
        }
    }

    #[test]
    fn no_part_of_the_body_is_in_the_error() {
        for body in [r#"{"password": "hunter2"#, r#"{"password": "hunter2" "hunter2"}"#, "{\"hunter2\": \"\u{7}\"}"] {
            assert!(!parse(body.as_bytes()).unwrap_err().to_string().contains("hunter2"));
        }
    }

    #[test]
    fn text_must_be_utf8() {
        assert_eq!(parse(b"{\"key\": \"\xff\"}").unwrap_err(), BodyError::NotUtf8);
    }

    #[test]
    fn a_repeated_member_is_an_error_only_when_it_is_read() {
        let fields = parse(br#"{"a": 1, "b": 2, "a": null}"#).unwrap();
        assert_eq!(fields.integer("b"), Ok(Patch::Value(2)));
        assert_eq!(fields.integer("a").unwrap_err().kind, FieldErrorKind::Repeated);
    }

    #[test]
    fn deep_nesting_is_refused_and_does_not_overflow_the_stack() {
        let nested = |open: &str, close: &str, depth| format!("{}1{}", open.repeat(depth), close.repeat(depth));
        assert!(parse(nested("{\"a\":", "}", 100).as_bytes()).is_ok());
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            for depth in [200, 100_000] {
                match parse(nested(open, close, depth).as_bytes()).unwrap_err() {
                    BodyError::Json { reason, .. } => assert_eq!(reason, "recursion limit exceeded"),
                    other => panic!("{other:?}"),
                }
            }
        }
        assert!(parse("[".repeat(1_000_000).as_bytes()).is_err());
    }

    #[test]
    fn the_number_of_members_is_bounded() {
        let many = |count| format!("{{{}}}", vec![r#""a":[1]"#; count].join(","));
        assert!(parse(many(1_000).as_bytes()).is_ok());
        assert_eq!(parse(many(1_001).as_bytes()).unwrap_err(), BodyError::TooManyFields);
    }

    proptest! {
        #[test]
        fn parsing_never_panics(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&body);
        }

        #[test]
        fn parsing_never_panics_on_nearly_valid_json(body in "[\\[\\]{}\",:0-9a-z\\\\ .eE+\\-]{0,60}") {
            let _ = parse(body.as_bytes());
        }

        #[test]
        fn a_serialized_text_is_parsed_unchanged(value in any::<String>()) {
            let body = serde_json::json!({ "key": value }).to_string();
            prop_assert_eq!(parse(body.as_bytes()).unwrap().text("key"), Ok(Patch::Value(value)));
        }
    }
}
