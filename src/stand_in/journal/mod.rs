//! The journal: the last requests and their answers, in a ring that is bounded in number and bytes.

mod entry;
mod events;
mod expect;
mod handlers;
pub mod redact;

pub use entry::{Record, Recording};
pub use events::{Listeners, events};
pub use handlers::{clear, expect, find, list};

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::runtime::Handle;
use tokio::sync::watch;

/// The memory of all entries, in bytes. When it is used up, the oldest entries go.
const MAX_BYTES: usize = 32 << 20;

/// What an entry takes beside its text.
const OVERHEAD: usize = 64;

/// How many requests may wait for their entries before the entries are made on another thread; and before the request
/// that comes next has to wait for that.
const BATCH: usize = 64;
const MAX_PENDING: usize = 4 * BATCH;
/// The bodies of a request that waits for its entry, in bytes.
const MAX_PENDING_BYTES: usize = 16 << 10;

pub struct Journal {
    /// Requests whose entries are not made yet: no request waits for that, but those who read the journal do.
    pending: Mutex<Vec<Record>>,
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

/// An entry as JSON, without its number and the brace before it.
#[derive(Clone)]
pub struct Numbered {
    pub seq: u64,
    text: Arc<str>,
}

impl Numbered {
    /// The JSON object.
    pub fn json(&self) -> String {
        format!("{{\"seq\":{},{}", self.seq, self.text)
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
        Self { pending: Mutex::default(), ring: Mutex::new(ring), changed: watch::Sender::new(false) }
    }

    /// Adds a request.
    fn add(self: &Arc<Self>, record: Record) {
        let is_large = record.size() > MAX_PENDING_BYTES;
        let pending = {
            let mut pending = lock(&self.pending);
            pending.push(record);
            pending.len()
        };
        if pending >= MAX_PENDING || is_large {
            drop(self.settled());
        } else if pending == BATCH
            && let Ok(runtime) = Handle::try_current()
        {
            let journal = Arc::clone(self);
            runtime.spawn_blocking(move || drop(journal.settled()));
        }
        // A reader that subscribes after this finds the request.
        if self.changed.receiver_count() > 0 {
            self.changed.send_modify(|_| {});
        }
    }

    /// The ring with the entries of all requests until now.
    fn settled(&self) -> MutexGuard<'_, Ring> {
        // The ring is locked first, so that the entries keep the order of the requests.
        let mut ring = lock(&self.ring);
        let pending = std::mem::take(&mut *lock(&self.pending));
        pending.iter().filter_map(Record::entry).for_each(|entry| ring.push(&entry[1..]));
        ring
    }

    /// The first entries after this number, as many as `limit`.
    pub fn since(&self, seq: u64, limit: usize) -> Page {
        let ring = self.settled();
        let start = ring.entries.partition_point(|entry| entry.seq <= seq);
        let entries: Vec<_> = ring.entries.range(start..).take(limit).cloned().collect();
        let is_whole = start + entries.len() == ring.entries.len();
        let last = if is_whole { ring.last.max(seq) } else { entries.last().map_or(seq, |entry| entry.seq) };
        Page { entries, last, lost: ring.displaced.saturating_sub(seq) }
    }

    /// The number of the last entry.
    fn last(&self) -> u64 {
        self.settled().last
    }

    pub fn clear(&self) {
        let mut ring = self.settled();
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
    /// Adds an entry: a JSON object without its first brace.
    fn push(&mut self, text: &str) {
        self.last += 1;
        self.bytes += text.len() + OVERHEAD;
        self.entries.push_back(Numbered { seq: self.last, text: text.into() });
        while (self.entries.len() > self.max_entries || self.bytes > MAX_BYTES)
            && let Some(oldest) = self.entries.pop_front()
        {
            self.bytes -= oldest.text.len() + OVERHEAD;
            self.displaced = oldest.seq;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(page: &Page) -> Vec<u64> {
        page.entries.iter().map(|entry| entry.seq).collect()
    }

    #[test]
    fn the_oldest_entries_make_room_and_are_counted() {
        let journal = Journal::new(3);
        (0..5).for_each(|_| lock(&journal.ring).push("}"));
        assert_eq!(numbers(&journal.since(0, usize::MAX)), [3, 4, 5]);
        assert_eq!((journal.since(0, usize::MAX).lost, journal.since(1, 9).lost, journal.since(4, 9).lost), (2, 1, 0));
        assert_eq!(numbers(&journal.since(4, 9)), [5]);
        let first = journal.since(0, 2);
        assert_eq!((numbers(&first), first.last), (vec![3, 4], 4));
        journal.clear();
        lock(&journal.ring).push("}");
        assert_eq!((numbers(&journal.since(0, usize::MAX)), journal.since(0, usize::MAX).lost), (vec![6], 0));
    }

    #[test]
    fn the_bytes_are_bounded() {
        let journal = Journal::new(usize::MAX);
        let text = "x".repeat(1 << 20);
        (0..40).for_each(|_| lock(&journal.ring).push(&text));
        let bytes: usize = journal.since(0, usize::MAX).entries.iter().map(|entry| entry.text.len()).sum();
        assert!((31 << 20..=MAX_BYTES).contains(&bytes), "{bytes}");
    }
}
