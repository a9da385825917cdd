//! Copies of accounts that are in memory, for a stand-in that is reset.

use super::Accounts;
use crate::store::{Error, Image, Retired, Store};

impl Accounts {
    /// Copies the database. `None` unless it is in memory.
    ///
    /// # Errors
    /// There is no space for the copy.
    pub fn image(&self) -> Result<Option<Image>, Error> {
        self.store.image()
    }

    /// Accounts with the same settings in a new database in memory, which begins as this image. They share nothing else:
    /// the clock, the source of randomness, caches, rate limits and times of last use begin anew.
    ///
    /// # Errors
    /// There is no space for the database.
    pub fn of_image(&self, image: &Image) -> Result<Self, Error> {
        let store = Store::from_image(image)?;
        let accounts = Self::new(store, self.cost, self.keys, self.rate).map_err(|_| Error::Stopped)?;
        Ok(accounts.with_bounds(self.bounds).with_email_trust(self.email_trust).with_audit_days(self.audit_days))
    }

    /// These accounts with a generator that repeats itself in place of the operating system's randomness. `None` unless
    /// they are in memory.
    ///
    /// # Errors
    /// There is no space for the copy.
    pub fn deterministic(&self, seed: u64) -> Result<Option<Self>, Error> {
        self.image()?.map(|image| self.of_image(&image.seeded(seed))).transpose()
    }

    /// Refuses every later use as busy: other accounts have taken the place of these. The value closes the database when it
    /// is dropped.
    pub fn retire(&self) -> Retired {
        self.store.retire()
    }

    pub fn is_retired(&self) -> bool {
        self.store.is_retired()
    }
}
