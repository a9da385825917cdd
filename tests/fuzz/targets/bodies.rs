//! A body in its three forms. The input is a `Content-Type` (nothing: none), a line break, and the body.

use super::is_fit_to_be_shown;
use accountd::http::body::{BodyError, parse};
use accountd::http::fields::{Fields, Patch};
use bytes::Bytes;
use futures_util::FutureExt;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::Value;

/// Names that are asked for.
pub const NAMES: [&str; 4] = ["a", "b", "email", "admin"];

pub fn check(input: &[u8]) {
    let (content_type, body) = split(input);
    let Some(headers) = headers(content_type) else { return };
    let read = read(&headers, body);
    assert_eq!(read, self::read(&headers, body), "the same body, read twice");
    match &read {
        Ok(fields) => is_read_as_anybody_would(content_type, body, fields),
        Err(error) => {
            // A type that is not supported is told back; no secret stands there.
            if !matches!(error, BodyError::UnsupportedMediaType(_)) {
                is_fit_to_be_shown(&error.to_string());
            }
            assert!([400, 415].contains(&error.status().as_u16()), "{error}");
        }
    }
    if let Err(BodyError::Json { .. }) = read {
        assert!(serde_json::from_slice::<Value>(without_mark(body)).is_err(), "good JSON was refused");
    }
    // RFC 9110, section 8.3.1: a media type has no case.
    let upper = content_type.to_ascii_uppercase();
    if let (true, Some(headers)) = (!content_type.contains(&b'='), self::headers(&upper)) {
        assert_eq!(self::read(&headers, body).is_ok(), read.is_ok(), "the case of the media type counts");
    }
}

/// Reads it once, and no more.
pub fn cost(input: &[u8]) {
    let (content_type, body) = split(input);
    let headers = headers(content_type).expect("a type that HTTP can carry");
    drop(parse(&headers, Bytes::copy_from_slice(body)).now_or_never());
}

fn split(input: &[u8]) -> (&[u8], &[u8]) {
    match input.iter().position(|byte| *byte == b'\n') {
        Some(at) => (&input[..at], &input[at + 1..]),
        None => (b"", input),
    }
}

/// Nothing if HTTP could not carry it.
fn headers(content_type: &[u8]) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    if !content_type.is_empty() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_bytes(content_type).ok()?);
    }
    Some(headers)
}

fn read(headers: &HeaderMap, body: &[u8]) -> Result<Fields, BodyError> {
    parse(headers, Bytes::copy_from_slice(body)).now_or_never().expect("a whole body needs no waiting")
}

fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body)
}

/// Two programs that read one body in two ways are a hole between them: here the other is `serde_json` or
/// `form_urlencoded`.
fn is_read_as_anybody_would(content_type: &[u8], body: &[u8], fields: &Fields) {
    let media_type = content_type.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    let json = without_mark(body);
    match media_type.to_ascii_lowercase().as_slice() {
        b"application/json" => is_json(json, fields),
        b"application/x-www-form-urlencoded" => is_form(body, fields),
        b"" if json.trim_ascii_start().starts_with(b"{") => is_json(json, fields),
        b"" if serde_json::from_slice::<Value>(json).is_err() && !json.trim_ascii().is_empty() => is_form(body, fields),
        _ => {}
    }
}

fn is_json(body: &[u8], fields: &Fields) {
    if body.trim_ascii().is_empty() {
        return assert!(fields.is_empty());
    }
    let value: Value = serde_json::from_slice(body).expect("broken JSON was taken");
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
        if let (Ok(Patch::Value(truth)), Value::Bool(written)) = (fields.boolean(name), &value[name]) {
            assert_eq!(*written, truth, "{name}");
        }
    }
}

fn is_form(body: &[u8], fields: &Fields) {
    for name in NAMES {
        let texts: Vec<_> = form_urlencoded::parse(body).filter(|(key, _)| key == name).map(|(_, text)| text).collect();
        match fields.text(name) {
            Ok(Patch::Value(text)) => assert_eq!(texts, [text], "{name}"),
            Ok(Patch::Absent) => assert!(texts.is_empty(), "{name}: {texts:?}"),
            Ok(Patch::Null) => panic!("{name}: no form has a null"),
            Err(_) => assert!(texts.len() > 1, "{name}: {texts:?}"),
        }
    }
}
