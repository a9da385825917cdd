//! Answers authorization requests without asking a user, for test suites without a browser.

use crate::accounts::AccountAccess;

/// The answer to a valid authorization request.
pub enum Decision {
    /// A code for this account.
    Allow(AccountAccess),
    /// An error code of RFC 6749 section 4.1.2.1.
    Refuse(&'static str),
}

pub trait Approver: Send + Sync {
    /// Whether [`Approver::decide`] would decide now.
    fn is_ready(&self) -> bool;

    /// Decides about one valid request. `None`: the user is asked.
    fn decide(&self) -> Option<Decision>;
}
