//! Tokens: the secret, which is shown once, and the hash, which is stored.

use super::{NoRandomness, Problem, Random};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

const MIN_LENGTH: usize = 8;
const MAX_LENGTH: usize = 255;

/// The prefix of a token. It tells secret scanners, and people who find one in a log, what kind of token it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(const_into_str)]
pub enum TokenPrefix {
    /// A session or personal token.
    #[strum(serialize = "acd_")]
    Own,
    /// The prefix that GitLab's clients know (`doc/security/tokens/_index.md`, "Token prefixes").
    #[strum(serialize = "glpat-")]
    Gitlab,
    /// An application's client secret.
    #[strum(serialize = "acs_")]
    ClientSecret,
    /// An authorization code.
    #[strum(serialize = "acc_")]
    Code,
    /// A refresh token.
    #[strum(serialize = "acr_")]
    Refresh,
    /// The secret in a link that sets a password.
    #[strum(serialize = "acl_")]
    PasswordLink,
    /// The cookie of a signed-in browser.
    #[strum(serialize = "acw_")]
    WebSession,
    /// The cookie that protects the sign-in form.
    #[strum(serialize = "acf_")]
    WebForm,
}

/// A token in plain text.
#[derive(Clone, derive_more::Debug)]
#[debug("Token(…)")]
pub struct Token(Zeroizing<String>);

impl Token {
    /// Generates a token: the prefix and 256 random bits in URL-safe base64.
    ///
    /// # Errors
    /// The operating system provides no randomness.
    pub fn generate(prefix: TokenPrefix, random: &Random) -> Result<Self, NoRandomness> {
        let mut bits = Zeroizing::new([0u8; 32]);
        random.fill(bits.as_mut())?;
        let text = BASE64_URL_SAFE_NO_PAD.encode(bits.as_ref());
        Ok(Self(Zeroizing::new(format!("{}{text}", prefix.into_str()))))
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

/// The SHA-256 of a token. A token has 256 random bits, so a slow, salted hash would add nothing.
#[derive(Clone, Copy, Eq, Hash, derive_more::Debug)]
#[allow(clippy::derived_hash_with_manual_eq, reason = "equality differs from the derived one only in its time")]
#[debug("TokenHash(…)")]
pub struct TokenHash([u8; 32]);

hash_value!(TokenHash, 32);

impl TokenHash {
    /// Hashes a token or a part of one.
    pub(super) fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// # Errors
    /// `Malformed` for anything but 64 hexadecimal digits.
    pub fn parse_hex(text: &str) -> Result<Self, Problem> {
        let bytes = hex::FromHex::from_hex(text);
        bytes.map(Self).map_err(|_| Problem::Malformed("must be a SHA-256 as 64 hexadecimal digits"))
    }

    /// 64 lower-case hexadecimal digits.
    pub fn to_hex(self) -> String {
        hex::encode(self.0)
    }
}

impl PartialEq for TokenHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

/// The origin of a token, which decides when it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
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
        self.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_token_has_the_prefix_and_256_bits() {
        let token = Token::generate(TokenPrefix::Own, &Random::SYSTEM).unwrap();
        let bits = token.expose().strip_prefix("acd_").unwrap();
        assert_eq!(BASE64_URL_SAFE_NO_PAD.decode(bits).unwrap().len(), 32);
        assert_ne!(Token::generate(TokenPrefix::Own, &Random::SYSTEM).unwrap().expose(), token.expose());
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
