//! What a sandbox does to requests and remembers of them. A reset replaces it.

use super::error::Failure;
use super::faults::Faults;
use super::journal::Journal;
use super::token_names::TokenNames;
use std::sync::Arc;
use tokio::sync::watch;

/// The entries of a journal, unless there is to be another number of them.
pub const JOURNAL: usize = 10_000;

/// How a stand-in treats requests.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The most entries of the journal; none: there is no journal.
    pub journal: Option<usize>,
    /// A request that no route handles is answered with 501.
    pub strict: bool,
}

pub struct Requests {
    /// Counts resets, from 1.
    pub epoch: u64,
    pub faults: Faults,
    pub token_names: TokenNames,
    pub journal: Option<Arc<Journal>>,
    pub strict: bool,
    ended: watch::Sender<bool>,
}

impl Requests {
    pub fn new(epoch: u64, options: Options) -> Arc<Self> {
        let journal = options.journal.map(|entries| Arc::new(Journal::new(entries)));
        let (faults, token_names) = (Faults::default(), TokenNames::default());
        Arc::new(Self { epoch, faults, token_names, journal, strict: options.strict, ended: watch::Sender::new(false) })
    }

    /// # Errors
    /// There is none.
    pub fn journal(&self) -> Result<Arc<Journal>, Failure> {
        let missing = || Failure::conflict("this server keeps no journal (--journal off)");
        self.journal.clone().ok_or_else(missing)
    }

    /// Others take their place: all that waits for them goes on.
    pub fn end(&self) {
        self.ended.send_replace(true);
        if let Some(journal) = &self.journal {
            journal.end();
        }
    }

    /// Ready when others have taken their place.
    pub async fn ended(&self) {
        // The sender cannot be gone.
        let _ = self.ended.subscribe().wait_for(|is_ended| *is_ended).await;
    }
}
