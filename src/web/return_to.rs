//! The page that a browser returns to after it has signed in. It is never on another site.

use super::field;
use crate::http::RequestContext;
use crate::http::input::Fields;
use url::Url;

/// In bytes.
const MAX_LENGTH: usize = 8192;

/// A path on this server, with its query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnTo(String);

impl ReturnTo {
    pub const NAME: &'static str = "return_to";

    /// The value in a query or a form. If it is missing or not a path on this server, the overview.
    pub fn of(fields: &Fields) -> Self {
        let text = field(fields, Self::NAME);
        text.and_then(|text| Self::parse(&text)).unwrap_or_else(|| Self("/account".into()))
    }

    /// The address of the request itself.
    pub fn of_request(request: &RequestContext) -> Option<Self> {
        match request.raw_query() {
            "" => Self::parse(request.path()),
            query => Self::parse(&format!("{}?{query}", request.path())),
        }
    }

    /// Accepts only paths that a browser also treats as paths: browsers drop tabs and line breaks, and read `//` and
    /// `\` at the start as the start of a host. In a query `\` is an ordinary character, which browsers send unchanged.
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain = text.len() <= MAX_LENGTH && text.bytes().all(|byte| byte.is_ascii_graphic());
        let path = text.split(['?', '#']).next().unwrap_or_default();
        if !is_plain || path.contains('\\') || !text.starts_with('/') || text.starts_with("//") {
            return None;
        }
        // Resolved as in the URL standard, which browsers follow.
        let base = Url::parse("http://localhost").ok()?;
        let resolved = base.join(text).ok()?;
        (resolved.origin() == base.origin()).then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_on_this_server_are_accepted() {
        for good in [
            "/",
            "/account/applications",
            "/oauth/authorize?client_id=a&redirect_uri=https%3A%2F%2Fmy.app%2Fcb&state=%22x%22",
            "/api/v1.1/o/authorize/?redirect_uri=https://my.app/cb",
            "/a//b",
            "/@evil.example",
            "/:80",
            "/?//evil.example",
            "/#//evil.example",
            "/oauth/authorize?client_id=a&state=a\\b",
            "/?\\\\evil.example",
            "/#/\\evil.example",
        ] {
            assert_eq!(ReturnTo::parse(good).unwrap().as_str(), good);
        }
    }

    /// From OWASP's Unvalidated Redirects cheat sheet, and from the malformed URLs that browsers repair (URL standard,
    /// section 4.4).
    #[test]
    fn open_redirects_are_refused() {
        for bad in [
            "",
            "account",
            "evil.example",
            "https://evil.example",
            "HTTPS://evil.example",
            "https:evil.example",
            "https:/evil.example",
            "//evil.example",
            "///evil.example",
            "////evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "\\\\evil.example",
            "/account\\@evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "/\r\n/evil.example",
            "\t//evil.example",
            " //evil.example",
            " /account",
            "/account\r\nLocation: https://evil.example",
            "/account\0",
            "/\u{7f}/evil.example",
            "/\u{2028}/evil.example",
            "/é",
            "／／evil.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "@evil.example",
            ".evil.example",
            "?x",
            "#x",
        ] {
            assert_eq!(ReturnTo::parse(bad), None, "{bad:?}");
        }
        assert!(ReturnTo::parse(&format!("/{}", "x".repeat(MAX_LENGTH - 1))).is_some());
        assert!(ReturnTo::parse(&format!("/{}", "x".repeat(MAX_LENGTH))).is_none());
    }
}
