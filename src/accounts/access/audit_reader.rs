//! The permission to read the audit log.

use super::permissions::{AccountAccess, Admin};
use crate::domain::UserId;
use crate::store::AuditEvent;

/// Permission to read the audit log: all of it, or the events that one user caused or that are about them.
#[derive(Debug)]
pub struct AuditReader {
    account: Option<UserId>,
    /// Whether the reader may see from where, and with which credential, others made a change.
    sees_others: bool,
}

impl AuditReader {
    /// The user whose events are included; `None` for all.
    pub(in crate::accounts) fn account(&self) -> Option<UserId> {
        self.account
    }

    pub(in crate::accounts) fn includes(&self, event: &AuditEvent) -> bool {
        self.account.is_none() || self.account == event.actor_id || self.account == event.subject_id
    }

    /// Users learn who changed their account, but not from where an administrator did it. Of strangers, whose attempts
    /// failed, the address is all there is.
    pub(in crate::accounts) fn redact(&self, event: AuditEvent) -> AuditEvent {
        let is_others = event.actor.is_some() && event.actor_id != self.account;
        if self.sees_others || !is_others { event } else { AuditEvent { via: None, address: None, ..event } }
    }
}

impl From<&AccountAccess> for AuditReader {
    fn from(access: &AccountAccess) -> Self {
        Self { account: Some(access.user()), sees_others: access.authorization.as_admin }
    }
}

impl From<&Admin> for AuditReader {
    fn from(_: &Admin) -> Self {
        Self { account: None, sees_others: true }
    }
}
