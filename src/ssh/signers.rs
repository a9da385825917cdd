//! Allowed signers files (ssh-keygen(1), "ALLOWED SIGNERS"): `git` and `ssh-keygen -Y verify` use them to identify who made
//! a signature.

use super::line::utc;
use crate::accounts::AuthorizedKey;
use crate::domain::EmailAddress;
use std::fmt::Write;

/// One line per key, with its owner's verified addresses as principals, valid for signatures in git.
///
/// Principals are patterns, so an address with pattern characters is left out: `*@example.com` is a valid address, and
/// would be accepted for every address of the domain.
pub fn allowed_signers(signers: &[(AuthorizedKey, Vec<EmailAddress>)]) -> String {
    let mut file = String::new();
    for (authorized, addresses) in signers {
        let principals: Vec<&str> = addresses.iter().map(EmailAddress::as_str).filter(|text| is_plain(text)).collect();
        if principals.is_empty() {
            continue;
        }
        let end = authorized.key.expires_at.map_or_else(String::new, |end| format!(",valid-before=\"{}\"", utc(end)));
        let (principals, key) = (principals.join(","), authorized.key.key.without_comment());
        // Writing to a String cannot fail.
        let _ = writeln!(file, "{principals} namespaces=\"git\"{end} {key}");
    }
    file
}

fn is_plain(address: &str) -> bool {
    address.chars().all(|c| c.is_ascii_alphanumeric() || "@.+-_'/=^{}|~$%&".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_also_a_pattern_or_comment_is_left_out() {
        for bad in ["*@example.com", "?@example.com", "!a@example.com", "#a@example.com", "a`b@example.com"] {
            assert!(EmailAddress::parse(bad).is_ok(), "{bad} is an address");
            assert!(!is_plain(bad), "{bad}");
        }
        assert!(is_plain("jane.doe+git@example.com"));
    }
}
