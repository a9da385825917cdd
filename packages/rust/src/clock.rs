//! The clock of a stand-in.

use crate::client::Client;
use crate::mode::Mode;
use crate::stand_in::{StandIn, text};
use serde_json::{Value, json};

/// A clock that tokens, sessions, limits and dates follow. Times are RFC 3339, `2026-01-31T12:00:00Z`; each method returns
/// the time that the clock then shows.
pub struct Clock<'a, M: Mode>(pub(crate) &'a StandIn<M>);

impl<M: Mode> Clock<'_, M> {
    /// The time that it shows.
    #[track_caller]
    pub fn now(&self) -> M::Answer<String> {
        self.call(|client| client.get("clock"))
    }

    /// Moves it forward: `2h`, `90s`.
    #[track_caller]
    pub fn advance(&self, by: &str) -> M::Answer<String> {
        let body = json!({ "by": by });
        self.call(move |client| client.post("clock/advance", &body))
    }

    /// Moves it to this time, from which it runs.
    #[track_caller]
    pub fn set(&self, time: &str) -> M::Answer<String> {
        let body = json!({ "now": time, "frozen": false });
        self.call(move |client| client.put("clock", &body))
    }

    /// Stops it as it is.
    #[track_caller]
    pub fn freeze(&self) -> M::Answer<String> {
        self.call(|client| client.put("clock", &json!({ "frozen": true })))
    }

    /// Stops it at this time.
    #[track_caller]
    pub fn freeze_at(&self, time: &str) -> M::Answer<String> {
        let body = json!({ "now": time, "frozen": true });
        self.call(move |client| client.put("clock", &body))
    }

    /// Returns to the real time.
    #[track_caller]
    pub fn reset(&self) -> M::Answer<String> {
        self.call(|client| client.delete("clock"))
    }

    #[track_caller]
    fn call(&self, call: impl FnOnce(&Client) -> Result<Value, String> + Send + 'static) -> M::Answer<String> {
        self.0.call(move |client| text(&call(client)?, "now"))
    }
}
