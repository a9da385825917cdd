//! Where a browser goes after it has signed in: never to another site.

use crate::http::input::Fields;
use url::Url;

const LONGEST: usize = 8192;

/// A path of this server, with its query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnTo(String);

impl ReturnTo {
    pub const NAME: &'static str = "return_to";

    /// What a query or a form says; the page of applications if that is nothing, or no path of this server.
    pub fn of(fields: &Fields) -> Self {
        let given = fields.text(Self::NAME).ok().and_then(|given| given.value());
        given.and_then(|text| Self::parse(&text)).unwrap_or_else(|| Self("/account/applications".into()))
    }

    /// A path that a browser, too, takes for one: it drops tabs and line breaks, and reads `//` and `\` as the start of
    /// a host. In a query `\` is a character like any other, which browsers send as it is.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.len() <= LONGEST && text.bytes().all(|byte| byte.is_ascii_graphic());
        let path = text.split(['?', '#']).next().unwrap_or_default();
        if !plain || path.contains('\\') || !text.starts_with('/') || text.starts_with("//") {
            return None;
        }
        // What browsers do, from their own standard.
        let here = Url::parse("http://localhost").ok()?;
        let there = here.join(text).ok()?;
        (there.origin() == here.origin()).then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_this_server_are_taken() {
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

    /// OWASP's Unvalidated Redirects cheat sheet, and what browsers forgive (URL standard, section 4.4).
    #[test]
    fn the_tricks_of_open_redirects_are_not() {
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
        assert!(ReturnTo::parse(&format!("/{}", "x".repeat(LONGEST - 1))).is_some());
        assert!(ReturnTo::parse(&format!("/{}", "x".repeat(LONGEST))).is_none());
    }
}
