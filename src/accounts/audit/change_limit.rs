//! Rate limits on changes, so that no account fills the disk with rows of the audit log.
//!
//! Each account has three allowances, which refill continuously: one for its changes, one for its sign-ins, and one for
//! the refreshes of all applications that act for it. They are apart, so that a thief who has a token, or an application
//! that refreshes in a loop, cannot keep the user from signing in and revoking it.
//!
//! A change that only takes away is free and never refused. It cannot be repeated without one that is counted, so there
//! are at most twice as many rows as the allowances give. Administrators and the command line are not limited.
//!
//! The allowances are in three tables of fixed size, and a restart of the server refills them.

use super::EventKind;
use crate::accounts::Error;
use crate::accounts::authentication::{CELLS, PassedTime, Table};
use crate::domain::{Clock, UserId};
use governor::Quota;
use std::num::NonZeroU32;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// The places of each table for accounts in memory: a sandbox has tables of its own, and each reset makes new ones.
const IN_MEMORY_CELLS: usize = 1 << 10;

/// What a change is counted as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Allowance {
    Changes,
    SignIns,
    Refreshes,
}

impl Allowance {
    /// `None` for what is never refused.
    fn of(event: EventKind) -> Option<Self> {
        use EventKind::{
            AccountsImported, ApplicationDeleted, ApplicationRegistered, ApplicationSecretRotated, ApplicationUpdated,
            CustomAttributeRemoved, CustomAttributeSet, EmailAdded, EmailRemoved, EmailUpdated, GrantCreated,
            GrantRedeemed, GrantRefreshed, GrantReused, GrantRevoked, IdentityRemoved, KeyAdded, KeyRemoved,
            PasswordLinkCreated, PasswordLinkRevoked, PasswordLinkUsed, PreferencesUpdated, SessionConfirmed,
            SessionEnded, SessionStarted, SignInFailed, StatusCleared, StatusSet, TokenCreated, TokenReused,
            TokenRevoked, TokenRotated, UserActivated, UserApproved, UserBanned, UserBlocked, UserCreated,
            UserDeactivated, UserDeleted, UserRejected, UserUnbanned, UserUnblocked, UserUpdated,
        };
        match event {
            UserCreated
            | UserUpdated
            | UserUnblocked
            | UserUnbanned
            | UserApproved
            | EmailAdded
            | EmailUpdated
            | KeyAdded
            | TokenCreated
            | TokenRotated
            | GrantCreated
            | StatusSet
            | PreferencesUpdated
            | CustomAttributeSet
            | ApplicationRegistered
            | ApplicationUpdated
            | PasswordLinkCreated
            | ApplicationSecretRotated
            | AccountsImported => Some(Self::Changes),
            // A sign-in activates a dormant user.
            SessionStarted | SessionConfirmed | UserActivated => Some(Self::SignIns),
            GrantRefreshed => Some(Self::Refreshes),
            UserDeleted
            | UserBlocked
            | UserBanned
            | UserDeactivated
            | UserRejected
            | IdentityRemoved
            | EmailRemoved
            | KeyRemoved
            | TokenRevoked
            | TokenReused
            | SessionEnded
            | GrantRevoked
            | GrantReused
            | ApplicationDeleted
            | PasswordLinkRevoked
            | StatusCleared
            | CustomAttributeRemoved => None,
            // Once for each grant and each link.
            GrantRedeemed | PasswordLinkUsed => None,
            // Has a bound of its own.
            SignInFailed => None,
        }
    }
}

/// Decides when a row is added, in the transaction of the change, so a refused change is rolled back.
pub struct ChangeLimiter {
    per_day: NonZeroU32,
    changes: Table<PassedTime>,
    sign_ins: Table<PassedTime>,
    refreshes: Table<PassedTime>,
}

impl ChangeLimiter {
    /// That many of each a day, also in a burst.
    pub fn new(per_day: NonZeroU32, clock: &Clock) -> Self {
        let cells = if clock.handle().is_some() { IN_MEMORY_CELLS } else { CELLS };
        let clock = PassedTime::new(clock.clone());
        // A period is zero, for which there is no quota, only if there are more than the nanoseconds of a day.
        let quota = Quota::with_period(DAY / per_day.get()).unwrap_or(Quota::per_second(per_day)).allow_burst(per_day);
        let table = || Table::with_cells(quota, clock.clone(), cells);
        Self { per_day, changes: table(), sign_ins: table(), refreshes: table() }
    }

    /// Takes what the event costs from the account's allowance.
    ///
    /// # Errors
    /// `TooManyChanges`.
    pub(super) fn take(&self, account: UserId, event: EventKind) -> Result<(), Error> {
        let table = match Allowance::of(event) {
            Some(Allowance::Changes) => &self.changes,
            Some(Allowance::SignIns) => &self.sign_ins,
            Some(Allowance::Refreshes) => &self.refreshes,
            None => return Ok(()),
        };
        // Ids are dense, so only accounts whose ids are a multiple of the table's length apart share a place.
        let taken = table.take(account.0.cast_unsigned());
        taken.map_err(|retry_after| Error::TooManyChanges { per_day: self.per_day, retry_after })
    }
}
