//! Parses the JSON of an archive. serde's messages are about Rust types; these are about the file's format.

use super::{Archive, ArchiveError};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

impl Archive {
    /// # Errors
    /// `Json`, with path, line and column.
    pub fn parse(text: &[u8]) -> Result<Self, ArchiveError> {
        if text.starts_with(b"\xff\xfe") || text.starts_with(b"\xfe\xff") {
            let message = "the file is UTF-16: save it as UTF-8".into();
            return Err(ArchiveError::Json { message, line: 1, column: 1, unknown_key: false });
        }
        // Some editors start a file with a byte order mark.
        let mut json = serde_json::Deserializer::from_slice(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text));
        let archive: Object<Self> = serde_path_to_error::deserialize(&mut json)
            .map_err(|error| unreadable(&error.path().to_string(), error.inner()))?;
        json.end().map_err(|error| unreadable(".", &error))?;
        Ok(archive.0)
    }
}

/// For fields: a list of JSON objects.
pub(super) fn objects<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let objects = Vec::<Object<T>>::deserialize(deserializer)?;
    Ok(objects.into_iter().map(|object| object.0).collect())
}

/// A struct that is read from a JSON object only. serde's derive would also read one from an array, field by field.
struct Object<T>(T);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor<T>(PhantomData<T>);

        impl<'de, T: DeserializeOwned> Visitor<'de> for ObjectVisitor<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }

        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

fn unreadable(path: &str, error: &serde_json::Error) -> ArchiveError {
    ArchiveError::Json {
        message: message(path, error),
        line: error.line(),
        column: error.column(),
        unknown_key: error.is_data() && error.to_string().starts_with("unknown field"),
    }
}

/// `users[0].emails[0]: expected an object such as {"email": "jane@example.com"}, not a string, at line 3 column 9`
fn message(path: &str, error: &serde_json::Error) -> String {
    let at = format!("at line {} column {}", error.line(), error.column());
    let text = error.to_string();
    let text = text.strip_suffix(&at).unwrap_or(&text).trim_end();
    if !error.is_data() {
        return format!("not valid JSON: {text} {at}");
    }
    let (path, problem) = problem(path, text);
    let path = if path == "." { String::new() } else { format!("{path}: ") };
    format!("{path}{problem}, {at}")
}

/// Restates a message of serde in terms of the format, with the path of the object or value that it is about. Values where
/// a string belongs are not repeated: they may be secrets.
fn problem<'a>(path: &'a str, text: &str) -> (&'a str, String) {
    let key_in = |prefix| text.strip_prefix(prefix)?.split_once('`').map(|(key, _)| key);
    if let Some((key, known)) = text.strip_prefix("unknown field `").and_then(|rest| rest.split_once("`, expected ")) {
        let object = path.rsplit_once('.').map_or(".", |(object, _)| object);
        let similar = similar(key, known).map(|known| format!(" (did you mean `{known}`?)")).unwrap_or_default();
        (object, format!("unknown key `{}`{similar}", key.escape_debug()))
    } else if let Some(key) = key_in("missing field `") {
        (path, format!("`{key}` is missing"))
    } else if let Some(key) = key_in("duplicate field `") {
        (path, format!("`{key}` is given twice"))
    } else if let Some((_, found)) = text.split_once(": ").filter(|(kind, _)| kind.starts_with("invalid "))
        && let Some((found, expected)) = found.rsplit_once(", expected ")
    {
        (path, format!("expected {}, not {}", expected_type(path, expected), found_type(found, expected)))
    } else {
        // The only type with a message of its own.
        (path, format!("expected {}", expected_type(path, "a time")))
    }
}

fn expected_type<'a>(path: &str, expected: &'a str) -> &'a str {
    let list = path.rsplit('.').next().and_then(|name| name.split('[').next()).unwrap_or_default();
    match (expected, list) {
        ("a string", _) => expected,
        ("a boolean", _) => "true or false",
        ("a sequence", _) => "an array",
        ("i64", _) => "a whole number of at most 64 bits",
        ("u8", _) => "a whole number up to 255",
        ("an object", "emails") => r#"an object such as {"email": "jane@example.com"}"#,
        ("an object", "keys") => r#"an object such as {"title": "laptop", "key": "ssh-ed25519 AAAA…"}"#,
        ("an object", "tokens") => r#"an object such as {"token": "…", "scopes": ["api"]}"#,
        ("an object", "custom_attributes") => r#"an object such as {"key": "team", "value": "storage"}"#,
        ("an object", "identities") => r#"an object such as {"provider": "ldap", "extern_uid": "uid=jane"}"#,
        ("an object", "users") => {
            r#"an object such as {"username": "jane", "emails": [{"email": "jane@example.com"}]}"#
        }
        ("an object", "applications") => {
            r#"an object such as {"name": "Wiki", "client_id": "wiki", "redirect_uris": ["https://wiki.example.com/"]}"#
        }
        ("an object", _) => r#"an object such as {"users": [], "applications": []}"#,
        _ => r#"a time such as "2014-02-12T17:58:01Z""#,
    }
}

