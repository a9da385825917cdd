//! Refresh tokens, which carry the family that they belong to.

use super::{NoRandomness, Problem, Random, Token, TokenHash, TokenPrefix};

/// `acr_`, the family, a dot, and a part of its own; 256 random bits each. A token that replaces another keeps the
/// family.
///
/// One row for a family is therefore enough to tell a reused token from one that never existed (RFC 9700 section
/// 4.14.2), however often the token was replaced.
#[derive(Clone, Debug, derive_more::Deref)]
pub struct RefreshToken(Token);

impl RefreshToken {
    /// Generates the first token of a new family.
    ///
    /// # Errors
    /// The operating system provides no randomness.
    pub fn generate(random: &Random) -> Result<Self, NoRandomness> {
        let family = Token::generate(TokenPrefix::Refresh, random)?;
        Self::in_family(family.expose(), random)
    }

    /// Generates the token that replaces this one.
    ///
    /// # Errors
    /// As [`RefreshToken::generate`].
    pub fn next(&self, random: &Random) -> Result<Self, NoRandomness> {
        Self::in_family(self.parts().0, random)
    }

    fn in_family(family: &str, random: &Random) -> Result<Self, NoRandomness> {
        let token = Token::generate(TokenPrefix::Refresh, random)?;
        let own = &token.expose()[TokenPrefix::Refresh.into_str().len()..];
        Ok(Self(Token::assembled(&[family, ".", own])))
    }

    /// Parses a token that a client presents.
    ///
    /// # Errors
    /// `Malformed`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        const WRONG: Problem = Problem::Malformed("is not a refresh token");
        let token = Self(Token::parse(text).map_err(|_| WRONG)?);
        let (family, own) = token.parts();
        let proper = family.starts_with(TokenPrefix::Refresh.into_str()) && !own.is_empty();
        if proper { Ok(token) } else { Err(WRONG) }
    }

    fn parts(&self) -> (&str, &str) {
        self.expose().split_once('.').unwrap_or_default()
    }

    /// The hash of the family.
    pub fn family(&self) -> TokenHash {
        TokenHash::of(self.parts().0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_token_is_of_the_same_family() {
        let first = RefreshToken::generate(&Random::SYSTEM).unwrap();
        let next = first.next(&Random::SYSTEM).unwrap();
        assert!(first.family() == next.family() && first.hash() != next.hash());
        assert!(RefreshToken::generate(&Random::SYSTEM).unwrap().family() != first.family());
        let presented = RefreshToken::parse(next.expose()).unwrap();
        assert!(presented.hash() == next.hash() && presented.family() == first.family());
        assert_eq!(format!("{first:?}"), "RefreshToken(Token(…))");
    }

    #[test]
    fn refuses_other_texts() {
        for bad in ["", "acr_", "acr_abcdefgh", "acr_abcdefgh.", "acd_abcdefgh.abc", "acr_abc.d é"] {
            assert!(RefreshToken::parse(bad).is_err(), "{bad:?}");
        }
    }
}
