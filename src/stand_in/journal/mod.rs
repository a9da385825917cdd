//! The journal: the last requests and their answers, in a ring that is bounded in number and bytes.

mod entry;
mod events;
mod expect;
mod handlers;
mod recorded;
pub mod redact;

pub use entry::Recording;
pub use events::{Listeners, events};
pub use handlers::{clear, expect, find, list};
pub use recorded::RecordedRequest;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use tokio::sync::watch;

/// The memory of all entries, in bytes. When it is used up, the oldest entries go.
const MAX_BYTES: usize = 32 << 20;

/// What an entry takes beside its text, in bytes: JSON is longer than what it is made of.
const OVERHEAD: usize = 256;

pub struct Journal {
    ring: Mutex<Ring>,
    /// Changes with each entry, and is true once the journal gets no more entries.
    changed: watch::Sender<bool>,
}

struct Ring {
    entries: VecDeque<Numbered>,
    max_entries: usize,
    bytes: usize,
    /// The number of the last entry.
    last: u64,
    /// The number of the last entry that made room for others.
    displaced: u64,
}

/// An entry.
#[derive(Clone)]
pub struct Numbered {
    pub seq: u64,
    bytes: usize,
    entry: Arc<Lazy>,
}

/// The text of an entry is made when it is first read: parsing, redacting and writing it takes several times as long as
/// most requests, and most entries are never read.
struct Lazy {
    /// Until then.
    recorded: Mutex<Option<RecordedRequest>>,
    /// JSON, without the number and the brace before it.
    text: OnceLock<Box<str>>,
}

impl Numbered {
    /// The JSON object.
    pub fn json(&self) -> String {
        let make =
            || lock(&self.entry.recorded).take().map(|recorded| recorded.entry()[1..].into()).unwrap_or_default();
        format!("{{\"seq\":{},{}", self.seq, self.entry.text.get_or_init(make))
    }
}

/// Entries in their order, and what a reader must know to read on.
pub struct Page {
    pub entries: Vec<Numbered>,
    /// The number of the last entry that was looked at.
    pub last: u64,
    /// How many entries after the reader's last one are gone.
    pub lost: u64,
}

impl Journal {
    pub fn new(max_entries: usize) -> Self {
        let entries = VecDeque::new();
        let ring = Ring { entries, max_entries, bytes: 0, last: 0, displaced: 0 };
        Self { ring: Mutex::new(ring), changed: watch::Sender::new(false) }
    }

    /// Adds a request.
    fn add(&self, recorded: RecordedRequest) {
        let bytes = OVERHEAD + recorded.size();
        lock(&self.ring).push(bytes, Lazy { recorded: Mutex::new(Some(recorded)), text: OnceLock::new() });
        // A reader that subscribes after this finds the request.
        if self.changed.receiver_count() > 0 {
            self.changed.send_modify(|_| {});
        }
    }

    /// The first entries after this number, as many as `limit`.
    pub fn since(&self, seq: u64, limit: usize) -> Page {
        let ring = lock(&self.ring);
        let start = ring.entries.partition_point(|entry| entry.seq <= seq);
        let entries: Vec<_> = ring.entries.range(start..).take(limit).cloned().collect();
        let is_whole = start + entries.len() == ring.entries.len();
        let last = if is_whole { ring.last.max(seq) } else { entries.last().map_or(seq, |entry| entry.seq) };
        Page { entries, last, lost: ring.displaced.saturating_sub(seq) }
    }

    /// The number of the last entry.
    fn last(&self) -> u64 {
        lock(&self.ring).last
    }

    pub fn clear(&self) {
        let mut ring = lock(&self.ring);
        ring.entries.clear();
        (ring.bytes, ring.displaced) = (0, 0);
    }

    /// Changes with each entry from now on.
    pub fn subscribe(&self) -> watch::Receiver<bool> {
        self.changed.subscribe()
    }

    /// Tells all readers that no further entry will come.
    pub fn end(&self) {
        self.changed.send_replace(true);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Ring {
    fn push(&mut self, bytes: usize, entry: Lazy) {
        self.last += 1;
        self.bytes += bytes;
        self.entries.push_back(Numbered { seq: self.last, bytes, entry: Arc::new(entry) });
        while (self.entries.len() > self.max_entries || self.bytes > MAX_BYTES)
            && let Some(oldest) = self.entries.pop_front()
        {
            self.bytes -= oldest.bytes;
            self.displaced = oldest.seq;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(journal: &Journal, bytes: usize) {
        lock(&journal.ring).push(bytes, Lazy { recorded: Mutex::default(), text: OnceLock::new() });
    }

    fn numbers(page: &Page) -> Vec<u64> {
        page.entries.iter().map(|entry| entry.seq).collect()
    }

    #[test]
    fn the_oldest_entries_make_room_and_are_counted() {
        let journal = Journal::new(3);
        (0..5).for_each(|_| push(&journal, 1));
        assert_eq!(numbers(&journal.since(0, usize::MAX)), [3, 4, 5]);
        assert_eq!((journal.since(0, usize::MAX).lost, journal.since(1, 9).lost, journal.since(4, 9).lost), (2, 1, 0));
        assert_eq!(numbers(&journal.since(4, 9)), [5]);
        let first = journal.since(0, 2);
        assert_eq!((numbers(&first), first.last), (vec![3, 4], 4));
        journal.clear();
        push(&journal, 1);
        assert_eq!((numbers(&journal.since(0, usize::MAX)), journal.since(0, usize::MAX).lost), (vec![6], 0));
    }

    #[test]
    fn the_bytes_are_bounded() {
        let journal = Journal::new(usize::MAX);
        (0..40).for_each(|_| push(&journal, 1 << 20));
        assert_eq!(numbers(&journal.since(0, usize::MAX)), (9..=40).collect::<Vec<_>>());
    }
}
