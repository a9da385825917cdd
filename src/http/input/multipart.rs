//! `multipart/form-data` (RFC 7578), as `curl -F` and browsers send it.
//!
//! A part with a file name is a field like any other, so the value of `curl -F key=@id.pub` is the text of the file.

use super::body::BodyError;
use super::fields::{Fields, MAX_FIELDS, Value};
use bytes::Bytes;
use futures_util::stream;
use multer::{Error, Multipart};
use std::convert::Infallible;

/// Parses a complete body, so this never waits for the network.
pub(super) async fn parse(content_type: &str, body: Bytes) -> Result<Fields, BodyError> {
    let boundary =
        multer::parse_boundary(content_type).map_err(|_| BodyError::Multipart("the Content-Type has no boundary"))?;
    let mut parts = Multipart::new(stream::iter([Ok::<_, Infallible>(body)]), boundary);
    let mut entries = Vec::new();
    while let Some(part) = parts.next_field().await.map_err(body_error)? {
        if entries.len() == MAX_FIELDS {
            return Err(BodyError::TooManyFields);
        }
        let name = part.name().ok_or(BodyError::Multipart("a part has no name"))?.to_owned();
        let value =
            String::from_utf8(part.bytes().await.map_err(body_error)?.into()).map_err(|_| BodyError::NotUtf8)?;
        entries.push((name, Value::Form(value)));
    }
    Ok(Fields::new(entries))
}

/// Our own texts, because multer's quote the request.
fn body_error(error: Error) -> BodyError {
    BodyError::Multipart(match error {
        Error::IncompleteStream | Error::IncompleteFieldData { .. } => "the last boundary is missing",
        Error::IncompleteHeaders => "the headers of a part are incomplete",
        Error::ReadHeaderFailed(_) | Error::DecodeHeaderName { .. } | Error::DecodeHeaderValue { .. } => {
            "the headers of a part cannot be read"
        }
        _ => "it cannot be read",
    })
}

#[cfg(test)]
mod tests {
    use super::super::fields::{FieldErrorKind, Patch};
    use super::*;
    use futures_util::FutureExt;
    use proptest::prelude::*;

    const TYPE: &str = "multipart/form-data; boundary=XX";

    fn read(body: impl Into<Vec<u8>>) -> Result<Fields, BodyError> {
        parse(TYPE, Bytes::from(body.into())).now_or_never().expect("a whole body needs no waiting")
    }

    fn part(headers: &str, value: &str) -> String {
        format!("--XX\r\nContent-Disposition: form-data; {headers}\r\n\r\n{value}\r\n")
    }

    #[test]
    fn each_part_is_a_field() {
        let key = "ssh-ed25519 AAAA jane@laptop\n";
        let body = part("name=\"title\"", "Señor's \"key\"")
            + &part("name=\"key\"; filename=\"id.pub\"\r\nContent-Type: application/octet-stream", key)
            + &part("name=\"empty\"", "")
            + &part("name=\"admin\"", "true")
            + "--XX--\r\n";
        let fields = read(body).unwrap();
        assert_eq!(fields.text("title"), Ok(Patch::Value("Señor's \"key\"".into())));
        assert_eq!(fields.text("key"), Ok(Patch::Value(key.into())));
        assert_eq!(fields.text("empty"), Ok(Patch::Value(String::new())));
        assert_eq!(fields.integer("empty"), Ok(Patch::Null));
        assert_eq!(fields.boolean("admin"), Ok(Patch::Value(true)));
    }

    #[test]
    fn a_repeated_name_is_an_error_only_when_it_is_read() {
        let body = part("name=\"a\"", "1") + &part("name=\"a\"", "2") + "--XX--";
        assert_eq!(read(body).unwrap().text("a").unwrap_err().kind, FieldErrorKind::Repeated);
    }

    #[test]
    fn a_body_without_parts_has_no_fields() {
        assert!(read("--XX--\r\n").unwrap().is_empty());
    }

    #[test]
    fn malformed_bodies_are_refused() {
        for body in [
            "a=1".to_owned(),
            "--YY--".to_owned(),
            "--XX".to_owned(),
            "--XX\r\n".to_owned(),
            part("name=\"a\"", "cut off"),
            "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n".to_owned(),
            "--XX\r\nContent-Disposition form-data\r\n\r\n1\r\n--XX--".to_owned(),
            part("filename=\"no name\"", "1") + "--XX--",
            "--XX\r\nX: y\r\n\r\n1\r\n--XX--".to_owned(),
        ] {
            assert!(matches!(read(body.clone()), Err(BodyError::Multipart(_))), "{body}");
        }
    }

    #[test]
    fn text_must_be_utf8() {
        let body = [part("name=\"a\"", "").trim_end().as_bytes(), b"\r\n\r\n\xff\r\n--XX--"].concat();
        assert_eq!(read(body).unwrap_err(), BodyError::NotUtf8);
    }

    #[test]
    fn a_missing_boundary_is_an_error() {
        for content_type in ["multipart/form-data", "multipart/form-data; boundary", "multipart/form-data; boundary=é"]
        {
            let read = parse(content_type, Bytes::from_static(b"--XX--")).now_or_never().unwrap();
            assert!(matches!(read, Err(BodyError::Multipart(_))), "{content_type}");
        }
        let quoted = "multipart/form-data; charset=utf-8; boundary=\"X X\"";
        assert!(parse(quoted, Bytes::from_static(b"--X X--")).now_or_never().unwrap().is_ok());
    }

    #[test]
    fn the_number_of_parts_is_bounded() {
        let many = |count| part("name=\"a\"", "1").repeat(count) + "--XX--";
        assert!(read(many(1_000)).is_ok());
        assert_eq!(read(many(1_001)).unwrap_err(), BodyError::TooManyFields);
    }

    proptest! {
        #[test]
        fn parsing_never_panics(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(body);
        }

        #[test]
        fn parsing_never_panics_on_nearly_valid_bodies(
            pieces in proptest::collection::vec(
                prop_oneof![
                    Just("--XX"), Just("--"), Just("\r\n"), Just("\r\n\r\n"), Just("\r\n--XX"),
                    Just("Content-Disposition: form-data; name=\"a\""), Just("name=\""), Just(";"),
                    Just("\\\""), Just("é"), Just("a"), Just(": "), Just("\r"), Just("="),
                    Just("Content-Type: text/plain"), Just("--XX--"),
                ],
                0..30,
            ),
        ) {
            let _ = read(pieces.concat());
        }

        #[test]
        fn a_value_is_decoded(value in "[^\r]{0,40}") {
            let body = part("name=\"key\"", &value) + "--XX--";
            prop_assert_eq!(read(body).unwrap().text("key"), Ok(Patch::Value(value)));
        }

        #[test]
        fn parsing_never_panics_on_a_content_type(content_type in ".{0,80}") {
            let _ = parse(&content_type, Bytes::from_static(b"--XX--")).now_or_never().unwrap();
        }
    }
}
