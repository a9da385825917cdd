//! Which users are service accounts.

use super::error::Error;
use super::tx::{Read, Write};
use crate::domain::UserId;

impl Read<'_> {
    pub fn is_service_account(&self, user: UserId) -> Result<bool, Error> {
        Ok(self.one("SELECT 1 FROM service_accounts WHERE user_id = ?1", [user.0], |_| Ok(()))?.is_some())
    }
}

impl Write<'_> {
    /// # Errors
    /// `Gone` if there is no such user.
    pub fn set_service_account(&self, user: UserId) -> Result<(), Error> {
        self.run("INSERT INTO service_accounts (user_id) VALUES (?1)", [user.0])
    }
}
