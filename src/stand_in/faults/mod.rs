//! Faults on purpose: which requests they affect, and how often.

mod body;
mod connection;
mod effect;
mod handlers;
mod rate;

pub use effect::Effect;
pub use handlers::{clear, create, delete, get, list};

use super::error::Failure;
use super::matching::Match;
use super::subject::Subject;
use crate::http::rate_limit::Exceeded;
use crate::http::router::Router;
use jiff::Timestamp;
use rate::Window;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const MAX_FAULTS: usize = 256;

/// The faults of a sandbox, in the order in which they were created.
#[derive(Default)]
pub struct Faults {
    list: Mutex<List>,
    /// How many there are, so that requests do not wait for each other while there is none.
    count: AtomicUsize,
}

#[derive(Default)]
struct List {
    last_id: u64,
    faults: Vec<Fault>,
}

/// When a fault has its effect.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// When the caller and the body are known, and before the handler is called.
    #[default]
    Before,
    /// When the handler has done its work without an error.
    AfterCommit,
}

/// A fault as it is created.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    #[serde(rename = "match", default)]
    wanted: Match,
    /// How many matching requests pass first.
    #[serde(default)]
    after: u64,
    /// How many are then affected; none: all.
    #[serde(default)]
    times: Option<u64>,
    #[serde(default)]
    when: When,
    effect: Effect,
}

/// A fault, and what it did.
#[derive(Clone, Debug, Serialize)]
pub struct Fault {
    id: u64,
    #[serde(flatten)]
    rule: Arc<Rule>,
    hits: u64,
    /// Matching requests, up to `after`.
    #[serde(skip)]
    passed: u64,
    #[serde(skip)]
    window: Window,
}

/// What a fault does to one request.
pub struct Affected {
    pub id: u64,
    rule: Arc<Rule>,
    exceeded: Option<Exceeded>,
}

impl Rule {
    fn check(self, router: &Router) -> Result<Self, Failure> {
        self.effect.check(self.when)?;
        if self.times == Some(0) {
            return Err(Failure::invalid("times must be 1 or more"));
        }
        if self.times.is_some() && self.effect.rate.is_some() {
            return Err(Failure::invalid("a rate decides how many requests are affected: leave times out"));
        }
        Ok(Self { wanted: self.wanted.check(router)?, ..self })
    }
}

impl Faults {
    fn list(&self) -> MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, rule: Rule) -> Result<Fault, Failure> {
        let mut list = self.list();
        if list.faults.len() >= MAX_FAULTS {
            return Err(Failure::too_many(format!("a sandbox has {MAX_FAULTS} faults at most")));
        }
        list.last_id += 1;
        let window = Window::default();
        let fault = Fault { id: list.last_id, rule: Arc::new(rule), hits: 0, passed: 0, window };
        list.faults.push(fault.clone());
        self.count.store(list.faults.len(), Ordering::Release);
        Ok(fault)
    }

    fn all(&self) -> Vec<Fault> {
        self.list().faults.clone()
    }

    /// Removes those for which `is_gone` holds, and returns how many.
    fn remove(&self, is_gone: impl Fn(&Fault) -> bool) -> usize {
        let mut list = self.list();
        let before = list.faults.len();
        list.faults.retain(|fault| !is_gone(fault));
        self.count.store(list.faults.len(), Ordering::Release);
        before - list.faults.len()
    }

    pub fn is_empty(&self) -> bool {
        self.count.load(Ordering::Acquire) == 0
    }

    /// The first fault that affects this request at this moment. It counts as a hit.
    pub fn decide(&self, when: When, subject: &Subject, now: Timestamp) -> Option<Affected> {
        let mut list = self.list();
        list.faults.iter_mut().find_map(|fault| fault.decide(when, subject, now))
    }
}

impl Fault {
    fn decide(&mut self, when: When, subject: &Subject, now: Timestamp) -> Option<Affected> {
        let Rule { wanted, after, times, effect, .. } = &*self.rule;
        let is_spent = times.is_some_and(|times| self.hits >= times);
        // Only a credential that was valid can be refused as one that has ended.
        let applies = effect.credential.is_none() || subject.user.is_some();
        if self.rule.when != when || is_spent || !applies || !wanted.matches(subject) {
            return None;
        }
        if self.passed < *after {
            self.passed += 1;
            return None;
        }
        let exceeded = match &effect.rate {
            Some(rate) => Some(self.window.count(rate, now)?),
            None => None,
        };
        self.hits += 1;
        Some(Affected { id: self.id, rule: Arc::clone(&self.rule), exceeded })
    }
}
