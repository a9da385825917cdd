//! Opening the accounts that a command works on.

use super::arguments::Common;
use super::outcome::Failure;
use crate::accounts::{Accounts, Actor, Admin, Cost, LoginRate};
use crate::domain::{KeyPolicy, User};
use crate::store::{Create, Location, Purpose, Store};
use etcetera::BaseStrategy;
use std::path::PathBuf;

/// The accounts, and the operator's permission to manage them.
pub struct Database {
    pub accounts: Accounts,
    pub operator: Admin,
}

impl Database {
    /// Opens the database, which must be there.
    pub fn open(common: &Common) -> Result<Self, Failure> {
        Self::open_with(common, Create::Never, KeyPolicy::default())
    }

    /// Opens the database, or makes it.
    pub fn open_or_create(common: &Common) -> Result<Self, Failure> {
        Self::open_with(common, Create::IfMissing, KeyPolicy::default())
    }

    fn open_with(common: &Common, create: Create, keys: KeyPolicy) -> Result<Self, Failure> {
        let store =
            Store::open(&Location::File(path(common)?), create, Purpose::Command).map_err(|error| match error {
                crate::store::Error::Missing(_) => {
                    Failure::new(format!("{error}: `accountd serve` or `accountd user add` makes one"))
                }
                other => Failure::from(other),
            })?;
        Ok(Self {
            accounts: Accounts::new(store, Cost::Standard, keys, LoginRate::Off)?,
            operator: Admin::operator(&Actor::operator())?,
        })
    }

    /// The user of that name.
    pub fn user(&self, username: &str) -> Result<User, Failure> {
        let found = self.accounts.user_by_name(&self.operator, username);
        found.map_err(Failure::about(format!("user {username:?}")))
    }
}

/// `--db`, or `accountd.db` in the user's data directory (XDG Base Directory Specification).
///
/// Always absolute: to SQLite `:memory:` and `file:…` are no names of files.
pub fn path(common: &Common) -> Result<PathBuf, Failure> {
    match &common.db {
        Some(path) => std::path::absolute(path).map_err(Failure::new),
        None => {
            let folders = etcetera::choose_base_strategy();
            let folders =
                folders.map_err(|_| Failure::new("there is no home directory: name the database with --db"))?;
            Ok(folders.data_dir().join("accountd.db"))
        }
    }
}

/// Waits for a use case on this thread.
pub fn wait<T>(work: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    Ok(runtime.map_err(Failure::new)?.block_on(work))
}
