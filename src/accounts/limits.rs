//! The bounds on what an account can have. Every kind of row that a request can add has one, so that no account fills the
//! database; SECURITY.md lists them.

use crate::domain::{Field, Problem};
use jiff::SignedDuration;

/// Keys and addresses of one user: more than users need, and few enough for one response.
pub(super) const MAX_PER_USER: u64 = 1000;
/// Identities of one user. One more is refused.
pub(super) const MAX_IDENTITIES: usize = 100;
/// Custom attributes of one user. One more is refused.
pub(super) const MAX_CUSTOM_ATTRIBUTES: u64 = 100;
/// Active personal and impersonation tokens of one user. One more is refused.
pub(super) const MAX_ACTIVE_TOKENS: u32 = 1000;
/// Revoked ones of one user that stay stored, and expired ones of each kind. The next one replaces the oldest.
pub(super) const MAX_ENDED_TOKENS: u32 = 1000;
/// Sessions of one user, and sessions of browsers. A new one replaces the oldest, so that a client may sign in for every
/// request.
pub(super) const MAX_SESSIONS: u32 = 100;
/// Grants of one user to one application, codes that were not redeemed included. A new one replaces the oldest, so that
/// an application may ask at every sign-in. Each has one access token.
pub(super) const MAX_GRANTS: u32 = 100;
/// Grants of one user to all applications. A new one replaces the oldest.
pub(super) const MAX_GRANTS_OF_USER: u32 = 1000;
/// Links for passwords of the whole database that were not used. An account has one.
pub(super) const MAX_PASSWORD_LINKS: u64 = 10_000;
/// Applications of the whole database, which only administrators register.
pub(super) const MAX_APPLICATIONS: u64 = 1000;

/// How long a revoked or expired token stays stored: its owner can still see in the list which one ended and when. A
/// rotated token stays for as long as its reuse would revoke another, within [`MAX_ENDED_TOKENS`].
pub(super) const ENDED_TOKENS_STAY: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The error of an account that has [`MAX_ACTIVE_TOKENS`].
pub(super) fn too_many_tokens() -> super::Error {
    super::Error::invalid(Field::Token, Problem::Malformed("is one too many: a user can have 1000 active tokens"))
}
