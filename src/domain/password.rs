//! Passwords: one to be set, one that somebody tries, and what is stored.

use super::Problem;
use zeroize::Zeroizing;

/// What a hash from elsewhere may cost: 128 MiB, ten passes, eight lanes.
const MOST_MEMORY: u32 = 128 * 1024;
const MOST_PASSES: u32 = 10;
const MOST_LANES: u32 = 8;
const SHORTEST: usize = 8;
const LONGEST: usize = 1024;

/// A password that may be set: 8 to 1024 characters.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// # Errors
    /// `Blank`, `TooShort` or `TooLong`; `Malformed` for control characters, which no form can be trusted to send.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        match text.chars().count() {
            0 => Err(Problem::Blank),
            n if n < SHORTEST => Err(Problem::TooShort(SHORTEST)),
            n if n > LONGEST => Err(Problem::TooLong(LONGEST)),
            _ if text.chars().any(char::is_control) => Err(Problem::Malformed("cannot contain control characters")),
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
    pub fn exceeds_max_length(&self) -> bool {
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
    /// `Malformed` for anything that is not an argon2id PHC string with salt and hash, and for one that takes so much
    /// memory or time to check that a few sign-ins would keep the server from its work.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        const WRONG: Problem = Problem::Malformed("must be an argon2id hash in PHC format");
        let parsed = argon2::PasswordHash::new(text).map_err(|_| WRONG)?;
        let whole = parsed.salt.is_some() && parsed.hash.is_some();
        let params = argon2::Params::try_from(&parsed).map_err(|_| WRONG)?;
        if !whole || parsed.algorithm != argon2::ARGON2ID_IDENT {
            return Err(WRONG);
        }
        if params.m_cost() > MOST_MEMORY || params.t_cost() > MOST_PASSES || params.p_cost() > MOST_LANES {
            return Err(Problem::Malformed("costs too much to check (at most m=131072, t=10, p=8)"));
        }
        Ok(Self(text.to_owned()))
    }

    /// Whether it costs as much to guess as one of the configurations that the OWASP Password Storage Cheat Sheet has
    /// as the minimum for argon2id.
    pub fn is_costly(&self) -> bool {
        const MINIMA: [(u32, u32); 5] = [(47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5)];
        let params = argon2::PasswordHash::new(&self.0).ok().and_then(|hash| argon2::Params::try_from(&hash).ok());
        params.is_some_and(|params| MINIMA.iter().any(|(m, t)| params.m_cost() >= *m && params.t_cost() >= *t))
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
        let rest = "c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA";
        for bad in [
            "".to_owned(),
            "x".to_owned(),
            "$2b$12$abc".to_owned(),
            "$argon2id$v=19$m=8,t=1,p=1".to_owned(),
            format!("$argon2i$v=19$m=19456,t=2,p=1${rest}"),
            format!("$argon2id$v=19$m=1048576,t=1,p=1${rest}"),
            format!("$argon2id$v=19$m=19456,t=1000,p=1${rest}"),
            "$scrypt$ln=1,r=8,p=1$c2FsdHNhbHQ$aGFzaGhhc2g".to_owned(),
        ] {
            assert!(PasswordHash::parse(&bad).is_err(), "{bad}");
        }
        let costly =
            |params: &str| PasswordHash::parse(&format!("$argon2id$v=19${params},p=1${rest}")).unwrap().is_costly();
        assert!(costly("m=19456,t=2") && costly("m=47104,t=1") && costly("m=65536,t=3"));
        assert!(!costly("m=8,t=1") && !costly("m=19456,t=1") && !costly("m=7168,t=4"));
    }
}
