//! Email addresses.

use super::{Problem, Verification, VerifiedBy};
use email_address::{EmailAddress as Parsed, Options};
use unicase::Ascii;

const MAX_CHARS: usize = 254;

/// An RFC 5321 mailbox in the form that every mail system accepts: ASCII, at most 254 characters, an unquoted local
/// part, and a domain name (no address literal). Two that differ only in case are equal.
#[derive(Clone, Debug, PartialEq, Eq, Hash, derive_more::Display)]
pub struct EmailAddress(Ascii<String>);

text_value!(EmailAddress, Ascii::new);

impl EmailAddress {
    /// # Errors
    /// The first broken rule.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        if text.is_empty() {
            return Err(Problem::Blank);
        }
        if text.chars().count() > MAX_CHARS {
            return Err(Problem::TooLong(MAX_CHARS));
        }
        // Outside ASCII, case folding and homographs leave open which addresses are the same. `xn--` forms are ASCII.
        if !text.is_ascii() {
            return Err(Problem::Malformed("must be ASCII: write an internationalized domain in its xn-- form"));
        }
        let options = Options::default().with_no_minimum_sub_domains().without_display_text().without_domain_literal();
        // RFC 5321 section 4.1.2. The parser follows RFC 5322, whose domains may hold any character of an atom.
        let allowed_in_host_names = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
        match Parsed::parse_with_options(text, options) {
            Ok(parsed) if parsed.local_part().starts_with('"') => {
                Err(Problem::Malformed("cannot have a quoted local part"))
            }
            Ok(parsed) if parsed.domain().bytes().all(allowed_in_host_names) => Ok(Self(Ascii::new(text.to_owned()))),
            Ok(_) | Err(_) => Err(Problem::Malformed("is not a valid email address")),
        }
    }

    /// Whether `other` is the same address.
    pub fn matches(&self, other: &str) -> bool {
        self.0 == other
    }
}

/// An address of a user. Every user has exactly one primary address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email {
    pub address: EmailAddress,
    /// `None` if the address has not been verified.
    pub verification: Option<Verification>,
    pub primary: bool,
}

impl Email {
    pub fn is_verified(&self) -> bool {
        self.verification.is_some()
    }

    /// Whether an administrator may give the address to another user: only its user vouches for it, if anyone does, and
    /// the user keeps another one.
    pub fn can_be_reassigned(&self) -> bool {
        !self.primary && self.verification.is_none_or(|verification| verification.by == VerifiedBy::User)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_ordinary_addresses() {
        for good in [
            "jane.doe@example.com",
            "jane.doe+other@example.com",
            "o'brien@example.co.uk",
            "root@localhost",
            "a@xn--bcher-kva.example",
        ] {
            assert_eq!(EmailAddress::parse(good).unwrap().as_str(), good);
        }
    }

    #[test]
    fn refuses_other_addresses() {
        let long = format!("{}@example.com", "a".repeat(250));
        for bad in [
            "",
            "x",
            "@",
            "a@",
            "@b.c",
            "a b@c.d",
            "a@b@c.d",
            "\"a b\"@c.d",
            "\"a\"@c.d",
            "a@[127.0.0.1]",
            "a@b..c",
            ".a@b.c",
            "a.@b.c",
            "a@b.c\n",
            "a@b.c\0",
            " a@b.c",
            "a@b.c ",
            "Jane <a@b.c>",
            "a@bücher.example",
            "ä@b.c",
            "a,b@c.d",
            "a@b,c.d",
            "a@-b.c",
            "a@b_c.d>",
            "a@b_c.d",
            "a@b|sh",
            "a@b%00",
            "a@b?c=d",
            "a@b!c",
            long.as_str(),
        ] {
            assert!(EmailAddress::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn case_makes_no_difference() {
        let jane = EmailAddress::parse("Jane@Example.com").unwrap();
        assert_eq!(jane, EmailAddress::parse("jane@example.COM").unwrap());
        assert!(jane.matches("JANE@example.com") && !jane.matches("joe@example.com"));
        assert_eq!(jane.as_str(), "Jane@Example.com");
    }
}
