//! Parses a body into fields. JSON, form and multipart bodies mean the same (SPEC 2).

use super::fields::Fields;
use super::{form, json, multipart};
use bytes::Bytes;
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE};
use hyper::{HeaderMap, StatusCode};

/// Why a body has no fields. Each text can be shown to the caller, because none repeats any content of the body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    #[error("the body is larger than 1 MiB")]
    TooLarge,
    #[error("the body did not arrive in time")]
    TimedOut,
    #[error("the body is incomplete")]
    Incomplete,
    /// The type or encoding that was refused, shortened and without special characters.
    #[error(
        "{0:?} is not supported: send application/json, application/x-www-form-urlencoded \
         or multipart/form-data in UTF-8"
    )]
    UnsupportedMediaType(String),
    /// Line and column are counted from 1, the column in bytes.
    #[error("the JSON cannot be read at line {line}, column {column}: {reason}")]
    Json { line: usize, column: usize, reason: String },
    #[error("the JSON is not an object")]
    NotAnObject,
    #[error("the multipart form cannot be read: {0}")]
    Multipart(&'static str),
    #[error("the body is not UTF-8")]
    NotUtf8,
    #[error("the body has more than 1000 fields")]
    TooManyFields,
    /// Other large bodies, in total or from the same address, occupy the memory for them.
    #[error("too many large bodies are being received: try again")]
    NoMemory,
}

