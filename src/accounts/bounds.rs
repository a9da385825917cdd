//! How much one account may hold. The bounds are enforced when something is added, so an account that holds more since
//! before keeps it, and the command line and imports are not refused.

use super::limits::MAX_PER_USER;
use super::{AccountAccess, Error};
use crate::domain::{Field, Problem};
use crate::store::Write;

/// The bounds of what users, and administrators over HTTP, can add to an account.
#[derive(Clone, Copy, Debug)]
pub struct AccountBounds {
    /// The bytes of all SSH keys together, comments included.
    pub key_bytes: u64,
    pub addresses: u64,
}

impl Default for AccountBounds {
    fn default() -> Self {
        Self { key_bytes: 256 << 10, addresses: 100 }
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
