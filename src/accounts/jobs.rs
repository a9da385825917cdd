//! The background jobs of accounts: deleting rows without use, and writing the times of last use and failed sign-ins.

use super::Accounts;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

/// How often rows that have expired are looked for.
const PURGE_EVERY: Duration = Duration::from_secs(600);
/// How often the times of last use are written.
const USAGE_EVERY: Duration = Duration::from_secs(60);

/// The running jobs of some accounts, until it is dropped.
#[must_use = "dropping it ends the jobs"]
pub struct Jobs {
    purge: JoinHandle<()>,
    usage: JoinHandle<()>,
    end: Option<oneshot::Sender<()>>,
}

impl Jobs {
    pub fn start(accounts: &Accounts) -> Self {
        let (end, ended) = oneshot::channel();
        let purge = tokio::spawn(purge(accounts.clone()));
        let usage = tokio::spawn(write_usage(accounts.clone(), ended));
        Self { purge, usage, end: Some(end) }
    }

    /// Ends the jobs, after the times of last use were written once more.
    pub async fn finish(mut self) {
        self.purge.abort();
        self.end = None;
        if let Err(error) = (&mut self.usage).await {
            tracing::warn!(%error, "times of last use were not written");
        }
    }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        self.purge.abort();
        self.usage.abort();
    }
}

/// Purges now, because an earlier process may have been stopped halfway, then every ten minutes. Rows of a user who is
/// deleted meanwhile are purged immediately. A database in memory has no earlier process. The job may be aborted at any
/// time.
async fn purge(accounts: Accounts) {
    let wait = if accounts.store.is_in_memory() { PURGE_EVERY } else { Duration::ZERO };
    let mut every = interval_at(Instant::now() + wait, PURGE_EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let purged = tokio::select! {
            _ = every.tick() => accounts.purge().await,
            () = accounts.user_deleted() => accounts.purge_deleted_users().await,
        };
        if let Err(error) = purged {
            tracing::warn!(%error, "rows without use were not deleted");
        }
    }
}

/// Writes when tokens and passwords were last used, and the failed sign-ins: every minute until `end`, when no request is
/// in flight any more, and then once more. Until then a write is never cancelled, because it has taken the notes; a failed one is tried again.
async fn write_usage(accounts: Accounts, mut end: oneshot::Receiver<()>) {
    let mut every = interval_at(Instant::now() + USAGE_EVERY, USAGE_EVERY);
    loop {
        let is_last = tokio::select! {
            _ = every.tick() => false,
            _ = &mut end => true,
        };
        if let Err(error) = accounts.write_usage().await {
            tracing::warn!(%error, "times of last use were not written");
        }
        if let Err(error) = accounts.write_failed_sign_ins().await {
            tracing::warn!(%error, "failed sign-ins were not written to the audit log");
        }
        if is_last {
            return;
        }
    }
}
