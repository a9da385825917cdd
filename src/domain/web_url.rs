//! Web addresses that people put into their profile.

use super::{Problem, SingleLineText};

/// An `http` or `https` URL of at most 255 characters, or nothing. Kept as it was written.
///
/// Other schemes are refused because pages print it as a link (`javascript:` would run there).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebUrl(String);

impl WebUrl {
    /// # Errors
    /// `TooLong`, or `Malformed` for anything but an absolute http or https URL with a host.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        const WRONG: Problem = Problem::Malformed("must be an http or https URL");
        if text.is_empty() {
            return Ok(Self::default());
        }
        SingleLineText::parse(text)?;
        let parsed = url::Url::parse(text).map_err(|_| WRONG)?;
        let web = matches!(parsed.scheme(), "http" | "https") && parsed.has_host();
        // The parser forgives white space and backslashes that a browser or a page might read in another way.
        let plain = !text.chars().any(|c| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '\\'));
        if web && plain { Ok(Self(text.to_owned())) } else { Err(WRONG) }
    }

    /// A URL that the database holds.
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_web_urls_and_nothing() {
        for good in ["", "https://docker.io/", "http://janedoe.com/", "https://x.example/?a=b&c=d#e"] {
            assert_eq!(WebUrl::parse(good).unwrap().as_str(), good);
        }
    }

    #[test]
    fn refuses_the_rest() {
        for bad in [
            "javascript:alert(1)",
            "x",
            "//host/",
            "ftp://a/",
            "http://",
            "https://a b/",
            "http:\\\\a",
            "http://a/\"",
            "http://a/\n",
        ] {
            assert!(WebUrl::parse(bad).is_err(), "{bad:?}");
        }
    }
}
