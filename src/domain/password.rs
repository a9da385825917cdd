//! Passwords: one to be set, one that somebody tries, and what is stored.

use super::Problem;
use zeroize::Zeroizing;

const SHORTEST: usize = 8;
const LONGEST: usize = 1024;

/// A password that may be set: 8 to 1024 characters.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// # Errors
    /// `Blank`, `TooShort` or `TooLong`. Any character is allowed but NUL, which C programs read as an end.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        match text.chars().count() {
            0 => Err(Problem::Blank),
            n if n < SHORTEST => Err(Problem::TooShort(SHORTEST)),
            n if n > LONGEST => Err(Problem::TooLong(LONGEST)),
            _ if text.contains('\0') => Err(Problem::Malformed("cannot contain control characters")),
            _ => Ok(Self(Zeroizing::new(text.to_owned()))),
        }
    }

    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

/// A password that somebody presents: anything at all.
#[derive(Clone)]
pub struct PasswordAttempt(Zeroizing<String>);

impl PasswordAttempt {
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Nobody's password is as long as this: no need to spend a hash on it.
    pub fn is_hopeless(&self) -> bool {
        self.0.chars().count() > LONGEST
    }
}

impl std::fmt::Debug for PasswordAttempt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordAttempt(…)")
    }
}

/// An argon2 hash in PHC string format (`$argon2id$v=19$m=…,t=…,p=…$salt$hash`).
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// # Errors
    /// `Malformed` for anything that is not an argon2 PHC string with salt and hash.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        const WRONG: Problem = Problem::Malformed("must be an argon2 hash in PHC format");
        let parsed = argon2::PasswordHash::new(text).map_err(|_| WRONG)?;
        let whole = parsed.salt.is_some() && parsed.hash.is_some();
        let argon2 = argon2::Algorithm::new(parsed.algorithm.as_str()).is_ok();
        let params = argon2::Params::try_from(&parsed).is_ok();
        if whole && argon2 && params { Ok(Self(text.to_owned())) } else { Err(WRONG) }
    }

    /// A hash that the database holds or that was just made.
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_limits() {
        assert!(matches!(Password::parse(""), Err(Problem::Blank)));
        assert!(matches!(Password::parse("1234567"), Err(Problem::TooShort(8))));
        assert!(Password::parse(&"é".repeat(1024)).is_ok());
        assert!(matches!(Password::parse(&"é".repeat(1025)), Err(Problem::TooLong(1024))));
    }

    #[test]
    fn debug_hides_all_three() {
        let hash = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA";
        let shown = format!(
            "{:?} {:?} {:?}",
            Password::parse("hunter2hunter2").unwrap(),
            PasswordAttempt::new("hunter2hunter2".into()),
            PasswordHash::parse(hash).unwrap()
        );
        assert!(!shown.contains("hunter2") && !shown.contains("c2Fsd"), "{shown}");
    }

    #[test]
    fn a_hash_is_argon2_with_salt_and_hash() {
        for bad in ["", "x", "$2b$12$abc", "$argon2id$v=19$m=8,t=1,p=1", "$scrypt$ln=1,r=8,p=1$c2FsdHNhbHQ$aGFzaGhhc2g"]
        {
            assert!(PasswordHash::parse(bad).is_err(), "{bad}");
        }
    }
}
