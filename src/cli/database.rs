//! Opens the database that a command works on.

use super::arguments::Common;
use super::outcome::{Failure, notice};
use crate::accounts::{AccountAccess, Accounts, Actor, Admin, Cost, LoginRate};
use crate::domain::{EmailAddress, KeyPolicy, User, UserId};
use crate::store::{Create, Location, Purpose, Store};
use etcetera::BaseStrategy;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// The accounts, and the operator's permission to manage them.
pub struct Database {
    pub accounts: Accounts,
    pub operator: Admin,
}

impl Database {
    /// Opens a database, which must exist.
    pub fn open(common: &Common) -> Result<Self, Failure> {
        Self::open_file(path(common)?, Create::Never)
    }

    /// Opens a database, or creates it and says so.
    pub fn open_or_create(common: &Common) -> Result<Self, Failure> {
        Self::open_file(path_to_create(common)?, Create::IfMissing)
    }

    fn open_file(path: PathBuf, create: Create) -> Result<Self, Failure> {
        let store = Store::open(&Location::File(path.clone()), create, Purpose::Command)?;
        if store.created() {
            notice_created(&path);
        }
        Ok(Self {
            accounts: Accounts::new(store, Cost::Standard, KeyPolicy::default(), LoginRate::Off)?,
            operator: Admin::operator(&Actor::operator())?,
        })
    }

    pub fn user(&self, username: &str) -> Result<User, Failure> {
        let found = self.accounts.user_by_name(&self.operator, username);
        found.map_err(Failure::about(format!("user {username:?}")))
    }

    /// The user who has the address before a change that may take it away.
    pub fn owner_of(&self, address: &EmailAddress) -> Result<Option<User>, Failure> {
        Ok(self.accounts.address_owner(&self.operator, address)?)
    }

    /// The permission to change a user's account.
    pub fn access(&self, username: &str) -> Result<AccountAccess, Failure> {
        Ok(self.operator.access_to(self.user(username)?.id))
    }
}

/// Says that the change took the address from its owner, if it was another user.
pub fn notice_taken(address: &EmailAddress, owner: Option<User>, by: UserId) {
    if let Some(owner) = owner.filter(|owner| owner.id != by) {
        notice(format!("{address} was taken from user {}", owner.username));
    }
}

/// A second database is easily created by accident, by leaving out `--db`.
pub fn notice_created(path: &Path) {
    notice(format!("created database {}", path.display()));
}

/// `--db`, or `accountd.db` in the user's data directory (XDG Base Directory Specification).
///
/// Always absolute: SQLite would not take `:memory:` or `file:…` for the name of a file.
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

/// The same for a command that creates a database. Creates the data directory; the folder of `--db` must exist, as a typo
/// would otherwise start a second database.
pub fn path_to_create(common: &Common) -> Result<PathBuf, Failure> {
    let path = path(common)?;
    if let (None, Some(folder)) = (&common.db, path.parent()) {
        let created = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        created.map_err(|error| Failure::new(format!("{}: {error}", folder.display())))?;
    }
    Ok(path)
}

/// Runs a use case to its end on this thread.
pub fn wait<T>(work: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    Ok(runtime.map_err(Failure::new)?.block_on(work))
}
