//! Preferences of users, and for administrators when each user was last active.

use super::audit::{Event, EventKind};
use super::{AccountAccess, Accounts, Admin, Error};
use crate::domain::{Preferences, Username};
use jiff::Timestamp;

/// A change of preferences. What is `None` stays as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct PreferencesChange {
    pub view_diffs_file_by_file: Option<bool>,
    pub show_whitespace_in_diffs: Option<bool>,
    pub pass_user_identities_to_ci_jwt: Option<bool>,
}

impl Accounts {
    /// # Errors
    /// Only those of the database.
    pub fn preferences(&self, own: &AccountAccess) -> Result<Preferences, Error> {
        Ok(self.store.read(|db| db.preferences(own.user()))?)
    }

    /// Changes the preferences and returns all of them.
    ///
    /// # Errors
    /// `NotFound` if the user was deleted in the meantime.
    pub async fn change_preferences(
        &self,
        own: &AccountAccess,
        change: PreferencesChange,
    ) -> Result<Preferences, Error> {
        let user = own.user();
        self.write_for(own, move |tx| {
            let before = tx.preferences(user)?;
            let after = Preferences {
                view_diffs_file_by_file: change.view_diffs_file_by_file.unwrap_or(before.view_diffs_file_by_file),
                show_whitespace_in_diffs: change.show_whitespace_in_diffs.unwrap_or(before.show_whitespace_in_diffs),
                pass_user_identities_to_ci_jwt: change
                    .pass_user_identities_to_ci_jwt
                    .unwrap_or(before.pass_user_identities_to_ci_jwt),
            };
            if after == before {
                return Ok::<_, Error>((after, None));
            }
            tx.set_preferences(user, after)?;
            Ok((after, Some(Event::of_user(EventKind::PreferencesUpdated, user))))
        })
        .await
    }

    /// One page of the users who were active at `since` or later and when that was, the longest ago first; and the number
    /// of all.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn last_activities(
        &self,
        _admin: &Admin,
        since: Timestamp,
        offset: u64,
        limit: u64,
    ) -> Result<(Vec<(Username, Timestamp)>, u64), Error> {
        Ok(self.store.list(move |db| db.last_activities(since, offset, limit)).await?)
    }
}
