//! Which values are valid, and which are taken.

use crate::accounts::{Accounts, Email, equal_ignoring_case};

/// SPEC 5, "Limits".
pub fn is_username(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    let ends = [".", ".git", ".atom"].iter().any(|end| text.to_lowercase().ends_with(end));
    (1..=255).contains(&text.len()) && text.chars().all(allowed) && !text.starts_with('-') && !ends
}

/// The rules that matter for the addresses in these tests.
pub fn is_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.')) && !text.contains(' ')
}

/// SPEC 5: at most 255 characters, no control characters and none that change the direction of text.
pub fn is_text(text: &str) -> bool {
    text.chars().count() <= 255 && !text.chars().any(|c| c.is_control() || c == '\u{202e}')
}

/// SPEC 4: an http or https URL, or empty.
pub fn is_website(text: &str) -> bool {
    text.is_empty() || text.starts_with("https://") || text.starts_with("http://")
}

/// Whether a user other than `user` has this name.
pub fn name_is_taken(accounts: &Accounts, user: Option<i64>, name: &str) -> bool {
    accounts.users.values().any(|other| Some(other.id) != user && equal_ignoring_case(&other.username, name))
}

/// Whether a user other than `user` has this address, and an administrator may not take it: it is primary, or an
/// administrator vouched for it.
pub fn address_is_taken(accounts: &Accounts, user: Option<i64>, address: &str) -> bool {
    let Some(owner) = accounts.owner_of(address).filter(|owner| Some(*owner) != user) else { return false };
    let owner = &accounts.users[&owner];
    let is_kept = |email: &Email| email.vouched || email.id == owner.primary;
    owner.emails.iter().any(|email| equal_ignoring_case(&email.address, address) && is_kept(email))
}
