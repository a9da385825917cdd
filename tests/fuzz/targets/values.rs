//! The values of an account: an accepted text is accepted again and means the same.

use accountd::domain::{EmailAddress, PasswordHash, Scopes, SingleLineText, Token, TokenHash, Username, WebUrl};
use std::fmt::Debug;

pub fn check(input: &[u8]) {
    let text = &*String::from_utf8_lossy(input);
    if let Ok(name) = Username::parse(text) {
        assert!(
            name.as_str() == text
                && Username::parse(&text.to_uppercase()).is_ok_and(|upper| name.matches(upper.as_str()))
        );
        // It needs no encoding in a path and does not change the path.
        assert!(url::Url::parse(&format!("http://h/{text}/x")).unwrap().path() == format!("/{text}/x"), "{text:?}");
    }
    if let Ok(address) = EmailAddress::parse(text) {
        assert_eq!(address.as_str(), text);
        assert!(text.is_ascii() && text.len() <= 254 && text.bytes().all(|byte| byte.is_ascii_graphic()), "{text:?}");
        assert!(
            text.matches('@').count() == 1 && !text.contains(['<', '>', ',', ';', '"', '\\', '(', ')']),
            "{text:?}"
        );
        assert!(EmailAddress::parse(&text.to_uppercase()).is_ok_and(|upper| address.matches(upper.as_str())));
    }
    if let Ok(website) = WebUrl::parse(text) {
        assert_round_trip(website.as_str(), &website, |text| WebUrl::parse(text).ok());
        let url = url::Url::parse(website.as_str());
        assert!(website.as_str().is_empty() || ["http", "https"].contains(&url.unwrap().scheme()), "{text:?}");
        assert!(!website.as_str().contains(['"', '<', '>', '\\', ' ', '\n', '\t']), "{text:?}");
    }
    if let Ok(line) = SingleLineText::parse(text) {
        assert!(line.as_str() == text && text.chars().count() <= 255 && !text.chars().any(char::is_control));
    }
    if let Ok(title) = SingleLineText::required(text) {
        assert!(title.as_str() == text && !text.trim().is_empty());
    }
    if let Ok(token) = Token::parse(text) {
        assert!(token.expose() == text && token.hash().to_hex().len() == 64);
        assert!(!format!("{token:?}").contains(text));
    }
    if let Ok(hash) = TokenHash::parse_hex(text) {
        assert_eq!(hash.to_hex(), text.to_ascii_lowercase());
    }
    if let Ok(hash) = PasswordHash::parse(text) {
        assert_eq!(hash.expose(), text);
        assert!(!format!("{hash:?}").contains(text));
    }
    if let Ok(scopes) = Scopes::parse(text.split(' ')) {
        let printed = scopes.to_string();
        assert_round_trip(&printed, &scopes, |text| Scopes::parse(text.split(' ')).ok());
    }
}

#[track_caller]
fn assert_round_trip<T: PartialEq + Debug>(printed: &str, value: &T, parse: impl FnOnce(&str) -> Option<T>) {
    assert_eq!(parse(printed).as_ref(), Some(value), "{printed:?}");
}