impl BodyError {
    /// The status of the error: 400, 408, 413, 415 or 503.
    pub fn status(&self) -> StatusCode {
        match self {
            BodyError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            BodyError::TimedOut => StatusCode::REQUEST_TIMEOUT,
            BodyError::UnsupportedMediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            BodyError::NoMemory => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

/// Parses the fields of a complete body. An empty body has none, whatever its headers say.
///
/// # Errors
/// All but `TooLarge`, `TimedOut`, `Incomplete` and `NoMemory`.
pub async fn parse(headers: &HeaderMap, body: Bytes) -> Result<Fields, BodyError> {
    if body.is_empty() {
        return Ok(Fields::default());
    }
    if let Some(encoding) =
        headers.get(CONTENT_ENCODING).filter(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity"))
    {
        return Err(unsupported("Content-Encoding: ", encoding.as_bytes()));
    }
    let Some(header) = headers.get(CONTENT_TYPE).filter(|value| !value.is_empty()) else {
        return guess(&body);
    };
    let unsupported = || unsupported("", header.as_bytes());
    let content_type = header.to_str().map_err(|_| unsupported())?;
    let (media_type, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    if !parameters.split(';').all(allows_utf8) {
        return Err(unsupported());
    }
    match media_type.trim().to_ascii_lowercase().as_str() {
        "application/json" => json::parse(&body),
        "application/x-www-form-urlencoded" => form::parse(&body),
        "multipart/form-data" => multipart::parse(content_type, body).await,
        other if other.starts_with("application/") && other.ends_with("+json") => json::parse(&body),
        _ => Err(unsupported()),
    }
}

/// SPEC 2: a body without a type is JSON if it can be parsed as that, otherwise a form. A body that begins like JSON is
/// an error if it cannot be parsed: no form begins like that, and the caller needs the line and column.
fn guess(body: &[u8]) -> Result<Fields, BodyError> {
    match json::parse(body) {
        Ok(fields) => Ok(fields),
        Err(error) if matches!(json::first_byte(body), Some(b'{' | b'[' | b'"')) => Err(error),
        Err(_) => form::parse(body),
    }
}

/// False only for a `charset` parameter that names another encoding.
fn allows_utf8(parameter: &str) -> bool {
    match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            let charset = value.trim().trim_matches('"');
            ["utf-8", "utf8", "us-ascii"].iter().any(|known| charset.eq_ignore_ascii_case(known))
        }
        _ => true,
    }
}

fn unsupported(prefix: &str, value: &[u8]) -> BodyError {
    let plain = value.iter().filter(|byte| byte.is_ascii_alphanumeric() || b"-+./;= _".contains(byte));
    BodyError::UnsupportedMediaType(prefix.chars().chain(plain.take(100).map(|byte| char::from(*byte))).collect())
}

#[cfg(test)]
mod tests {
    use super::super::fields::Patch;
    use super::*;
    use futures_util::FutureExt;
    use hyper::header::HeaderValue;
    use proptest::prelude::*;

    fn read(content_type: Option<&str>, body: &str) -> Result<Fields, BodyError> {
        let mut headers = HeaderMap::new();
        if let Some(content_type) = content_type {
            headers.insert(CONTENT_TYPE, HeaderValue::from_bytes(content_type.as_bytes()).unwrap());
        }
        parse(&headers, Bytes::copy_from_slice(body.as_bytes())).now_or_never().unwrap()
    }

    #[test]
    fn the_three_formats_mean_the_same() {
        let multipart = "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--X--";
        for (content_type, body) in [
            ("application/json", r#"{"a": "b"}"#),
            ("Application/JSON;charset=UTF-8", r#"{"a": "b"}"#),
            ("application/json ; charset = \"utf-8\"", r#"{"a": "b"}"#),
            ("application/json; charset=us-ascii", r#"{"a": "b"}"#),
            ("application/vnd.api+json", r#"{"a": "b"}"#),
            ("application/x-www-form-urlencoded", "a=b"),
            ("APPLICATION/x-www-form-urlencoded; charset=utf-8", "a=b"),
            ("multipart/form-data; boundary=X", multipart),
            ("Multipart/Form-Data; BOUNDARY=\"X\"", multipart),
            ("", "a=b"),
        ] {
            assert_eq!(
                read(Some(content_type), body).unwrap().text("a"),
                Ok(Patch::Value("b".into())),
                "{content_type}"
            );
        }
    }

    #[test]
    fn an_unsupported_content_type_is_415() {
        for content_type in [
            "text/plain",
            "application/xml",
            "application/json; charset=latin1",
            "application/x-www-form-urlencoded; charset=utf-16",
            "application/+jsonx",
            "text/x+json",
            "multipart/mixed; boundary=X",
            "é",
            "*/*",
        ] {
            let error = read(Some(content_type), "{}").unwrap_err();
            assert_eq!(error.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "{content_type}");
        }
        let hostile = format!("text/<script>\"{}", "x".repeat(10_000));
        let error = read(Some(&hostile), "{}").unwrap_err().to_string();
        assert!(error.starts_with("\"text/scriptxxx") && error.len() < 300, "{error}");
    }

    #[test]
    fn a_compressed_body_is_415() {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        let error = parse(&headers, Bytes::from_static(b"\x1f\x8b")).now_or_never().unwrap().unwrap_err();
        assert_eq!(error, BodyError::UnsupportedMediaType("Content-Encoding: gzip".into()));
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("Identity"));
        assert!(parse(&headers, Bytes::from_static(b"{}")).now_or_never().unwrap().is_ok());
    }

    #[test]
    fn an_empty_body_has_no_fields_whatever_its_type() {
        for content_type in [None, Some("application/json"), Some("multipart/form-data"), Some("image/png")] {
            assert!(read(content_type, "").unwrap().is_empty());
        }
    }

    #[test]
    fn without_a_type_json_is_tried_first() {
        assert_eq!(read(None, r#" {"a": 1}"#).unwrap().integer("a"), Ok(Patch::Value(1)));
        assert_eq!(read(None, "a=1").unwrap().integer("a"), Ok(Patch::Value(1)));
        assert!(read(None, "null").unwrap().is_empty());
        assert!(read(None, "10").unwrap().contains("10"));
        for broken in [r#"{"a": "#, "\u{feff}{\"a\": ", "\u{feff} [1"] {
            assert!(matches!(read(None, broken).unwrap_err(), BodyError::Json { line: 1, .. }), "{broken}");
        }
        assert_eq!(read(None, "[1]").unwrap_err(), BodyError::NotAnObject);
    }

    #[test]
    fn json_errors_have_a_reason_and_a_position() {
        let error = read(Some("application/json"), "{\"a\":\n 1,}").unwrap_err();
        assert_eq!(error.status(), StatusCode::BAD_REQUEST);
        assert_eq!(error.to_string(), "the JSON cannot be read at line 2, column 4: trailing comma");
        assert_eq!(BodyError::TooLarge.status(), StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(BodyError::TimedOut.status(), StatusCode::REQUEST_TIMEOUT);
    }

    proptest! {
        #[test]
        fn parsing_never_panics(content_type in "[ -~]{0,60}", body in ".{0,100}") {
            let _ = read(Some(&content_type), &body);
            let _ = read(None, &body);
        }
    }
}