fn found_type<'a>(found: &'a str, expected: &str) -> &'a str {
    let value = found.split_once('`').and_then(|(_, rest)| rest.split_once('`')).map(|(value, _)| value);
    match (found.split(' ').next().unwrap_or_default(), value) {
        ("string", _) => "a string",
        ("map", _) => "an object",
        ("sequence", _) => "an array",
        ("integer" | "floating", Some(_)) if expected == "a string" => "a number",
        (_, Some(value)) => value,
        _ => "null",
    }
}

/// The most similar of the keys that serde lists as `a`, `b`, if it is similar enough to be meant.
fn similar<'a>(key: &str, known: &'a str) -> Option<&'a str> {
    let known = known.split('`').skip(1).step_by(2).map(|known| (strsim::jaro(key, known), known));
    known.filter(|(similarity, _)| *similarity > 0.8).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str) -> String {
        Archive::parse(text.as_bytes()).map(drop).unwrap_err().to_string()
    }

    #[test]
    fn a_value_of_the_wrong_type_is_named_with_an_example() {
        let user = |more: &str| refused(&format!(r#"{{"users": [{{"username": "jane", {more}}}]}}"#));
        let emails = r#""emails": [{"email": "jane@example.com"}]"#;
        let object = r#"expected an object such as {"email": "jane@example.com"}"#;
        assert_eq!(
            user(r#""emails": ["jane@example.com"]"#),
            format!("users[0].emails[0]: {object}, not a string, at line 1 column 61")
        );
        for (value, not) in [(r#"["jane@example.com"]"#, "an array"), ("null", "null"), ("7", "7")] {
            let message = user(&format!(r#""emails": [{value}]"#));
            assert!(message.starts_with(&format!("users[0].emails[0]: {object}, not {not}, at line 1 ")), "{message}");
        }
        for (more, expected) in [
            (r#""emails": "x@y.example""#, "users[0].emails: expected an array, not a string"),
            (r#""password": 12345678"#, "users[0].password: expected a string, not a number"),
            (r#""name": {}"#, "users[0].name: expected a string, not an object"),
            (r#""admin": "yes, expected a no""#, "users[0].admin: expected true or false, not a string"),
            (r#""id": 1.5"#, "users[0].id: expected a whole number of at most 64 bits, not 1.5"),
            (r#""theme_id": 256"#, "users[0].theme_id: expected a whole number up to 255, not 256"),
            (r#""created_at": "yesterday""#, "users[0].created_at: expected a time such as \"2014-"),
            (r#""created_at": 7"#, "users[0].created_at: expected a time such as \"2014-"),
            (
                r#""tokens": [{"token": "secret", "scopes": "api"}]"#,
                "users[0].tokens[0].scopes: expected an array, not",
            ),
            (r#""keys": ["ssh-ed25519 AAAA"]"#, r#"users[0].keys[0]: expected an object such as {"title": "#),
        ] {
            let message = user(&format!("{more}, {emails}"));
            assert!(message.starts_with(expected), "{message}");
        }
        assert!(
            refused("[]").starts_with(r#"expected an object such as {"users": [], "applications": []}, not an array"#)
        );
    }

    #[test]
    fn an_unknown_key_comes_with_the_one_that_was_meant() {
        for (key, meant) in [
            ("pasword", Some("password")),
            ("emials", Some("emails")),
            ("mail", Some("emails")),
            ("is_admin", None),
            ("userName", Some("username")),
            ("comment", None),
            ("xyzzy", None),
        ] {
            let message = refused(&format!("{{\"users\": [\n{{\"{key}\": 1}}]}}"));
            let meant = meant.map(|meant| format!(" (did you mean `{meant}`?)")).unwrap_or_default();
            let expected = format!("users[0]: unknown key `{key}`{meant}, at line 2 column ");
            assert!(message.starts_with(&expected), "{message}");
        }
        assert!(refused(r#"{"user": []}"#).starts_with("unknown key `user` (did you mean `users`?), at line 1"));
        assert!(refused(r#"{"users": [{"\u001b": 1}]}"#).contains(r"unknown key `\u{1b}`"));
    }

    #[test]
    fn a_missing_or_repeated_key_is_named() {
        assert!(refused(r#"{"users": [{}]}"#).starts_with("users[0]: `username` is missing, at line 1"));
        let twice = r#"{"users": [{"username": "a", "username": "b"}]}"#;
        assert!(refused(twice).starts_with("users[0]: `username` is given twice, at line 1"), "{}", refused(twice));
    }

    #[test]
    fn a_byte_order_mark_is_skipped_and_utf_16_is_named() {
        assert!(Archive::parse(b"\xef\xbb\xbf{}").is_ok());
        assert_eq!(Archive::parse(b"\xff\xfe{\0}\0").unwrap_err().to_string(), "the file is UTF-16: save it as UTF-8");
        assert_eq!(refused("{} {}"), "not valid JSON: trailing characters at line 1 column 4");
    }
}
