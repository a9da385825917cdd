//! `multipart/form-data` (RFC 7578), as `curl -F` and browsers send it.
//!
//! A part with a file name is a field like any other, so `curl -F key=@id.pub` gives the text of
//! the file.

use std::convert::Infallible;

use bytes::Bytes;
use futures_util::stream;
use multer::{Error, Multipart};

use super::body::BodyError;
use super::fields::{Fields, MAX_FIELDS, Value};

/// Reads a body that is already whole, so this never waits for the network.
pub(super) async fn parse(content_type: &str, body: Bytes) -> Result<Fields, BodyError> {
    let boundary =
        multer::parse_boundary(content_type).map_err(|_| BodyError::Multipart("the Content-Type has no boundary"))?;
    let mut parts = Multipart::new(stream::iter([Ok::<_, Infallible>(body)]), boundary);
    let mut entries = Vec::new();
    while let Some(part) = parts.next_field().await.map_err(why)? {
        if entries.len() == MAX_FIELDS {
            return Err(BodyError::TooManyFields);
        }
        let name = part.name().ok_or(BodyError::Multipart("a part has no name"))?.to_owned();
        let value = String::from_utf8(part.bytes().await.map_err(why)?.into()).map_err(|_| BodyError::NotUtf8)?;
        entries.push((name, Value::Form(value)));
    }
    Ok(Fields::new(entries))
}

/// Our own words: multer's quote what the caller sent.
fn why(error: Error) -> BodyError {
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
    use futures_util::FutureExt;
    use proptest::prelude::*;

    use super::super::fields::{FieldErrorKind, Patch};
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=XX";

    fn read(body: impl Into<Vec<u8>>) -> Result<Fields, BodyError> {
        parse(TYPE, Bytes::from(body.into())).now_or_never().expect("a whole body needs no waiting")
    }

    fn part(headers: &str, value: &str) -> String {
        format!("--XX\r\nContent-Disposition: form-data; {headers}\r\n\r\n{value}\r\n")
    }

    #[test]
    fn parts_are_fields() {
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
    fn a_repeated_name_is_wrong_where_it_is_asked_for() {
        let body = part("name=\"a\"", "1") + &part("name=\"a\"", "2") + "--XX--";
        assert_eq!(read(body).unwrap().text("a").unwrap_err().kind, FieldErrorKind::GivenTwice);
    }

    #[test]
    fn no_parts_are_no_fields() {
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
    fn the_boundary_is_needed() {
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
        fn nothing_makes_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(body);
        }

        #[test]
        fn nearly_multipart_does_not_either(
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
        fn a_value_is_read_back(value in "[^\r]{0,40}") {
            let body = part("name=\"key\"", &value) + "--XX--";
            prop_assert_eq!(read(body).unwrap().text("key"), Ok(Patch::Value(value)));
        }

        #[test]
        fn any_content_type_will_do(content_type in ".{0,80}") {
            let _ = parse(&content_type, Bytes::from_static(b"--XX--")).now_or_never().unwrap();
        }
    }
}
