//! Passwords: a new one, an attempt to sign in, and the stored hash.

use super::Problem;
use zeroize::Zeroizing;

/// What checking an imported hash may cost. The product bounds the time: 64 MiB in 4 passes, or less memory in more.
/// RFC 9106's second recommended option (64 MiB, 3 passes, 4 lanes) and the defaults of common libraries are within it.
const MAX_MEMORY_KIB: u32 = 64 * 1024;
const MAX_PASSES: u32 = 10;
const MAX_LANES: u32 = 4;
const MAX_MEMORY_TIMES_PASSES: u32 = 4 * MAX_MEMORY_KIB;
const MIN_CHARS: usize = 8;
const MAX_CHARS: usize = 1024;

/// A new password: 8 to 1024 characters.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// # Errors
    /// `Blank`, `TooShort` or `TooLong`; `Malformed` for control characters, which not every form can send.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        match text.chars().count() {
            0 => Err(Problem::Blank),
            n if n < MIN_CHARS => Err(Problem::TooShort(MIN_CHARS)),
            n if n > MAX_CHARS => Err(Problem::TooLong(MAX_CHARS)),
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

/// A password as a client sends it to sign in: any text.
#[derive(Clone)]
pub struct PasswordAttempt(Zeroizing<String>);

impl PasswordAttempt {
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether no password can be that long, so that the text need not be hashed.
    pub fn exceeds_max_length(&self) -> bool {
        self.0.chars().count() > MAX_CHARS
    }
}

impl std::fmt::Debug for PasswordAttempt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordAttempt(…)")
    }
}

/// An argon2id hash in PHC string format (`$argon2id$v=19$m=…,t=…,p=…$salt$hash`).
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Parses a hash from elsewhere.
    ///
    /// # Errors
    /// `Malformed` for anything but an argon2id PHC string with salt and hash, and for one whose memory or time to check
    /// would let a few sign-ins stall the server.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        const WRONG: Problem = Problem::Malformed("must be an argon2id hash in PHC format");
        let parsed = argon2::PasswordHash::new(text).map_err(|_| WRONG)?;
        let whole = parsed.salt.is_some() && parsed.hash.is_some();
        let params = argon2::Params::try_from(&parsed).map_err(|_| WRONG)?;
        if !whole || parsed.algorithm != argon2::ARGON2ID_IDENT {
            return Err(WRONG);
        }
        let (memory, passes, lanes) = (params.m_cost(), params.t_cost(), params.p_cost());
        // The product is computed last: the bounds before it keep it from overflowing.
        if memory > MAX_MEMORY_KIB
            || passes > MAX_PASSES
            || lanes > MAX_LANES
            || memory * passes > MAX_MEMORY_TIMES_PASSES
        {
            return Err(Problem::Malformed("costs too much to check (at most m=65536, t=10, p=4, and m*t=262144)"));
        }
        Ok(Self(text.to_owned()))
    }

    /// Whether guessing costs at least as much as with one of the minimum configurations for argon2id in the OWASP
    /// Password Storage Cheat Sheet.
    pub fn is_costly(&self) -> bool {
        const MINIMA: [(u32, u32); 5] = [(47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5)];
        let params = argon2::PasswordHash::new(&self.0).ok().and_then(|hash| argon2::Params::try_from(&hash).ok());
        params.is_some_and(|params| MINIMA.iter().any(|(m, t)| params.m_cost() >= *m && params.t_cost() >= *t))
    }

    /// Wraps a hash that the database holds or that was just computed.
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
    fn a_password_has_8_to_1024_characters() {
        assert!(matches!(Password::parse(""), Err(Problem::Blank)));
        assert!(matches!(Password::parse("1234567"), Err(Problem::TooShort(8))));
        assert!(Password::parse(&"é".repeat(1024)).is_ok());
        assert!(matches!(Password::parse(&"é".repeat(1025)), Err(Problem::TooLong(1024))));
    }

    #[test]
    fn debug_shows_no_secret() {
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
    fn only_argon2id_hashes_of_bounded_cost_are_accepted() {
        let rest = "c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA";
        for bad in [
            "".to_owned(),
            "x".to_owned(),
            "$2b$12$abc".to_owned(),
            "$argon2id$v=19$m=8,t=1,p=1".to_owned(),
            format!("$argon2i$v=19$m=19456,t=2,p=1${rest}"),
            format!("$argon2id$v=19$m=1048576,t=1,p=1${rest}"),
            format!("$argon2id$v=19$m=19456,t=1000,p=1${rest}"),
            format!("$argon2id$v=19$m=65537,t=1,p=1${rest}"),
            format!("$argon2id$v=19$m=65536,t=5,p=1${rest}"),
            format!("$argon2id$v=19$m=19456,t=11,p=1${rest}"),
            format!("$argon2id$v=19$m=19456,t=2,p=5${rest}"),
            "$scrypt$ln=1,r=8,p=1$c2FsdHNhbHQ$aGFzaGhhc2g".to_owned(),
        ] {
            assert!(PasswordHash::parse(&bad).is_err(), "{bad}");
        }
        for good in ["m=65536,t=4,p=4", "m=65536,t=3,p=4", "m=26214,t=10,p=1", "m=19456,t=2,p=1"] {
            PasswordHash::parse(&format!("$argon2id$v=19${good}${rest}")).unwrap();
        }
        let costly =
            |params: &str| PasswordHash::parse(&format!("$argon2id$v=19${params},p=1${rest}")).unwrap().is_costly();
        assert!(costly("m=19456,t=2") && costly("m=47104,t=1") && costly("m=65536,t=3"));
        assert!(!costly("m=8,t=1") && !costly("m=19456,t=1") && !costly("m=7168,t=4"));
    }
}
