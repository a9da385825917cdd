//! The statuses that users give themselves.

use super::access::ReadUsers;
use super::audit::{Event, EventKind};
use super::{AccountAccess, Accounts, Error};
use crate::domain::{Availability, ClearAfter, Emoji, SingleLineText, User, UserStatus};

/// A change of a status. An attribute that is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatusChange {
    /// `Some(None)` for the default.
    pub emoji: Option<Option<Emoji>>,
    pub message: Option<SingleLineText>,
    pub availability: Option<Availability>,
    /// `Some(None)` for a status without an end.
    pub clear_after: Option<Option<ClearAfter>>,
}

impl Accounts {
    /// The user's own status.
    ///
    /// # Errors
    /// Only those of the database.
    pub fn own_status(&self, own: &AccountAccess) -> Result<Option<UserStatus>, Error> {
        Ok(self.store.read(|db| db.user_status(own.user()))?)
    }

    /// The status of a user, who is named by id or user name.
    ///
    /// # Errors
    /// `NotFound` if there is no such user, or the permission does not include it.
    pub fn status_of(&self, reader: &impl ReadUsers, id_or_name: &str) -> Result<Option<UserStatus>, Error> {
        let user: User = self.user_by_id_or_name(reader, id_or_name)?;
        Ok(self.store.read(|db| db.user_status(user.id))?)
    }

    /// Changes the status and returns it. A status that says nothing is removed.
    ///
    /// # Errors
    /// `NotFound` if the user was deleted in the meantime.
    pub async fn change_status(&self, own: &AccountAccess, change: StatusChange) -> Result<Option<UserStatus>, Error> {
        let user = own.user();
        self.write_for(own, move |tx| {
            let before = tx.user_status(user)?;
            let after = change.apply_to(before.clone(), tx.now());
            if after == before {
                return Ok((after, None));
            }
            let kind = match &after {
                Some(status) => {
                    tx.set_user_status(user, status)?;
                    EventKind::StatusSet
                }
                None => {
                    tx.delete_user_status(user)?;
                    EventKind::StatusCleared
                }
            };
            Ok::<_, Error>((after, Some(Event::of_user(kind, user))))
        })
        .await
    }
}

impl StatusChange {
    /// GitLab clears a status without emoji and message, except that of a busy user.
    fn apply_to(self, before: Option<UserStatus>, now: jiff::Timestamp) -> Option<UserStatus> {
        let old_emoji = before.as_ref().map(|status| status.emoji.clone());
        let old = before.unwrap_or_default();
        let emoji = self.emoji.unwrap_or(old_emoji);
        let message = self.message.unwrap_or(old.message);
        let availability = self.availability.unwrap_or(old.availability);
        if emoji.is_none() && message.is_empty() && availability == Availability::NotSet {
            return None;
        }
        let clear_at = self.clear_after.map_or(old.clear_at, |after| after.map(|after| now + after.duration()));
        Some(UserStatus { emoji: emoji.unwrap_or_default(), message, availability, clear_at })
    }
}
