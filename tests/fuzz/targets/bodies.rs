//! Request bodies. The input is the `Content-Type` (empty for none), a line break and the body.

use super::assert_safe_message;
use accountd::http::input::{BodyError, parse};
use accountd::http::input::{Fields, Patch};
use bytes::Bytes;
use futures_util::FutureExt;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::Value;

/// The names of the fields that are read.
pub const NAMES: [&str; 4] = ["a", "b", "email", "admin"];

pub fn check(input: &[u8]) {
    let (content_type, body) = split(input);
    let Some(headers) = headers(content_type) else { return };
    let read = read(&headers, body);
    assert_eq!(read, self::read(&headers, body), "the same body parsed twice");
    match &read {
        Ok(fields) => assert_same_as_other_parsers(content_type, body, fields),
        Err(error) => {
            // This message repeats the media type, which holds no secret.
            if !matches!(error, BodyError::UnsupportedMediaType(_)) {
                assert_safe_message(&error.to_string());
            }
            assert!([400, 415].contains(&error.status().as_u16()), "{error}");
        }
    }
    if let Err(BodyError::Json { .. }) = read {
        assert!(serde_json::from_slice::<Value>(without_byte_order_mark(body)).is_err(), "valid JSON was refused");
    }
    // RFC 9110 section 8.3.1: media types ignore case.
    let upper = content_type.to_ascii_uppercase();
    if let (true, Some(headers)) = (!content_type.contains(&b'='), self::headers(&upper)) {
        assert_eq!(self::read(&headers, body).is_ok(), read.is_ok(), "the case of the media type matters");
    }
}

/// Parses the body once, to measure the cost.
pub fn cost(input: &[u8]) {
    let (content_type, body) = split(input);
    let headers = headers(content_type).expect("a content type that is a valid header");
    drop(parse(&headers, Bytes::copy_from_slice(body)).now_or_never());
}

fn split(input: &[u8]) -> (&[u8], &[u8]) {
    match input.iter().position(|byte| *byte == b'\n') {
        Some(at) => (&input[..at], &input[at + 1..]),
        None => (b"", input),
    }
}

/// None if the content type is not a valid header.
fn headers(content_type: &[u8]) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    if !content_type.is_empty() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_bytes(content_type).ok()?);
    }
    Some(headers)
}

fn read(headers: &HeaderMap, body: &[u8]) -> Result<Fields, BodyError> {
    parse(headers, Bytes::copy_from_slice(body)).now_or_never().expect("a complete body is parsed without waiting")
}

fn without_byte_order_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body)
}

/// Two programs that parse the same body differently open a hole: one checks what the other does not do. Here the other
/// programs are `serde_json` and `form_urlencoded`.
fn assert_same_as_other_parsers(content_type: &[u8], body: &[u8], fields: &Fields) {
    let media_type = content_type.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    let json = without_byte_order_mark(body);
    match media_type.to_ascii_lowercase().as_slice() {
        b"application/json" => assert_same_as_serde_json(json, fields),
        b"application/x-www-form-urlencoded" => assert_same_as_form_urlencoded(body, fields),
        b"" if json.trim_ascii_start().starts_with(b"{") => assert_same_as_serde_json(json, fields),
        b"" if serde_json::from_slice::<Value>(json).is_err() && !json.trim_ascii().is_empty() => {
            assert_same_as_form_urlencoded(body, fields)
        }
        _ => {}
    }
}

fn assert_same_as_serde_json(body: &[u8], fields: &Fields) {
    if body.trim_ascii().is_empty() {
        return assert!(fields.is_empty());
    }
    let value: Value = serde_json::from_slice(body).expect("invalid JSON was accepted");
    assert!(value.is_object() || (value.is_null() && fields.is_empty()), "{value}");
    for name in NAMES {
        match fields.text(name) {
            Ok(Patch::Value(text)) => assert_eq!(value[name], Value::String(text), "{name}"),
            Ok(Patch::Null) => assert!(value.get(name).is_some_and(Value::is_null), "{name}"),
            Ok(Patch::Absent) => assert!(value.get(name).is_none(), "{name}"),
            Err(_) => assert!(value.get(name).is_some(), "{name}"),
        }
        if let (Ok(Patch::Value(number)), Value::Number(written)) = (fields.integer(name), &value[name]) {
            assert_eq!(written.as_i64(), Some(number), "{name}");
        }
        if let (Ok(Patch::Value(boolean)), Value::Bool(written)) = (fields.boolean(name), &value[name]) {
            assert_eq!(*written, boolean, "{name}");
        }
    }
}

fn assert_same_as_form_urlencoded(body: &[u8], fields: &Fields) {
    for name in NAMES {
        let texts: Vec<_> = form_urlencoded::parse(body).filter(|(key, _)| key == name).map(|(_, text)| text).collect();
        match fields.text(name) {
            Ok(Patch::Value(text)) => assert_eq!(texts, [text], "{name}"),
            Ok(Patch::Absent) => assert!(texts.is_empty(), "{name}: {texts:?}"),
            Ok(Patch::Null) => panic!("{name}: a form has no null"),
            Err(_) => assert!(texts.len() > 1, "{name}: {texts:?}"),
        }
    }
}
