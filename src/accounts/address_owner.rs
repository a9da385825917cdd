//! Addresses that move from one account to another, so that a user who adds someone else's address cannot keep that
//! person from getting an account.

use super::audit::{Event, EventKind};
use super::{Accounts, Admin, Error, emails};
use crate::domain::{Email, EmailAddress, User, UserId, Username};
use crate::store::Write;

/// An address that was taken from a user.
#[derive(Debug)]
pub(super) struct Reassigned {
    email: Email,
    from: (UserId, Username),
}

impl Reassigned {
    /// Writes to the log which user lost the address to which, if one did. To be called after the commit.
    pub(super) fn log(reassigned: Option<&Self>, to_user_id: UserId) {
        if let Some(Self { email: Email { address, .. }, from: (_, from) }) = reassigned {
            tracing::warn!(%address, %from, %to_user_id, "an administrator moved an address to another account");
        }
    }

    /// What happened to the user who lost the address, if one did.
    pub(super) fn event(reassigned: Option<&Self>) -> Option<Event> {
        reassigned.map(|Self { email, from: (from, _) }| emails::event(EventKind::EmailRemoved, *from, email))
    }
}

impl Accounts {
    /// The user who has the address.
    ///
    /// # Errors
    /// Only those of the database.
    pub fn address_owner(&self, _admin: &Admin, address: &EmailAddress) -> Result<Option<User>, Error> {
        self.store.read(|db| match db.email(address)? {
            Some(row) => Ok(db.user(row.user_id)?),
            None => Ok(None),
        })
    }
}

/// Makes an address free for an administrator: a secondary address that no administrator vouched for is taken from its
/// user. `to` is the account that gets it, if it exists already.
///
/// # Errors
/// `EmailTakenBy` for any other address, and if `to` has it already.
pub(super) fn reassign(
    tx: &Write<'_>,
    address: &EmailAddress,
    to: Option<UserId>,
) -> Result<Option<Reassigned>, Error> {
    let Some(row) = tx.email(address)? else { return Ok(None) };
    let owner = tx.user(row.user_id)?.ok_or(Error::Internal)?.username;
    if to == Some(row.user_id) || !row.email.can_be_reassigned() {
        return Err(Error::EmailTakenBy(owner));
    }
    tx.delete_email(row.id)?;
    Ok(Some(Reassigned { email: row.email, from: (row.user_id, owner) }))
}
