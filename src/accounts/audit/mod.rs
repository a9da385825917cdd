//! The audit log: who changed what, about whom, when and from where.
//!
//! A change and its row are one transaction. A use case changes data with [`Accounts::write_for`] or
//! [`Accounts::write_by`], whose work returns its events together with its result, so one that forgets its
//! event does not compile. A test lists all of them. Recording also limits how many changes an account can make
//! ([`change_limit`]), so no use case can forget that either.
//!
//! No row holds a secret, and none holds the free text of a profile. Times of use are not changes, nor is the removal of
//! rows that have expired or that newer ones replace.

mod author;
mod change_limit;
mod event;
mod failed_sign_ins;

pub(super) use author::{Author, token};
pub(super) use change_limit::ChangeLimiter;
pub(super) use event::{Event, EventKind};
pub(super) use failed_sign_ins::FailedSignIns;

use super::access::AuditReader;
use super::{Accounts, Error};
use crate::domain::AuditEventId;
use crate::store::{self, AuditEvent, AuditFilter, AuditQuery, Write};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use std::sync::Arc;

/// How many days the rows of the log stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditDays(pub u32);

impl Default for AuditDays {
    /// A year, and a month to look back at it.
    fn default() -> Self {
        Self(400)
    }
}

impl AuditDays {
    /// Rows from before the returned time have been kept for long enough at `now`.
    pub(super) fn kept_since(self, now: Timestamp) -> Timestamp {
        let days = SignedDuration::from_hours(24 * i64::from(self.0));
        now.checked_sub(days).unwrap_or(Timestamp::MIN)
    }
}

/// The details in a form for people: `key=3 title="laptop"`. Texts are quoted, so that none looks like another detail.
pub fn audit_details(event: &AuditEvent) -> String {
    let details: Map<String, Value> = serde_json::from_str(&event.details).unwrap_or_default();
    let known = details.iter().filter(|(_, value)| !value.is_null());
    known.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}

impl Accounts {
    /// The part of the log that the permission includes, in the order of the commits. The cost of a page does not depend on
    /// the size of the log.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn audit_log(&self, reader: &AuditReader, query: AuditQuery) -> Result<Vec<AuditEvent>, Error> {
        let filter = reader.account().map_or(query.filter, AuditFilter::Concerning);
        let query = AuditQuery { filter, ..query };
        let events = self.store.list(move |db| db.audit_log(&query)).await?;
        Ok(events.into_iter().map(|event| reader.redact(event)).collect())
    }

    /// One event.
    ///
    /// # Errors
    /// `NotFound`, also for an event that the permission does not include.
    pub fn audit_event(&self, reader: &AuditReader, id: AuditEventId) -> Result<AuditEvent, Error> {
        let event = self.store.read(|db| db.audit_event(id))?;
        event.filter(|event| reader.includes(event)).map(|event| reader.redact(event)).ok_or(Error::NotFound)
    }

    /// Runs a write for an author who needs no permission object, such as an application that redeems a code.
    pub(super) async fn write_by<T, E, F, I>(&self, author: Author, work: F) -> Result<T, E>
    where
        F: FnOnce(&Write<'_>) -> Result<(T, I), E> + Send + 'static,
        I: IntoIterator<Item = Event>,
        T: Send + 'static,
        E: From<Error> + From<store::Error> + Send + 'static,
    {
        let limiter = Arc::clone(&self.change_limiter);
        self.store
            .write(move |tx| {
                let (result, events) = work(tx)?;
                author.record(tx, &limiter, events)?;
                Ok(result)
            })
            .await
    }
}
