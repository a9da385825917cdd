//! Tokens: the secret, which is shown once, and the hash, which is stored.

use super::Problem;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

const MIN_LENGTH: usize = 8;
const MAX_LENGTH: usize = 255;

/// The prefix of a token. It tells secret scanners, and people who find one in a log, what kind of token it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenPrefix {
    /// `acd_`: a session or personal token.
    Own,
    /// `glpat-`, the prefix that GitLab's clients know (`doc/security/tokens/_index.md`, "Token prefixes").
    Gitlab,
    /// `acs_`: an application's client secret.
    ClientSecret,
    /// `acc_`: an authorization code.
    Code,
    /// `acr_`: a refresh token.
    Refresh,
    /// `acw_`: the cookie of a signed-in browser.
    WebSession,
    /// `acf_`: the cookie that protects the sign-in form.
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
    /// Generates a token: the prefix and 256 random bits in URL-safe base64.
    ///
    /// # Errors
    /// The operating system provides no randomness.
    pub fn generate(prefix: TokenPrefix) -> Result<Self, getrandom::Error> {
        let mut bits = Zeroizing::new([0u8; 32]);
        getrandom::fill(bits.as_mut())?;
        let text = BASE64_URL_SAFE_NO_PAD.encode(bits.as_ref());
        Ok(Self(Zeroizing::new(format!("{}{text}", prefix.as_str()))))
    }

    /// Parses a token that a client presents or an archive contains: 8 to 255 visible ASCII characters.
    ///
    /// # Errors
    /// `TooShort`, `TooLong` or `Malformed`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        if text.len() < MIN_LENGTH {
            Err(Problem::TooShort(MIN_LENGTH))
        } else if text.len() > MAX_LENGTH {
            Err(Problem::TooLong(MAX_LENGTH))
        } else if !text.bytes().all(|b| b.is_ascii_graphic()) {
            Err(Problem::Malformed("can contain only visible ASCII characters"))
        } else {
            Ok(Self(Zeroizing::new(text.to_owned())))
        }
    }

    /// Joins parts of other tokens.
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

/// The SHA-256 of a token. A token has 256 random bits, so a slow, salted hash would add nothing.
#[derive(Clone, Copy, Eq)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Hashes a token or a part of one.
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

impl PartialEq for TokenHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl std::hash::Hash for TokenHash {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl std::fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

/// The origin of a token, which decides when it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// Created by its owner or by an administrator; ends when it expires or is revoked.
    Personal,
    /// Created by an administrator to act as the user; ends like a personal one.
    Impersonation,
    /// Created by signing in with a password; a new password ends it.
    Session,
    /// Issued to an application; ends with the user's grant.
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

    /// Parses a kind that the database holds.
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
    fn hex_can_be_parsed() {
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
