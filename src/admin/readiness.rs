//! Whether the database can be written to, tried at most once a second.

use crate::accounts::Accounts;
use crate::store;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

/// Who asks more often gets the last answer: nobody can load the writer with questions.
const REMEMBERED_FOR: Duration = Duration::from_secs(1);
/// A trial that takes longer is a failure.
const LIMIT: Duration = Duration::from_secs(2);

/// Nothing, or why not, in a word.
type Verdict = Result<(), &'static str>;

pub struct Readiness {
    accounts: Accounts,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    last: Option<(Instant, Verdict)>,
    /// One that took too long and is waited for on: there is never a second beside it.
    trial: Option<JoinHandle<Result<(), store::Error>>>,
}

impl Readiness {
    pub fn of(accounts: Accounts) -> Self {
        Self { accounts, state: Mutex::default() }
    }

    /// # Errors
    /// `timeout`, or a [`store::Error::class`].
    pub async fn ask(&self) -> Verdict {
        let mut state = self.state.lock().await;
        let State { last, trial } = &mut *state;
        let before = last.map(|(_, verdict)| verdict);
        if let Some((at, verdict)) = *last
            && at.elapsed() < REMEMBERED_FOR
        {
            return verdict;
        }
        let accounts = self.accounts.clone();
        let running = trial.get_or_insert_with(|| tokio::spawn(async move { accounts.try_write().await }));
        let ended = timeout(LIMIT, running).await;
        if ended.is_ok() {
            *trial = None;
        }
        let outcome = ended.map(|ended| ended.unwrap_or(Err(store::Error::Stopped)));
        let verdict = match &outcome {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(error.class()),
            Err(_) => Err("timeout"),
        };
        if before.unwrap_or(Ok(())) != verdict {
            match outcome {
                Ok(Ok(())) => tracing::info!("the database can be written to again"),
                Ok(Err(error)) => tracing::error!(%error, "the database cannot be written to"),
                Err(late) => tracing::error!(error = %late, "the database cannot be written to"),
            }
        }
        *last = Some((Instant::now(), verdict));
        verdict
    }
}
