//! Refresh tokens, each of which knows those whose place it took.

use super::{Problem, Token, TokenHash, TokenPrefix};

/// `acr_`, a part that stays while tokens take each other's place, a dot, and a part that does not; 256 random bits each.
///
/// So one row tells a token that was used before from one that never was (RFC 9700 section 4.14.2), however often it
/// was replaced.
#[derive(Clone, Debug)]
pub struct RefreshToken(Token);

impl RefreshToken {
    /// The first of a family.
    ///
    /// # Errors
    /// The operating system has no randomness to give.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let family = Token::generate(TokenPrefix::Refresh)?;
        Self::of(family.expose())
    }

    /// The one that takes its place.
    ///
    /// # Errors
    /// As [`RefreshToken::generate`].
    pub fn next(&self) -> Result<Self, getrandom::Error> {
        Self::of(self.parts().0)
    }

    fn of(family: &str) -> Result<Self, getrandom::Error> {
        let random = Token::generate(TokenPrefix::Refresh)?;
        let own = &random.expose()[TokenPrefix::Refresh.as_str().len()..];
        Ok(Self(Token::assembled(&[family, ".", own])))
    }

    /// One that somebody presents.
    ///
    /// # Errors
    /// `Malformed`, whatever is wrong.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        const WRONG: Problem = Problem::Malformed("is no refresh token");
        let token = Self(Token::parse(text).map_err(|_| WRONG)?);
        let (family, own) = token.parts();
        let proper = family.starts_with(TokenPrefix::Refresh.as_str()) && !own.is_empty();
        if proper { Ok(token) } else { Err(WRONG) }
    }

    fn parts(&self) -> (&str, &str) {
        self.0.expose().split_once('.').unwrap_or_default()
    }

    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// What it shares with those whose place it took.
    pub fn family(&self) -> TokenHash {
        TokenHash::of(self.parts().0)
    }

    pub fn hash(&self) -> TokenHash {
        self.0.hash()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_one_is_another_of_the_same_family() {
        let first = RefreshToken::generate().unwrap();
        let next = first.next().unwrap();
        assert!(first.family() == next.family() && first.hash() != next.hash());
        assert!(RefreshToken::generate().unwrap().family() != first.family());
        let presented = RefreshToken::parse(next.expose()).unwrap();
        assert!(presented.hash() == next.hash() && presented.family() == first.family());
        assert_eq!(format!("{first:?}"), "RefreshToken(Token(…))");
    }

    #[test]
    fn anything_else_is_none() {
        for bad in ["", "acr_", "acr_abcdefgh", "acr_abcdefgh.", "acd_abcdefgh.abc", "acr_abc.d é"] {
            assert!(RefreshToken::parse(bad).is_err(), "{bad:?}");
        }
    }
}
