//! The use cases: what may be done with accounts, by whom, whichever dialect asks.
//!
//! A permission is an object. [`access`] alone makes them, from an [`Actor`]; a use case asks for the object it needs
//! ([`Reader`], [`AccountAccess`], [`Admin`]), so that nobody can call it who was not let in, and a dialect can look for
//! permission before it looks at the body.

pub mod access;
mod actor;
mod applications;
pub mod archive;
mod attempts;
mod auth;
mod authorizations;
mod authorized_keys;
mod clients;
mod emails;
mod error;
mod glimpses;
mod introspection;
mod keys;
mod moderation;
mod passwords;
mod rehash;
mod rotation;
mod sessions;
mod stats;
mod tokens;
mod usage;
mod users;
mod web_sessions;

#[cfg(test)]
mod tests;

pub use crate::store::{
    Application, AuthorizedKey, Cursor, DataVersion, EmailRow, GrantSummary, KeyLookup, Order, Search, TokenOrder,
    TokenQuery, UserQuery,
};
pub use access::{AccountAccess, Admin, PublicReader, Reader, TokenAccess, Viewer};
pub use actor::{Actor, SignedIn};
pub use applications::NewApplication;
pub use attempts::LoginRate;
pub use auth::Credential;
pub use authorizations::{CodeExchange, Consent, TokenError, TokenResponse};
pub use clients::Client;
pub use emails::EmailChange;
pub use error::{Error, Forbidden};
pub use introspection::{Introspected, NotRevoked};
pub use moderation::{Moderated, Refused};
pub use passwords::Cost;
pub use stats::Stats;
pub use tokens::{NewPersonalToken, TokenList};
pub use users::{CreateUser, IdentityChange, ProfileChange, UpdateUser, UserAttributes, UserList};

use crate::domain::KeyPolicy;
use crate::store::Store;
use governor::clock::MonotonicClock;
use std::sync::Arc;

/// Keys, and addresses, of one user: more than anybody has, and few enough to be listed in one answer.
const MOST_OF_A_USER: u32 = 1000;

/// The present time as the database keeps it: whole microseconds.
fn now() -> jiff::Timestamp {
    let now = jiff::Timestamp::now();
    jiff::Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
}

/// The accounts of one database.
#[derive(Clone)]
pub struct Accounts {
    store: Arc<Store>,
    passwords: Arc<passwords::Passwords>,
    remembered: Arc<auth::Remembered>,
    attempts: Arc<attempts::Attempts>,
    usage: Arc<usage::Usage>,
    counters: Arc<stats::Counters>,
    keys: KeyPolicy,
}

impl Accounts {
    /// # Errors
    /// The operating system has no randomness to give.
    pub fn new(store: Store, cost: Cost, keys: KeyPolicy, rate: LoginRate) -> Result<Self, Error> {
        Ok(Self {
            store: Arc::new(store),
            passwords: Arc::new(passwords::Passwords::new(cost)?),
            remembered: Arc::new(auth::Remembered::new()?),
            attempts: Arc::new(attempts::Attempts::new(rate, MonotonicClock)),
            usage: Arc::default(),
            counters: Arc::default(),
            keys,
        })
    }

    /// What an SSH key must be to be accepted here.
    pub fn key_policy(&self) -> KeyPolicy {
        self.keys
    }

    /// Copies the database to a new file while it is in use.
    ///
    /// # Errors
    /// The file exists, or can't be written.
    pub fn backup(&self, _operator: &Admin, to: &std::path::Path) -> Result<(), crate::store::Error> {
        self.store.backup(to)
    }
}
