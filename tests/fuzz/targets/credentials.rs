//! The value of an `Authorization` header; of several, with line breaks between them.

use super::{CANARY, is_fit_to_be_shown};
use accountd::accounts::Credential;
use accountd::http::credentials::{AuthorizationHeader, authorization_in};
use base64::{Engine, prelude::BASE64_STANDARD};
use hyper::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use std::net::{IpAddr, Ipv4Addr};

const FROM: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

pub fn check(input: &[u8]) {
    let mut headers = HeaderMap::new();
    for line in input.split(|byte| *byte == b'\n') {
        let Ok(value) = HeaderValue::from_bytes(line) else { return };
        headers.append(AUTHORIZATION, value);
    }
    match authorization_in(&headers, FROM) {
        Err(unreadable) => is_fit_to_be_shown(&unreadable.to_string()),
        Ok(found) => {
            let found = found.expect("there is a header");
            assert_eq!(headers.get_all(AUTHORIZATION).iter().count(), 1, "one of several was chosen");
            let (scheme, written) = plain(&found);
            assert!(written.0.contains(CANARY) || !format!("{found:?}").contains(CANARY), "Debug shows the secret");
            // What was read, written in the plain way and with another scheme's case, is read the same.
            for scheme in [scheme.to_owned(), scheme.to_uppercase()] {
                let value = HeaderValue::from_str(&format!("{scheme} {}", encoded(&found))).unwrap();
                let again = authorization_in(&HeaderMap::from_iter([(AUTHORIZATION, value)]), FROM);
                assert_eq!(plain(&again.unwrap().unwrap()).1, written);
            }
        }
    }
}

/// Reads it once, and no more.
pub fn cost(input: &[u8]) {
    let value = HeaderValue::from_bytes(input);
    drop(value.map(|value| authorization_in(&HeaderMap::from_iter([(AUTHORIZATION, value)]), FROM)));
}

fn plain(found: &AuthorizationHeader) -> (&'static str, (String, String)) {
    match found {
        AuthorizationHeader::Basic(Credential::Login { login, secret, .. }) => {
            // RFC 7617: the first colon ends the name.
            assert!(!login.contains(':'), "{login:?}");
            ("basic", (login.clone(), secret.expose().to_owned()))
        }
        AuthorizationHeader::Bearer(Credential::Token(token)) => {
            let text = token.expose();
            assert!((8..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()));
            ("bearer", (String::new(), text.to_owned()))
        }
        other => panic!("neither a login by Basic nor a token by Bearer: {other:?}"),
    }
}

fn encoded(found: &AuthorizationHeader) -> String {
    match plain(found) {
        ("basic", (login, secret)) => BASE64_STANDARD.encode(format!("{login}:{secret}")),
        (_, (_, token)) => token,
    }
}
