//! Waits until the journal has as many matching entries as a test expects, and says which ones come close.

use super::super::matching::Match;
use super::super::subject::Subject;
use super::{Journal, Numbered};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Entries that an unmet expectation lists.
const CLOSEST: usize = 3;

pub struct Expectation {
    pub wanted: Match,
    /// None: at least one.
    pub times: Option<u64>,
    pub wait: Duration,
}

/// What was found.
#[derive(Default)]
pub struct Found {
    pub count: u64,
    is_met: bool,
    /// The entries that differ least, the newest first, each with its differences.
    closest: Vec<(u64, Vec<String>)>,
}

impl Expectation {
    /// Whether further entries cannot change the answer.
    fn is_decided(&self, count: u64) -> bool {
        match self.times {
            None => count > 0,
            // Zero can become more as long as there is time.
            Some(0) => count > 0,
            Some(times) => count >= times,
        }
    }

    /// Looks at what the journal has, then at each new entry until the expectation is decided, the time is over or
    /// `end` is ready.
    pub async fn check(&self, journal: &Journal, end: impl Future<Output = ()>) -> Found {
        let mut changed = journal.subscribe();
        let (mut found, mut seen) = (Found::default(), 0);
        let deadline = Instant::now() + self.wait;
        let waiting = async {
            loop {
                let is_ended = *changed.borrow_and_update();
                let page = journal.since(seen, usize::MAX);
                seen = page.last;
                found.look_at(&page.entries, &self.wanted);
                if self.is_decided(found.count) || is_ended || changed.changed().await.is_err() {
                    return;
                }
            }
        };
        let in_time = timeout_at(deadline, waiting);
        tokio::select! {
            _ = in_time => {}
            () = end => {}
        }
        found.is_met = self.times.map_or(found.count > 0, |times| found.count == times);
        found
    }
}

impl Found {
    fn look_at(&mut self, entries: &[Numbered], wanted: &Match) {
        for entry in entries {
            let Some(subject) = entry.subject() else { continue };
            let differences: Vec<_> = wanted.differences(&subject).collect();
            if differences.is_empty() {
                self.count += 1;
                continue;
            }
            let at = self.closest.partition_point(|(_, known)| known.len() < differences.len());
            self.closest.insert(at, (entry.seq, differences));
            self.closest.truncate(CLOSEST);
        }
    }

    /// None if the expectation is met.
    pub fn failure(&self, expectation: &Expectation) -> Option<Value> {
        if self.is_met {
            return None;
        }
        let closest = self.closest.iter().map(|(seq, differs)| json!({ "seq": seq, "differs": differs }));
        let expected = expectation.times.map_or("at least one".to_owned(), |times| times.to_string());
        Some(json!({
            "error": "unmet",
            "message": format!("matching requests: expected {expected}, found {}", self.count),
            "count": self.count,
            "closest": closest.collect::<Vec<_>>(),
        }))
    }
}

impl Numbered {
    /// The request of the entry.
    pub fn subject(&self) -> Option<Subject> {
        serde_json::from_str(&self.json()).ok()
    }
}
