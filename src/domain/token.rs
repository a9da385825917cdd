//! Tokens: the secret that is shown once, and the hash that is stored.

use super::Problem;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

const SHORTEST: usize = 8;
const LONGEST: usize = 255;

/// Tells secret scanners, and a person who finds one in a log, what kind of token it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenPrefix {
    /// `acd_`
    Own,
    /// `glpat-`, by which GitLab's clients know a token (`doc/security/tokens/_index.md`, "Token prefixes").
    Gitlab,
    /// `acs_`, of an application's client secret.
    ClientSecret,
    /// `acc_`, of an authorization code.
    Code,
    /// `acr_`
    Refresh,
    /// `acw_`, of the cookie of a browser that signed in.
    WebSession,
    /// `acf_`, of the cookie of a browser that is about to.
    WebForm,
}

impl TokenPrefix {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Own => "acd_",
            Self::Gitlab => "glpat-",
            Self::ClientSecret => "acs_",
            Self::Code => "acc_",
            Self::Refresh => "acr_",
            Self::WebSession => "acw_",
            Self::WebForm => "acf_",
        }
    }
}

/// A token in the clear.
#[derive(Clone)]
pub struct Token(Zeroizing<String>);

impl Token {
    /// A new token: the prefix and 256 random bits in URL-safe base64.
    ///
    /// # Errors
    /// The operating system has no randomness to give.
    pub fn generate(prefix: TokenPrefix) -> Result<Self, getrandom::Error> {
        let mut bits = Zeroizing::new([0u8; 32]);
        getrandom::fill(bits.as_mut())?;
        let text = BASE64_URL_SAFE_NO_PAD.encode(bits.as_ref());
        Ok(Self(Zeroizing::new(format!("{}{text}", prefix.as_str()))))
    }

    /// A token that somebody presents or a fixture gives: 8 to 255 visible ASCII characters.
    ///
    /// # Errors
    /// `TooShort`, `TooLong` or `Malformed`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        if text.len() < SHORTEST {
            Err(Problem::TooShort(SHORTEST))
        } else if text.len() > LONGEST {
            Err(Problem::TooLong(LONGEST))
        } else if !text.bytes().all(|b| b.is_ascii_graphic()) {
            Err(Problem::Malformed("can contain only visible ASCII characters"))
        } else {
            Ok(Self(Zeroizing::new(text.to_owned())))
        }
    }

    /// One that is made of parts of others.
    pub(super) fn assembled(parts: &[&str]) -> Self {
        Self(Zeroizing::new(parts.concat()))
    }

    pub fn expose(&self) -> &str {
        &self.0
    }

    pub fn hash(&self) -> TokenHash {
        TokenHash::of(&self.0)
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// The SHA-256 of a token. A token has 256 bits of its own, so that a slow, salted hash would add nothing.
#[derive(Clone, Copy, Eq)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Of a token, or of a part of one.
    pub(super) fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// # Errors
    /// `Malformed` for anything but 64 hexadecimal digits.
    pub fn parse_hex(text: &str) -> Result<Self, Problem> {
        const WRONG: Problem = Problem::Malformed("must be a SHA-256 as 64 hexadecimal digits");
        if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(WRONG);
        }
        let mut bytes = [0u8; 32];
        for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| WRONG)?;
        }
        Ok(Self(bytes))
    }

    /// 64 lower-case hexadecimal digits.
    pub fn to_hex(self) -> String {
        use std::fmt::Write;
        self.0.iter().fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}"); // writing to a String cannot fail
            hex
        })
    }
}

impl std::hash::Hash for TokenHash {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl PartialEq for TokenHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl std::fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

/// How a token came to be, which decides when it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// Made by its owner or the operator; ends when it is revoked or expires.
    Personal,
    /// Made by an administrator for another; ends like a personal one.
    Impersonation,
    /// Made by signing in with a password; a new password ends it.
    Session,
    /// What a user allowed an application; ends with that.
    Oauth,
}

impl TokenKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Personal => "personal",
            Self::Impersonation => "impersonation",
            Self::Session => "session",
            Self::Oauth => "oauth",
        }
    }

    /// A kind that the database holds.
    pub(crate) fn stored(name: &str) -> Option<Self> {
        [Self::Personal, Self::Impersonation, Self::Session, Self::Oauth].into_iter().find(|kind| kind.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_token_has_the_prefix_and_256_bits() {
        let token = Token::generate(TokenPrefix::Own).unwrap();
        let bits = token.expose().strip_prefix("acd_").unwrap();
        assert_eq!(BASE64_URL_SAFE_NO_PAD.decode(bits).unwrap().len(), 32);
        assert_ne!(Token::generate(TokenPrefix::Own).unwrap().expose(), token.expose());
        assert_eq!(format!("{token:?} {:?}", token.hash()), "Token(…) TokenHash(…)");
    }

    #[test]
    fn hex_goes_both_ways() {
        // FIPS 180-2, appendix B.1: the digest of "abc".
        let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let hash = TokenHash::from_bytes(Sha256::digest("abc").into());
        assert_eq!(hash.to_hex(), hex);
        assert!(TokenHash::parse_hex(hex).unwrap() == hash);
        assert!(TokenHash::parse_hex(&hex[1..]).is_err() && TokenHash::parse_hex(&"g".repeat(64)).is_err());
        assert!(TokenHash::parse_hex(&"é".repeat(32)).is_err());
    }

    #[test]
    fn a_presented_token_is_visible_ascii() {
        for bad in ["", "short", "has a space", "tab\tbed\t\t", "ünïcödé!", &"x".repeat(256)] {
            assert!(Token::parse(bad).is_err(), "{bad:?}");
        }
    }
}
