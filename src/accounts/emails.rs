//! The email addresses of a user.

use super::address_owner::{Reassigned, reassign};
use super::audit::{Event, EventKind};
use super::{AccountAccess, Accounts, Error};
use crate::domain::{Email, EmailAddress, EmailId, Field, Problem, UserId, Verification, VerifiedBy};
use crate::store::{EmailRow, Write};

/// Changes of an address. It cannot become unverified, and stops being primary only when another one becomes primary
/// (SPEC 4).
#[derive(Clone, Copy, Debug, Default)]
pub struct EmailChange {
    pub verify: bool,
    pub make_primary: bool,
}

impl Accounts {
    /// The addresses, the primary one first, then in the order in which they were added.
    ///
    /// # Errors
    /// Only those of the database.
    pub fn emails(&self, access: &AccountAccess) -> Result<Vec<Email>, Error> {
        Ok(self.email_rows(access)?.into_iter().map(|row| row.email).collect())
    }

    /// The same with their ids.
    ///
    /// # Errors
    /// Only those of the database.
    pub fn email_rows(&self, access: &AccountAccess) -> Result<Vec<EmailRow>, Error> {
        Ok(self.store.read(|db| db.emails(access.user()))?)
    }

    /// Secondary addresses with their ids, in the order in which they were added: at most `limit` from the `offset`th on,
    /// and the number of all.
    ///
    /// # Errors
    /// Only those of the database.
    pub fn secondary_emails(
        &self,
        access: &AccountAccess,
        offset: u64,
        limit: u64,
    ) -> Result<(Vec<EmailRow>, u64), Error> {
        Ok(self.store.read(|db| db.secondary_emails(access.user(), offset, limit))?)
    }

    /// One address of the user.
    ///
    /// # Errors
    /// `NotFound`, also for another user's address.
    pub fn email(&self, access: &AccountAccess, id: EmailId) -> Result<EmailRow, Error> {
        self.store.read(|db| db.email_of(access.user(), id))?.ok_or(Error::NotFound)
    }

    /// Adds a secondary address. No mail is sent. An administrator may take it from another user, as [`reassign`] says.
    ///
    /// # Errors
    /// `Taken(Email)` if any user has it, for administrators `EmailTakenBy`; `Invalid` if the user has too many;
    /// `NotFound` if the user was deleted in the meantime.
    pub async fn add_email(
        &self,
        access: &AccountAccess,
        address: EmailAddress,
        verified: bool,
    ) -> Result<EmailRow, Error> {
        let user_id = access.user();
        let (by, bounds, bounded) = (access.vouches_as(), self.bounds, access.clone());
        let (row, reassigned) = self
            .write_for(access, move |tx| {
                bounds.check_address(tx, &bounded)?;
                let reassigned = match by {
                    VerifiedBy::User => None,
                    VerifiedBy::Administrator => reassign(tx, &address, Some(user_id))?,
                };
                let verification = verified.then(|| Verification { at: tx.now(), by });
                let id = tx.insert_email(user_id, &address, verification)?;
                let email = Email { address, verification, primary: false };
                let events =
                    [Some(event(EventKind::EmailAdded, user_id, &email)), Reassigned::event(reassigned.as_ref())];
                let row = EmailRow { id, user_id, email };
                Ok::<_, Error>(((row, reassigned), events.into_iter().flatten()))
            })
            .await?;
        Reassigned::log(reassigned.as_ref(), user_id);
        Ok(row)
    }

    /// # Errors
    /// `NotFound` for an address that is not the user's.
    pub async fn change_email(
        &self,
        access: &AccountAccess,
        address: EmailAddress,
        change: EmailChange,
    ) -> Result<Email, Error> {
        let user = access.user();
        let by = access.vouches_as();
        self.write_for(access, move |tx| {
            let row = own(tx, user, &address)?;
            if change.verify {
                tx.verify_email(row.id, Verification { at: tx.now(), by })?;
            }
            if change.make_primary {
                tx.set_primary_email(user, row.id)?;
            }
            let after = own(tx, user, &address)?.email;
            let changed = after != row.email;
            let event = changed.then(|| event(EventKind::EmailUpdated, user, &after));
            Ok((after, event))
        })
        .await
    }

    /// Deletes an address, and returns it.
    ///
    /// # Errors
    /// `NotFound` for an address that is not the user's; `Invalid` for the primary one.
    pub async fn remove_email(&self, access: &AccountAccess, address: EmailAddress) -> Result<Email, Error> {
        let user = access.user();
        self.write_reducing_for(access, move |tx| {
            let row = own(tx, user, &address)?;
            delete(tx, &row)?;
            let event = event(EventKind::EmailRemoved, user, &row.email);
            Ok((row.email, [event]))
        })
        .await
    }

    /// The same by id.
    ///
    /// # Errors
    /// As [`Accounts::remove_email`].
    pub async fn remove_email_by_id(&self, access: &AccountAccess, id: EmailId) -> Result<(), Error> {
        let user = access.user();
        self.write_reducing_for(access, move |tx| {
            let row = tx.email_of(user, id)?.ok_or(Error::NotFound)?;
            delete(tx, &row)?;
            Ok(((), [event(EventKind::EmailRemoved, user, &row.email)]))
        })
        .await
    }
}

pub(super) fn event(kind: EventKind, user: UserId, email: &Email) -> Event {
    Event::of_user(kind, user)
        .with("email", email.address.as_str())
        .with("primary", email.primary)
        .with("verified_by", email.verification.map(|given| given.by.name()))
}

fn delete(tx: &Write<'_>, row: &EmailRow) -> Result<(), Error> {
    if row.email.primary {
        let rule = "is the primary address and cannot be deleted: make another primary first";
        return Err(Error::invalid(Field::Email, Problem::Malformed(rule)));
    }
    Ok(tx.delete_email(row.id)?)
}

fn own(tx: &Write<'_>, user: UserId, address: &EmailAddress) -> Result<EmailRow, Error> {
    tx.email(address)?.filter(|row| row.user_id == user).ok_or(Error::NotFound)
}

/// Makes an address primary for an administrator (SPEC 5, PUT `email`): another user's address is taken from them or
/// refused, as [`reassign`] says; the user's own secondary one becomes primary, and a new one replaces the primary one.
/// It counts as verified: the administrator vouches for it.
pub(super) fn make_primary(tx: &Write<'_>, user: UserId, address: &EmailAddress) -> Result<Option<Reassigned>, Error> {
    let verification = Verification { at: tx.now(), by: VerifiedBy::Administrator };
    let own = tx.email(address)?.filter(|row| row.user_id == user);
    match own {
        Some(row) if row.email.primary && row.email.address.as_str() == address.as_str() => {}
        Some(row) if row.email.primary => tx.rewrite_email(row.id, address)?,
        Some(row) => {
            tx.verify_email(row.id, verification)?;
            tx.set_primary_email(user, row.id)?;
        }
        None => {
            let reassigned = reassign(tx, address, Some(user))?;
            let old = tx.emails(user)?.into_iter().find(|row| row.email.primary);
            let id = tx.insert_email(user, address, Some(verification))?;
            tx.set_primary_email(user, id)?;
            if let Some(old) = old {
                tx.delete_email(old.id)?;
            }
            return Ok(reassigned);
        }
    }
    Ok(None)
}
