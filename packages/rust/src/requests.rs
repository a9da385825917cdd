//! The journal of the requests that a stand-in has answered.

use crate::client::Client;
use crate::fault::milliseconds;
use crate::matching::Match;
use crate::mode::Mode;
use crate::stand_in::StandIn;
use serde_json::{Value, json};
use std::fmt::Write;
use std::panic::Location;
use std::time::Duration;

/// The answered requests since the last reset. Each has `seq`, `operation`, `user` and more, and no secrets.
pub struct Requests<'a, M: Mode>(pub(crate) &'a StandIn<M>);

impl<M: Mode> Requests<'_, M> {
    /// All that the journal holds.
    #[track_caller]
    pub fn list(&self) -> M::Answer<Vec<Value>> {
        self.0.call(|client| pages(|since| client.get(&format!("requests?since={since}"))))
    }

    /// Those that match.
    #[track_caller]
    pub fn find(&self, requests: impl Into<Match>) -> M::Answer<Vec<Value>> {
        let requests = requests.into().to_json();
        self.0.call(move |client| {
            pages(|since| client.post("requests/find", &json!({ "match": requests, "since": since })))
        })
    }

    /// Checks that there were exactly so many.
    ///
    /// # Panics
    /// If there were not. The message names the closest requests.
    #[track_caller]
    pub fn expect(&self, requests: impl Into<Match>, times: u64) -> M::Answer<()> {
        self.expect_within(requests, times, Duration::ZERO)
    }

    /// Waits until there are exactly so many.
    ///
    /// # Panics
    /// If there are not within this time.
    #[track_caller]
    pub fn expect_within(&self, requests: impl Into<Match>, times: u64, wait: Duration) -> M::Answer<()> {
        let body = json!({ "match": requests.into().to_json(), "times": times, "wait_ms": milliseconds(wait) });
        self.0.call(move |client| expect(client, &body))
    }

    /// Makes the drop of the stand-in check that there were exactly so many since the last reset. It panics if there were
    /// not, unless the test is panicking already.
    #[track_caller]
    pub fn expect_on_drop(&self, requests: impl Into<Match>, times: u64) {
        let body = json!({ "match": requests.into().to_json(), "times": times });
        self.0.expect_on_drop(Expectation { body, caller: Location::caller() });
    }

    /// Empties the journal.
    #[track_caller]
    pub fn clear(&self) -> M::Answer<()> {
        self.0.call(|client| client.delete("requests").map(drop))
    }
}

/// All pages of a list: each holds about a mebibyte of entries, and says whether there are more.
fn pages(get: impl Fn(u64) -> Result<Value, String>) -> Result<Vec<Value>, String> {
    let (mut entries, mut since) = (Vec::new(), 0);
    loop {
        let mut page = get(since)?;
        match page["requests"].take() {
            Value::Array(more) => entries.extend(more),
            _ => return Err("the answer has no \"requests\"".into()),
        }
        if page["more"] != true {
            return Ok(entries);
        }
        since = page["last"].as_u64().ok_or("the answer has no \"last\"")?;
    }
}

/// Checks an expectation. The error says what was expected, and which requests are closest.
fn expect(client: &Client, body: &Value) -> Result<(), String> {
    let answer = client.check("requests/expect", body)?;
    let Some(message) = answer["message"].as_str() else { return Ok(()) };
    let mut text = format!("{message}: {}", body["match"]);
    for close in answer["closest"].as_array().into_iter().flatten() {
        let seq = close["seq"].as_u64().unwrap_or_default();
        let page = client.get(&format!("requests?since={}", seq.saturating_sub(1)))?;
        let differs: Vec<_> = close["differs"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        _ = write!(text, "\n  #{seq} {} differs in {}", summary(&page["requests"][0]), differs.join(", "));
    }
    Err(text)
}

/// `POST /api/v4/users (gitlab.v4.users.create) by root: 201`
fn summary(entry: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let request = format!("{} {}", text(&entry["request"]["method"]), text(&entry["request"]["path"]));
    let operation = entry["operation"].as_str().unwrap_or("unrouted");
    let user = entry["user"].as_str().map(|user| format!(" by {user}")).unwrap_or_default();
    let status = entry["answer"]["status"].as_u64().map_or_else(|| "no answer".into(), |status| status.to_string());
    format!("{request} ({operation}){user}: {status}")
}

/// What the drop of a stand-in checks.
pub struct Expectation {
    body: Value,
    caller: &'static Location<'static>,
}

impl Expectation {
    pub(crate) fn check(&self, client: &Client) -> Result<(), String> {
        expect(client, &self.body).map_err(|message| format!("{message}\n(expected at {})", self.caller))
    }
}
