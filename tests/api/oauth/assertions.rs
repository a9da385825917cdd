//! Checks of responses and of stored bytes.

use super::Application;
use crate::harness::{Response, Server};

/// A redirect to the application, taken apart.
#[derive(Debug)]
pub struct Redirect {
    /// The URI without its query.
    pub uri: String,
    pub parameters: Vec<(String, String)>,
}

impl Redirect {
    /// Parses a redirect with this status. It must not be cached, send a referrer or have a fragment.
    #[track_caller]
    pub fn of(answer: &Response, status: u16) -> Self {
        assert_eq!(answer.status, status, "{answer:?}");
        assert_eq!(answer.body, "");
        assert_eq!(answer.all("cache-control"), ["no-store"]);
        assert_eq!(answer.all("referrer-policy"), ["no-referrer"]);
        let [location] = answer.all("location")[..] else { panic!("{answer:?}") };
        assert!(location.is_ascii() && !location.contains('#'), "{location}");
        let (uri, query) = location.split_once('?').unwrap_or((location, ""));
        let parameters = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Self { uri: uri.to_owned(), parameters }
    }

    pub fn names(&self) -> Vec<&str> {
        self.parameters.iter().map(|(name, _)| name.as_str()).collect()
    }

    #[track_caller]
    pub fn get(&self, name: &str) -> &str {
        let found: Vec<_> = self.parameters.iter().filter(|(known, _)| known == name).collect();
        let [(_, value)] = found[..] else { panic!("{name}: {self:?}") };
        value
    }
}

/// Checks that the response redirects to the application with this error of RFC 6749 section 4.1.2.1 and without a
/// code.
#[track_caller]
pub fn assert_error_redirect(server: &Server, answer: &Response, app: Application, error: &str) -> Redirect {
    let redirect = Redirect::of(answer, 302);
    assert_eq!(redirect.uri, app.uri);
    assert_eq!(redirect.get("error"), error, "{redirect:?}");
    assert_eq!(redirect.get("iss"), server.url());
    assert!(!redirect.names().contains(&"code"), "{redirect:?}");
    assert_error_description(redirect.get("error_description"));
    redirect
}

/// Checks the characters of an error description, which RFC 6749 sections 4.1.2.1 and 5.2 limit to
/// `%x20-21 / %x23-5B / %x5D-7E`.
#[track_caller]
fn assert_error_description(text: &str) {
    let allowed = |byte: u8| (0x20..=0x7e).contains(&byte) && byte != b'"' && byte != b'\\';
    assert!(!text.is_empty() && text.bytes().all(allowed), "{text:?}");
}

/// Checks that the response is a page that does not redirect and repeats none of these texts.
#[track_caller]
pub fn assert_error_page(answer: &Response, repeats: &[&str]) {
    assert_eq!(answer.status, 400, "{answer:?}");
    assert_eq!(answer.header("location"), None);
    assert_eq!(answer.header("refresh"), None);
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(answer.body.contains("This link does not work") && !answer.body.contains("http-equiv"), "{}", answer.body);
    for text in repeats {
        assert!(!answer.body.contains(text), "{text}: {}", answer.body);
    }
}

/// Checks an error response of RFC 6749 section 5.2 and returns its description.
#[track_caller]
pub fn assert_error(answer: &Response, status: u16, error: &str) -> String {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.names(), ["error", "error_description"], "{answer:?}");
    let body = answer.json();
    assert_eq!(body["error"], error, "{answer:?}");
    let description = body["error_description"].as_str().unwrap();
    assert_error_description(description);
    assert_not_cached(answer);
    assert_eq!(answer.header("www-authenticate").is_some(), status == 401, "{answer:?}");
    description.to_owned()
}

/// Checks the headers that RFC 6749 section 5.1 requires.
#[track_caller]
pub fn assert_not_cached(answer: &Response) {
    assert_eq!(answer.all("cache-control"), ["no-store"], "{answer:?}");
    assert_eq!(answer.all("pragma"), ["no-cache"], "{answer:?}");
    assert_eq!(answer.all("content-type"), ["application/json"], "{answer:?}");
}

/// Checks that the secret does not occur in the bytes.
#[track_caller]
pub fn assert_absent(secret: &str, bytes: &[u8]) {
    assert!(secret.len() >= 8 && !bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
}
