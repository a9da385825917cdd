//! The file of allowed signers (ssh-keygen(1), "ALLOWED SIGNERS"), by which `git` and `ssh-keygen -Y verify` tell whose
//! signature it is.

use super::line::utc;
use crate::accounts::AuthorizedKey;
use crate::domain::EmailAddress;
use std::fmt::Write;

/// A line a key: its owner's verified addresses as principals, for signatures in git.
///
/// An address that could be read as more than itself is left out: principals are patterns, so that `*@example.com`,
/// which is an address, would sign for everybody there.
pub fn allowed_signers(signers: &[(AuthorizedKey, Vec<EmailAddress>)]) -> String {
    let mut file = String::new();
    for (lookup, addresses) in signers {
        let principals: Vec<&str> = addresses.iter().map(EmailAddress::as_str).filter(|text| is_plain(text)).collect();
        if principals.is_empty() {
            continue;
        }
        let end = lookup.key.expires_at.map_or_else(String::new, |end| format!(",valid-before=\"{}\"", utc(end)));
        let (principals, key) = (principals.join(","), lookup.key.key.without_comment());
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
    fn patterns_and_comments_are_no_principals() {
        for bad in ["*@example.com", "?@example.com", "!a@example.com", "#a@example.com", "a`b@example.com"] {
            assert!(EmailAddress::parse(bad).is_ok(), "{bad} is an address");
            assert!(!is_plain(bad), "{bad}");
        }
        assert!(is_plain("jane.doe+git@example.com"));
    }
}
