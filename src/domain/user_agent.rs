//! The `User-Agent` of a browser, as text that can be stored and shown.

/// The longest kept text, in characters.
const MAX_LENGTH: usize = 255;

/// Visible ASCII and blanks, at most 255 characters; may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserAgent(String);

impl UserAgent {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Keeps what is allowed of any text. It never fails, because a sign-in must not depend on it.
    pub fn sanitized(bytes: &[u8]) -> Self {
        let allowed = bytes.iter().filter(|byte| byte.is_ascii_graphic() || **byte == b' ');
        Self(allowed.take(MAX_LENGTH).map(|byte| char::from(*byte)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_visible_ascii_is_kept_and_not_too_much() {
        for (sent, kept) in [
            (&b"Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/128.0"[..], None),
            (b"a\tb\x1b[31m\xff\xc3\xa9", Some("ab[31m")),
            (b"", None),
        ] {
            let expected = kept.map_or_else(|| String::from_utf8(sent.to_vec()).unwrap(), str::to_owned);
            assert_eq!(UserAgent::sanitized(sent).as_str(), expected);
        }
        assert_eq!(UserAgent::sanitized(&[b'x'; 1000]).as_str().len(), MAX_LENGTH);
    }
}
