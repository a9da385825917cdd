//! Every signed-in user reads users, as far as the caller's permission shows them.

use super::access::{ReadUsers, visible, visible_list};
use super::{Accounts, Error};
use crate::domain::{User, UserId};
use crate::store::{Cursor, Total, UserQuery};

/// One page of users and the number of users on all pages.
#[derive(Debug)]
pub struct UserList {
    pub users: Vec<User>,
    pub total: Total,
}

impl Accounts {
    /// # Errors
    /// `NotFound`.
    pub fn user(&self, reader: &impl ReadUsers, id: UserId) -> Result<User, Error> {
        visible(reader, self.store.read(|db| db.user(id))?)
    }

    /// By user name, in any case.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn user_by_name(&self, reader: &impl ReadUsers, username: &str) -> Result<User, Error> {
        visible(reader, self.store.read(|db| db.user_by_name(username))?)
    }

    /// By id or, if the text is not an id, by user name.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn user_by_id_or_name(&self, reader: &impl ReadUsers, text: &str) -> Result<User, Error> {
        match text.parse() {
            Ok(id) => self.user(reader, id),
            Err(_) => self.user_by_name(reader, text),
        }
    }

    /// The user who created the account, if it was a user who still exists.
    ///
    /// # Errors
    /// Only those of the database.
    pub fn creator_of(&self, reader: &impl ReadUsers, user: &User) -> Result<Option<User>, Error> {
        match user.created_by.map(|id| self.user(reader, id)) {
            None | Some(Err(Error::NotFound)) => Ok(None),
            Some(found) => found.map(Some),
        }
    }

    /// One page of users, from the `offset`th on.
    ///
    /// # Errors
    /// `Forbidden` for a list or a filter that the permission does not include.
    pub async fn users(&self, reader: &impl ReadUsers, query: UserQuery, offset: u64) -> Result<UserList, Error> {
        let query = visible_list(reader, query)?;
        let (users, total) = if query.username.is_some() {
            // One user at most, and an index finds it.
            self.store.read(|db| db.users(&query, offset))?
        } else {
            self.store.list(move |db| db.users(&query, offset)).await?
        };
        Ok(UserList { users, total })
    }

    /// The users after the cursor. The cost does not grow with the number of users before it.
    ///
    /// # Errors
    /// As [`Accounts::users`].
    pub async fn users_after(
        &self,
        reader: &impl ReadUsers,
        query: UserQuery,
        cursor: Option<Cursor>,
    ) -> Result<Vec<User>, Error> {
        let query = visible_list(reader, query)?;
        Ok(self.store.list(move |db| db.users_after(&query, cursor.as_ref())).await?)
    }
}
