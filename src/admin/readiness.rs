//! Checks whether the database can be written to, at most once a second.

use crate::accounts::CurrentAccounts;
use crate::store;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

/// More frequent requests get the last result, so that they cannot load the writer.
const CACHED_FOR: Duration = Duration::from_secs(1);
/// A check that takes longer counts as failed.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Success, or the kind of failure in one word.
type Verdict = Result<(), &'static str>;

pub struct Readiness {
    accounts: CurrentAccounts,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    last: Option<(Instant, Verdict)>,
    /// A check that took too long and has not ended. No second one runs beside it.
    running: Option<JoinHandle<Result<(), store::Error>>>,
}

impl Readiness {
    pub fn new(accounts: CurrentAccounts) -> Self {
        Self { accounts, state: Mutex::default() }
    }

    /// The cached result, or that of a new check.
    ///
    /// # Errors
    /// `timeout`, or a [`store::Error::class`].
    pub async fn check(&self) -> Verdict {
        let mut state = self.state.lock().await;
        let State { last, running } = &mut *state;
        if let Some((checked, verdict)) = *last
            && checked.elapsed() < CACHED_FOR
        {
            return verdict;
        }
        let accounts = self.accounts.load_full();
        let check = running.get_or_insert_with(|| tokio::spawn(async move { accounts.try_write().await }));
        let outcome = match timeout(TIMEOUT, check).await {
            Err(elapsed) => Err(("timeout", elapsed.to_string())),
            Ok(joined) => {
                *running = None;
                joined.unwrap_or(Err(store::Error::Stopped)).map_err(|error| (error.class(), error.to_string()))
            }
        };
        let verdict = outcome.as_ref().map(drop).map_err(|(class, _)| *class);
        if last.map_or(Ok(()), |(_, verdict)| verdict) != verdict {
            match outcome {
                Ok(()) => tracing::info!("the database can be written to again"),
                Err((_, error)) => tracing::error!(%error, "the database cannot be written to"),
            }
        }
        *last = Some((Instant::now(), verdict));
        verdict
    }
}
