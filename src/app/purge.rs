//! The job that deletes rows without use, for as long as the server runs.

use crate::accounts::Accounts;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

/// How often it looks for rows that have expired.
const EVERY: Duration = Duration::from_secs(600);

/// Purges now, where an earlier process may have stopped halfway, then every ten minutes and whenever a user was deleted
/// who has many rows. It may be aborted at any time.
pub(super) fn start(accounts: Accounts) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut every = interval(EVERY);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = every.tick() => {}
                () = accounts.purge_is_due() => {}
            }
            if let Err(error) = accounts.purge().await {
                tracing::warn!(%error, "rows without use were not deleted");
            }
        }
    })
}
