//! Replaces credentials by `sha256:` and the first eight hexadecimal digits of their SHA-256. The same credential is
//! replaced by the same text everywhere, so a journal still shows where it was used.

use crate::http::input::form::decode_text;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::Value;
use sha2::{Digest, Sha256};

const PREFIX: &str = "sha256:";

/// Names of fields and headers that hold a credential, beside those that end or contain what [`is_secret`] looks for.
const SECRETS: &[&str] = &[
    "code",
    "code_verifier",
    "device_code",
    "user_code",
    "csrf",
    "assertion",
    "client_assertion",
    "api_key",
    "x_api_key",
];
/// Booleans about passwords.
const NOT_SECRETS: &[&str] = &["reset_password", "force_random_password"];

/// What a text that is a credential is replaced by. One that was replaced stays as it is, and so does an empty one.
pub fn mark(secret: &str) -> String {
    if secret.is_empty() || is_mark(secret) {
        return secret.to_owned();
    }
    format!("{PREFIX}{}", hex::encode(&Sha256::digest(secret)[..4]))
}

fn is_mark(text: &str) -> bool {
    let digits = text.strip_prefix(PREFIX);
    digits.is_some_and(|digits| digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn is_secret(name: &str) -> bool {
    let name = name.trim_end_matches("[]");
    let is = |known: &&str| name.len() == known.len() && is_at(name, 0, known);
    let holds = |word: &str| (0..name.len()).any(|at| is_at(name, at, word));
    let ends = name.len().checked_sub(5).is_some_and(|at| is_at(name, at, "token"));
    (ends || holds("password") || holds("secret") || SECRETS.iter().any(is)) && !NOT_SECRETS.iter().any(is)
}

/// Whether the text has this word at a place; a hyphen counts as an underscore.
fn is_at(text: &str, at: usize, word: &str) -> bool {
    let same = |(byte, other): (&u8, u8)| byte.to_ascii_lowercase() == other || (*byte == b'-' && other == b'_');
    text.as_bytes().get(at..at + word.len()).is_some_and(|part| part.iter().zip(word.bytes()).all(same))
}

/// A header. Of `Basic` the user name stays, and of cookies the names.
pub fn header(name: &str, value: &str) -> String {
    let is = |known: &str| name.eq_ignore_ascii_case(known);
    match name {
        _ if is("authorization") || is("proxy-authorization") => authorization(value),
        _ if is("cookie") => value.split(';').map(|pair| cookie(pair.trim())).collect::<Vec<_>>().join("; "),
        _ if is("set-cookie") => match value.split_once(';') {
            Some((pair, attributes)) => format!("{};{attributes}", cookie(pair)),
            None => cookie(value),
        },
        name if is_secret(name) => mark(value),
        _ => text(value),
    }
}

fn authorization(value: &str) -> String {
    let Some((scheme, rest)) = value.trim().split_once(' ') else { return mark(value) };
    let rest = rest.trim();
    if !scheme.eq_ignore_ascii_case("basic") {
        return format!("{scheme} {}", mark(rest));
    }
    // In a value that is replaced already, the name and the password are plain.
    let login = BASE64_STANDARD.decode(rest).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    match login.as_deref().unwrap_or(rest).split_once(':') {
        Some((name, password)) if login.is_some() || is_mark(password) => format!("{scheme} {name}:{}", mark(password)),
        _ => format!("{scheme} {}", mark(rest)),
    }
}

fn cookie(pair: &str) -> String {
    pair.split_once('=').map_or_else(|| mark(pair), |(name, value)| format!("{name}={}", mark(value)))
}

/// A field of a query, of a form or of JSON, with all that is inside.
pub fn field(name: &str, value: Value) -> Value {
    if is_secret(name) {
        return hidden(value);
    }
    match value {
        Value::String(value) => text(&value).into(),
        Value::Array(values) => values.into_iter().map(|value| field(name, value)).collect(),
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(name, value)| (name.clone(), field(&name, value))).collect())
        }
        other => other,
    }
}

