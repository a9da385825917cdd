//! `Authorization` headers. The input is one value per line.

use super::{CANARY, assert_safe_message};
use accountd::accounts::Credential;
use accountd::http::credentials::{AuthorizationHeader, authorization};
use base64::{Engine, prelude::BASE64_STANDARD};
use hyper::header::{AUTHORIZATION, HeaderMap, HeaderValue};

pub fn check(input: &[u8]) {
    let mut headers = HeaderMap::new();
    for line in input.split(|byte| *byte == b'\n') {
        let Ok(value) = HeaderValue::from_bytes(line) else { return };
        headers.append(AUTHORIZATION, value);
    }
    match authorization(&headers) {
        Err(error) => assert_safe_message(&error.to_string()),
        Ok(found) => {
            let found = found.expect("a header was sent");
            assert_eq!(headers.get_all(AUTHORIZATION).iter().count(), 1, "one of several headers was chosen");
            let (scheme, parts) = scheme_and_parts(&found);
            assert!(parts.0.contains(CANARY) || !format!("{found:?}").contains(CANARY), "Debug prints the secret");
            // Encoded again, also with the scheme in upper case, it is parsed to the same.
            for scheme in [scheme.to_owned(), scheme.to_uppercase()] {
                let value = HeaderValue::from_str(&format!("{scheme} {}", encoded(&found))).unwrap();
                let again = authorization(&HeaderMap::from_iter([(AUTHORIZATION, value)]));
                assert_eq!(scheme_and_parts(&again.unwrap().unwrap()).1, parts);
            }
        }
    }
}

/// Parses the header once, to measure the cost.
pub fn cost(input: &[u8]) {
    let value = HeaderValue::from_bytes(input);
    drop(value.map(|value| authorization(&HeaderMap::from_iter([(AUTHORIZATION, value)]))));
}

fn scheme_and_parts(found: &AuthorizationHeader) -> (&'static str, (String, String)) {
    match found {
        AuthorizationHeader::Basic(Credential::Login { login, secret }) => {
            // RFC 7617: the user id ends at the first colon.
            assert!(!login.contains(':'), "{login:?}");
            ("basic", (login.clone(), secret.expose().to_owned()))
        }
        AuthorizationHeader::Bearer(Credential::Token(token)) => {
            let text = token.expose();
            assert!((8..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()));
            ("bearer", (String::new(), text.to_owned()))
        }
        other => panic!("not a login in Basic or a token in Bearer: {other:?}"),
    }
}

fn encoded(found: &AuthorizationHeader) -> String {
    match scheme_and_parts(found) {
        ("basic", (login, secret)) => BASE64_STANDARD.encode(format!("{login}:{secret}")),
        (_, (_, token)) => token,
    }
}
