//! The use cases of accounts, shared by all dialects.
//!
//! Permissions are objects that only [`access`] makes, from an [`Actor`]. Every use case demands the one it needs
//! ([`Reader`], [`AccountAccess`], [`Admin`]), so that it cannot be called without the check, and a dialect can obtain
//! it before it reads the body.

pub mod access;
mod actor;
mod address_owner;
mod applications;
pub mod archive;
mod audit;
mod authentication;
mod authorized_keys;
mod bounds;
mod clients;
mod custom_attributes;
mod emails;
mod error;
mod grants;
mod images;
mod introspection;
mod jobs;
mod key_lists;
mod keys;
mod limits;
mod moderation;
mod password_links;
mod preferences;
mod purge;
mod reading_users;
mod rotation;
mod service_accounts;
mod stats;
mod statuses;
mod tokens;
mod usage;
mod user_events;
mod users;

#[cfg(test)]
mod tests;

pub use crate::store::{
    Application, ApplicationUser, AuditEvent, AuditFilter, AuditQuery, AuthorizedKey, Batch, Browser, Consent, Cursor,
    DataVersion, EmailRow, GrantSummary, Image, KeyLookup, LinkPurpose, Order, PasswordLink, Search, SignerCursor,
    TokenOrder, TokenQuery, Total, UserQuery, WebSessionSummary,
};
pub use access::{AccountAccess, Admin, AuditReader, PublicReader, Reader, TokenAccess, Viewer};
pub use actor::{Actor, SignedIn};
pub use applications::{ApplicationChange, NewApplication};
pub use audit::{AuditDays, audit_details};
pub use authentication::{Cost, Credential, LoginRate};
pub use bounds::AccountBounds;
pub use clients::Client;
pub use emails::EmailChange;
pub use error::{Error, Forbidden, TokenEnd};
pub use grants::{CodeExchange, TokenError, TokenResponse};
pub use introspection::Introspected;
pub use jobs::Jobs;
pub use key_lists::{KeyList, PublicKeyList};
pub use moderation::{Moderated, Refused};
pub use preferences::PreferencesChange;
pub use reading_users::UserList;
pub use service_accounts::NewServiceAccount;
pub use stats::{ServerFacts, Stats};
pub use statuses::StatusChange;
pub use tokens::{NewPersonalToken, TokenList};
pub use users::{CreateUser, IdentityChange, ProfileChange, UpdateUser, UserAttributes};

use crate::domain::{Clock, EmailTrust, KeyPolicy, Random, Token, TokenPrefix};
use crate::store::{Reporter, Store};
use arc_swap::ArcSwap;
use audit::{ChangeLimiter, FailedSignIns};
use authentication::{CredentialCache, LoginLimiter, PassedTime, Passwords};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Instant;

/// The accounts of one database.
#[derive(Clone)]
pub struct Accounts {
    store: Arc<Store>,
    passwords: Arc<Passwords>,
    credentials: Arc<CredentialCache>,
    login_limiter: Arc<LoginLimiter>,
    usage: Arc<usage::Usage>,
    failed_sign_ins: Arc<FailedSignIns>,
    change_limiter: Arc<ChangeLimiter>,
    counters: Arc<stats::Counters>,
    /// Notified of every deletion of a user.
    user_deleted: Arc<tokio::sync::Notify>,
    keys: KeyPolicy,
    cost: Cost,
    rate: LoginRate,
    bounds: AccountBounds,
    email_trust: EmailTrust,
    audit_days: AuditDays,
}

/// The accounts that a server uses. A stand-in replaces them while it serves.
pub type CurrentAccounts = Arc<ArcSwap<Accounts>>;

impl From<Accounts> for CurrentAccounts {
    fn from(accounts: Accounts) -> Self {
        Arc::new(ArcSwap::from_pointee(accounts))
    }
}

impl Accounts {
    /// # Errors
    /// The operating system provides no randomness.
    pub fn new(store: Store, cost: Cost, keys: KeyPolicy, rate: LoginRate) -> Result<Self, Error> {
        let (clock, random) = (store.clock().clone(), store.random().clone());
        let bounds = AccountBounds::default();
        Ok(Self {
            store: Arc::new(store),
            passwords: Arc::new(Passwords::new(cost, random)?),
            credentials: Arc::new(CredentialCache::new()?),
            change_limiter: Arc::new(ChangeLimiter::new(bounds.changes_per_day, &clock)),
            login_limiter: Arc::new(LoginLimiter::new(rate, PassedTime::new(clock))),
            usage: Arc::default(),
            failed_sign_ins: Arc::default(),
            counters: Arc::default(),
            user_deleted: Arc::default(),
            keys,
            cost,
            rate,
            bounds,
            email_trust: EmailTrust::default(),
            audit_days: AuditDays::default(),
        })
    }

    /// Sets how much one account may hold and change. Its allowances begin anew.
    #[must_use]
    pub fn with_bounds(self, bounds: AccountBounds) -> Self {
        let change_limiter = Arc::new(ChangeLimiter::new(bounds.changes_per_day, self.clock()));
        Self { bounds, change_limiter, ..self }
    }

    /// The same accounts with another rule for whose word makes an address the user's.
    #[must_use]
    pub fn with_email_trust(self, email_trust: EmailTrust) -> Self {
        Self { email_trust, ..self }
    }

    /// The clock that all their times are from. It has a handle if they are in memory.
    pub fn clock(&self) -> &Clock {
        self.store.clock()
    }

    /// The time by that clock.
    pub fn now(&self) -> Timestamp {
        self.clock().now()
    }

    /// The source of their secrets and ids.
    pub fn random(&self) -> &Random {
        self.store.random()
    }

    /// Generates a token. It authenticates no request until it is stored.
    ///
    /// # Errors
    /// `Internal` if the operating system provides no randomness.
    pub fn new_token(&self, prefix: TokenPrefix) -> Result<Token, Error> {
        Ok(Token::generate(prefix, self.random())?)
    }

    /// Sets how long the rows of the audit log stay.
    #[must_use]
    pub fn with_audit_days(self, audit_days: AuditDays) -> Self {
        Self { audit_days, ..self }
    }

    /// How many wrong passwords are allowed.
    pub fn login_rate(&self) -> LoginRate {
        self.rate
    }

    /// Whose word makes an address the user's.
    pub fn email_trust(&self) -> EmailTrust {
        self.email_trust
    }

    /// The rules for SSH keys of this install.
    pub fn key_policy(&self) -> KeyPolicy {
        self.keys
    }

    /// Bounds the time that closing the database takes: [`Store::close_by`].
    pub fn close_by(&self, deadline: Instant) {
        self.store.close_by(deadline);
    }

    /// Copies the database to a new file, while it is in use.
    ///
    /// # Errors
    /// The file exists or can't be written.
    pub fn backup(
        &self,
        _operator: &Admin,
        to: &std::path::Path,
        reporter: &Reporter,
    ) -> Result<(), crate::store::Error> {
        self.store.backup(to, reporter)
    }
}
