//! Rules that make requests fail.

use crate::control::Control;
use crate::matching::Match;
use crate::mode::Mode;
use serde_json::{Map, Value, json};
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

/// What happens to matching requests, and to which of them.
#[derive(Clone, Debug)]
#[must_use]
pub struct Fault {
    rule: Map<String, Value>,
    effect: Map<String, Value>,
}

/// What is wrong with a credential that is in order.
#[derive(Clone, Copy, Debug)]
pub enum Credential {
    /// It has expired.
    Expired,
    /// It was revoked.
    Revoked,
}

/// What happens to the connection of a request.
#[derive(Clone, Copy, Debug)]
pub enum Connection {
    /// It is reset.
    Reset,
    /// It is never answered.
    Hang,
    /// It is closed without an answer.
    Empty,
    /// It is closed after this many bytes of the body.
    Truncate(u64),
    /// It sends one byte of the body each time this long has passed, in milliseconds.
    Dribble(u64),
}

impl Fault {
    /// Answers with this status, and the error body that the dialect has for it.
    pub fn status(status: u16) -> Self {
        Self::effect("status", status)
    }

    /// Answers as if the credential were not in order.
    pub fn credential(credential: Credential) -> Self {
        Self::effect(
            "credential",
            match credential {
                Credential::Expired => "expired",
                Credential::Revoked => "revoked",
            },
        )
    }

    /// Answers 429, as GitLab does, to those above this many requests per minute.
    pub fn requests_per_minute(limit: u64) -> Self {
        Self::effect("rate", json!({ "limit": limit, "per": "1m" }))
    }

    /// Disturbs the connection.
    pub fn connection(connection: Connection) -> Self {
        Self::effect(
            "connection",
            match connection {
                Connection::Reset => json!("reset"),
                Connection::Hang => json!("hang"),
                Connection::Empty => json!("empty"),
                Connection::Truncate(bytes) => json!({ "truncate": bytes }),
                Connection::Dribble(milliseconds) => json!({ "dribble_ms": milliseconds }),
            },
        )
    }

    /// Answers late.
    pub fn delay(by: Duration) -> Self {
        Self::effect("delay_ms", milliseconds(by))
    }

    /// The answer has this header, too.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let headers = self.effect.entry("headers").or_insert_with(|| Map::new().into());
        headers[name] = value.into();
        self
    }

    /// The answer has this body.
    pub fn body(self, body: impl Into<Value>) -> Self {
        self.and("body", body)
    }

    /// The answer is late, too.
    pub fn and_delay(self, by: Duration) -> Self {
        self.and("delay_ms", milliseconds(by))
    }

    /// This many matching requests pass first.
    pub fn after(self, requests: u64) -> Self {
        self.rule("after", requests)
    }

    /// This many are affected, instead of all.
    pub fn times(self, requests: u64) -> Self {
        self.rule("times", requests)
    }

    /// The write is done, and its answer lost or replaced.
    pub fn after_commit(self) -> Self {
        self.rule("when", "after_commit")
    }

    pub(crate) fn to_json(&self, requests: Match) -> Value {
        let mut json = self.rule.clone();
        json.insert("match".into(), requests.to_json());
        json.insert("effect".into(), self.effect.clone().into());
        json.into()
    }

    fn effect(key: &str, value: impl Into<Value>) -> Self {
        Self { rule: Map::new(), effect: Map::new() }.and(key, value)
    }

    fn and(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.effect.insert(key.into(), value.into());
        self
    }

    fn rule(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.rule.insert(key.into(), value.into());
        self
    }
}

pub(crate) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A rule that is in force until [`remove`](Self::remove) or the next reset.
pub struct ActiveFault<M: Mode> {
    control: Arc<Control>,
    path: String,
    mode: PhantomData<fn() -> M>,
}

impl<M: Mode> ActiveFault<M> {
    pub(crate) fn new(control: Arc<Control>, id: &Value) -> Self {
        Self { control, path: format!("faults/{id}"), mode: PhantomData }
    }

    /// How many requests it has affected.
    #[track_caller]
    pub fn hits(&self) -> M::Answer<u64> {
        let (control, path) = (Arc::clone(&self.control), self.path.clone());
        M::run(move || control.client.get(&path)?["hits"].as_u64().ok_or_else(|| "the rule has no hits".into()))
    }

    /// Ends the rule.
    #[track_caller]
    pub fn remove(self) -> M::Answer<()> {
        M::run(move || self.control.client.delete(&self.path).map(drop))
    }
}