fn hidden(value: Value) -> Value {
    match value {
        Value::String(text) => mark(&text).into(),
        Value::Number(number) => mark(&number.to_string()).into(),
        Value::Array(values) => values.into_iter().map(hidden).collect(),
        Value::Object(fields) => Value::Object(fields.into_iter().map(|(name, value)| (name, hidden(value))).collect()),
        plain @ (Value::Null | Value::Bool(_)) => plain,
    }
}

/// Any other text: the credentials in the queries of URLs, and private keys.
pub fn text(text: &str) -> String {
    if text.contains("PRIVATE KEY") || text.contains("Private-Lines") {
        return mark(text);
    }
    if !text.contains('=') {
        return text.to_owned();
    }
    let is_end = |c: char| c.is_whitespace() || "?&#;,<>\"'".contains(c);
    text.split_inclusive(is_end)
        .map(|piece| {
            let end = piece.chars().next_back().filter(|c| is_end(*c));
            let pair = &piece[..piece.len() - end.map_or(0, char::len_utf8)];
            let Some((name, value)) = pair.split_once('=') else { return piece.to_owned() };
            let decoded = decode_text(value);
            let value = match is_secret(&decode_text(name)) {
                true => mark(&decoded),
                // A URL in a parameter of another one.
                false if decoded != value && decoded.contains('=') => self::text(&decoded),
                false => value.to_owned(),
            };
            format!("{name}={value}{}", end.map(String::from).unwrap_or_default())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn headers_keep_all_but_the_credential() {
        let mark = mark("hunter2-hunter2");
        let basic = BASE64_STANDARD.encode("jane:hunter2-hunter2");
        for (name, value, redacted) in [
            ("Authorization", format!("Basic {basic}"), format!("Basic jane:{mark}")),
            ("authorization", "Bearer hunter2-hunter2".into(), format!("Bearer {mark}")),
            ("authorization", "hunter2-hunter2".into(), mark.clone()),
            ("PRIVATE-TOKEN", "hunter2-hunter2".into(), mark.clone()),
            ("cookie", "a=hunter2-hunter2; b=".into(), format!("a={mark}; b=")),
            ("set-cookie", "a=hunter2-hunter2; Path=/".into(), format!("a={mark}; Path=/")),
            ("location", "http://x/cb?state=s&code=hunter2-hunter2".into(), format!("http://x/cb?state=s&code={mark}")),
            ("location", "/in?to=%2Fa%3Fcode%3Dhunter2-hunter2".into(), format!("/in?to=/a?code={mark}")),
            (
                "link",
                "<http://x/?private_token=hunter2%2Dhunter2&page=2>; rel=\"next\"".into(),
                format!("<http://x/?private_token={mark}&page=2>; rel=\"next\""),
            ),
            ("accept", "*/*".into(), "*/*".into()),
        ] {
            let once = header(name, &value);
            assert_eq!(once, redacted);
            assert_eq!(header(name, &once), redacted, "a redacted value stays");
        }
    }

    #[test]
    fn fields_are_redacted_at_every_depth() {
        let secret = json!({"password": "hunter2-hunter2", "reset_password": "true", "user": {"Token": ["hunter2-hunter2"]},
            "secret": {"a": 17}, "key": "-----BEGIN PRIVATE KEY-----\nhunter2-hunter2", "code": null, "name": "Jane"});
        let redacted = field("", secret);
        assert!(!redacted.to_string().contains("hunter2") && !redacted.to_string().contains("17}"), "{redacted}");
        assert_eq!((&redacted["name"], &redacted["reset_password"]), (&json!("Jane"), &json!("true")));
        assert_eq!(redacted["password"], redacted["user"]["Token"][0]);
        assert_eq!(redacted["code"], Value::Null);
    }
}
