//! Custom attributes, which only administrators see and change.

use super::audit::{Event, EventKind};
use super::limits::MAX_CUSTOM_ATTRIBUTES;
use super::{Accounts, Admin, Error};
use crate::domain::{CustomAttribute, Field, Problem, UserId};

impl Accounts {
    /// The user's attributes by key.
    ///
    /// # Errors
    /// Only those of the database.
    pub fn custom_attributes(&self, _admin: &Admin, user: UserId) -> Result<Vec<CustomAttribute>, Error> {
        Ok(self.store.read(|db| db.custom_attributes(user))?)
    }

    /// # Errors
    /// `NotFound`.
    pub fn custom_attribute(&self, _admin: &Admin, user: UserId, key: &str) -> Result<CustomAttribute, Error> {
        self.store.read(|db| db.custom_attribute(user, key))?.ok_or(Error::NotFound)
    }

    /// Adds the attribute, or changes its value.
    ///
    /// # Errors
    /// `Invalid` if the user has too many; `NotFound` if the user was deleted in the meantime.
    pub async fn set_custom_attribute(
        &self,
        admin: &Admin,
        user: UserId,
        attribute: CustomAttribute,
    ) -> Result<(), Error> {
        self.write_for(admin, move |tx| {
            let before = tx.custom_attribute(user, attribute.key.as_str())?;
            if before.as_ref() == Some(&attribute) {
                return Ok::<_, Error>(((), None));
            }
            if before.is_none() && tx.count_custom_attributes(user)? >= MAX_CUSTOM_ATTRIBUTES {
                let problem = Problem::TooMany { max: MAX_CUSTOM_ATTRIBUTES, unit: "custom attributes" };
                return Err(Error::invalid(Field::Key, problem));
            }
            tx.set_custom_attribute(user, &attribute)?;
            let event = Event::of_user(EventKind::CustomAttributeSet, user).with("key", attribute.key.as_str());
            Ok(((), Some(event)))
        })
        .await
    }

    /// # Errors
    /// `NotFound`.
    pub async fn remove_custom_attribute(&self, admin: &Admin, user: UserId, key: String) -> Result<(), Error> {
        self.write_reducing_for(admin, move |tx| {
            if !tx.delete_custom_attribute(user, &key)? {
                return Err(Error::NotFound);
            }
            Ok(((), [Event::of_user(EventKind::CustomAttributeRemoved, user).with("key", key.as_str())]))
        })
        .await
    }
}
