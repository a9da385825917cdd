//! Email addresses.

use super::Problem;
use super::caseless::CaselessText;
use email_address::{EmailAddress as Parsed, Options};
use jiff::Timestamp;

const MAX_CHARS: usize = 254;

/// An RFC 5321 mailbox in the form that every mail system accepts: ASCII, at most 254 characters, an unquoted local
/// part, and a domain name (no address literal). Two that differ only in case are equal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EmailAddress(CaselessText);

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
            Ok(parsed) if parsed.domain().bytes().all(allowed_in_host_names) => Ok(Self(CaselessText(text.to_owned()))),
            Ok(_) | Err(_) => Err(Problem::Malformed("is not a valid email address")),
        }
    }

    /// Rebuilds an address that the database holds.
    pub(crate) fn stored(text: String) -> Self {
        Self(CaselessText(text))
    }

    /// As the user spells it.
    pub fn as_str(&self) -> &str {
        &self.0.0
    }

    /// Whether `other` is the same address.
    pub fn matches(&self, other: &str) -> bool {
        self.0.matches(other)
    }
}

impl std::fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An address of a user. Every user has exactly one primary address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email {
    pub address: EmailAddress,
    /// When the address was verified; `None` if it has not been.
    pub confirmed_at: Option<Timestamp>,
    pub primary: bool,
}

impl Email {
    pub fn is_verified(&self) -> bool {
        self.confirmed_at.is_some()
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
