//! The file of allowed signers (ssh-keygen(1), "ALLOWED SIGNERS"), from which `git` and `ssh-keygen -Y verify` learn whose
//! signature it is.

use super::line::utc;
use crate::accounts::AuthorizedKey;
use crate::domain::EmailAddress;
use std::fmt::Write;

/// Appends the line of a key: its owner's verified addresses are the principals, for signatures in git.
///
/// Principals are patterns, so an address with pattern characters is left out: `*@example.com` is a valid address, and
/// would be accepted for every address of the domain.
pub fn push_signer(file: &mut String, signer: &AuthorizedKey, addresses: &[EmailAddress]) {
    let principals: Vec<&str> = addresses.iter().map(EmailAddress::as_str).filter(|text| is_plain(text)).collect();
    if principals.is_empty() {
        return;
    }
    let expiry = signer.key.expires_at.map_or_else(String::new, |end| format!(",valid-before=\"{}\"", utc(end)));
    let (principals, key) = (principals.join(","), signer.key.key.without_comment());
    // Writing to a String cannot fail.
    let _ = writeln!(file, "{principals} namespaces=\"git\"{expiry} {key}");
}

fn is_plain(address: &str) -> bool {
    address.chars().all(|c| c.is_ascii_alphanumeric() || "@.+-_'/=^{}|~$%&".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_and_comments_are_no_principals() {
        for bad in ["*@example.com", "?@example.com", "!a@example.com", "#a@example.com", "a`b@example.com"] {
            assert!(EmailAddress::parse(bad).is_ok(), "{bad} is an address");
            assert!(!is_plain(bad), "{bad}");
        }
        assert!(is_plain("jane.doe+git@example.com"));
    }
}
