//! The job that deletes rows without use, for as long as the server runs.

use crate::accounts::Accounts;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

/// How often it looks for rows that have expired.
const EVERY: Duration = Duration::from_secs(600);

/// Purges now, because an earlier process may have been stopped halfway, then every ten minutes. Rows of a user who is
/// deleted meanwhile are purged immediately. The job may be aborted at any time.
pub(super) fn start(accounts: Accounts) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut every = interval(EVERY);
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
    })
}
