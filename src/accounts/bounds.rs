//! How much one account may hold, and how often it may change. The bounds are enforced when something is added, so an
//! account that holds more since before keeps it, and the command line and imports are not refused.

use super::limits::MAX_PER_USER;
use super::{AccountAccess, Error};
use crate::domain::{Field, Problem};
use crate::store::Write;
use std::num::NonZeroU32;

/// The bounds of what users, and administrators over HTTP, can add to an account.
#[derive(Clone, Copy, Debug)]
pub struct AccountBounds {
    /// The bytes of all SSH keys together, comments included.
    pub key_bytes: u64,
    pub addresses: u64,
    /// The changes that the audit log records, in a day; as many sign-ins, and as many refreshes by applications. Users
    /// who are not administrators can make no more.
    pub changes_per_day: NonZeroU32,
}

impl Default for AccountBounds {
    fn default() -> Self {
        // Two a minute; and in one day an account can be filled to all other bounds.
        Self { key_bytes: 256 << 10, addresses: 100, changes_per_day: NonZeroU32::MIN.saturating_add(2999) }
    }
}

impl AccountBounds {
    /// Checks whether the account has room for these keys, in the transaction that adds them.
    ///
    /// # Errors
    /// `Invalid(Key)`.
    pub(super) fn check_keys(self, tx: &Write<'_>, access: &AccountAccess, keys: u64, bytes: u64) -> Result<(), Error> {
        let user = access.user();
        if tx.count_keys(user)? + keys > MAX_PER_USER {
            return Err(Error::invalid(Field::Key, Problem::Malformed("is one too many: a user can have 1000")));
        }
        if access.is_bounded() && tx.count_key_bytes(user)? + bytes > self.key_bytes {
            return too_many(Field::Key, self.key_bytes, "bytes of SSH keys");
        }
        Ok(())
    }

    /// Checks whether the account has room for one more address, in the transaction that adds it.
    ///
    /// # Errors
    /// `Invalid(Email)`.
    pub(super) fn check_address(self, tx: &Write<'_>, access: &AccountAccess) -> Result<(), Error> {
        let max = if access.is_bounded() { self.addresses.min(MAX_PER_USER) } else { MAX_PER_USER };
        if tx.count_emails(access.user())? < max { Ok(()) } else { too_many(Field::Email, max, "addresses") }
    }
}

fn too_many(field: Field, max: u64, unit: &'static str) -> Result<(), Error> {
    Err(Error::invalid(field, Problem::TooMany { max, unit }))
}
