//! Web addresses in profiles.

use super::{Problem, SingleLineText};

/// An `http` or `https` URL of at most 255 characters, as the user wrote it, or an empty text.
///
/// Other schemes are refused because pages show the URL as a link, where `javascript:` would run.
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
        // The parser accepts white space and backslashes, which browsers and pages may interpret differently.
        let plain = !text.chars().any(|c| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '\\'));
        if web && plain { Ok(Self(text.to_owned())) } else { Err(WRONG) }
    }

    /// Rebuilds a URL that the database holds.
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
    fn accepts_web_urls_and_the_empty_text() {
        for good in ["", "https://docker.io/", "http://janedoe.com/", "https://x.example/?a=b&c=d#e"] {
            assert_eq!(WebUrl::parse(good).unwrap().as_str(), good);
        }
    }

    #[test]
    fn refuses_other_texts() {
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
