//! The account server that a test controls.

use crate::authorization::{Authorization, Cookie};
use crate::builder::Builder;
use crate::client::Client;
use crate::clock::Clock;
use crate::control::Control;
use crate::fault::{ActiveFault, Fault};
use crate::matching::Match;
use crate::mode::Mode;
use crate::requests::{Expectation, Requests};
use crate::token::NewToken;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// An account server, or a sandbox of one. [`Accountd`](crate::Accountd) and
/// [`blocking::Accountd`](crate::blocking::Accountd) are its two modes.
///
/// Its drop checks what [`Requests::expect_on_drop`] expects, and makes the process available to the next test.
pub struct StandIn<M: Mode> {
    control: Arc<Control>,
    expectations: Mutex<Vec<Expectation>>,
    mode: PhantomData<fn() -> M>,
}

impl<M: Mode> StandIn<M> {
    /// A server with the accounts of a fixture. Its path is relative to the directory of the package's `Cargo.toml`.
    pub fn seed(path: impl AsRef<Path>) -> Builder<M> {
        Builder::new().seed(path)
    }

    /// A server with the accounts of `accountd demo`.
    pub fn demo() -> Builder<M> {
        Builder::new()
    }

    pub(crate) fn new(control: Arc<Control>) -> Self {
        Self { control, expectations: Mutex::default(), mode: PhantomData }
    }

    /// Where clients reach it: `http://127.0.0.1:43211`.
    pub fn url(&self) -> &str {
        &self.control.client.url
    }

    /// The process id of the server.
    pub fn pid(&self) -> u32 {
        self.control.pid
    }

    /// Restores everything that was there after the seeds: accounts, ids, sessions, clock, faults and journal.
    #[track_caller]
    pub fn reset(&self) -> M::Answer<()> {
        self.reset_to("seed")
    }

    /// Restores the seeds (`seed`), nothing at all (`empty`), or a snapshot, as [`snapshot`](Self::snapshot) returns it.
    #[track_caller]
    pub fn reset_to(&self, state: &str) -> M::Answer<()> {
        let body = json!({ "to": state });
        self.call(move |client| client.post("reset", &body).map(drop))
    }

    /// A new token of a user.
    #[track_caller]
    pub fn token(&self, token: impl Into<NewToken>) -> M::Answer<String> {
        let body = token.into().0;
        self.call(move |client| text(&client.post("tokens", &body)?, "token"))
    }

    /// The session cookie of a user, for a browser test that skips the form.
    #[track_caller]
    pub fn sign_in(&self, user: &str) -> M::Answer<Cookie> {
        let body = json!({ "user": user });
        self.call(move |client| {
            let answer = client.post("sign-ins", &body)?;
            Ok(Cookie { name: text(&answer, "name")?, value: text(&answer, "value")? })
        })
    }

    /// What the next OAuth authorization request is answered, without a browser.
    #[track_caller]
    pub fn next_authorization(&self, answer: Authorization<'_>) -> M::Answer<()> {
        let body = answer.to_json();
        self.call(move |client| client.post("oauth/next", &body).map(drop))
    }

    /// Its clock.
    pub fn clock(&self) -> Clock<'_, M> {
        Clock(self)
    }

    /// Makes requests of an operation, or requests that match, fail.
    #[track_caller]
    pub fn fail(&self, requests: impl Into<Match>, fault: Fault) -> M::Answer<ActiveFault<M>> {
        let body = fault.to_json(requests.into());
        let control = Arc::clone(&self.control);
        M::run(move || {
            let answer = control.client.post("faults", &body)?;
            Ok(ActiveFault::new(control, &answer["id"]))
        })
    }

    /// The journal of its requests.
    pub fn requests(&self) -> Requests<'_, M> {
        Requests(self)
    }

    /// The accounts as a fixture, with hashes instead of secrets.
    #[track_caller]
    pub fn state(&self) -> M::Answer<Value> {
        self.call(|client| client.get("state"))
    }

    /// Adds the accounts of a fixture, all or none, and returns the ids of its users by their names.
    #[track_caller]
    pub fn import_state(&self, fixture: &Value) -> M::Answer<BTreeMap<String, u64>> {
        let fixture = fixture.clone();
        self.call(move |client| {
            let answer = client.post("import", &fixture)?;
            let users = answer["users"].as_array().into_iter().flatten();
            users.map(|user| Ok((text(user, "username")?, user["id"].as_u64().ok_or("a user has no id")?))).collect()
        })
    }

    /// Keeps the current state under a name, and returns what [`reset_to`](Self::reset_to) takes to restore it.
    #[track_caller]
    pub fn snapshot(&self, name: &str) -> M::Answer<String> {
        let (control, name) = (Arc::clone(&self.control), name.to_owned());
        M::run(move || {
            control.client.put(&format!("snapshots/{name}"), &json!({}))?;
            control.add_snapshot(&name);
            Ok(format!("snapshot:{name}"))
        })
    }

    /// A stand-in with a state and a port of its own, in the same process. It begins as the seeds left this one, and its
    /// drop deletes it.
    #[track_caller]
    pub fn sandbox(&self, name: &str) -> M::Answer<Self> {
        self.sandbox_from(name, "seed")
    }

    /// A sandbox that begins as `seed`, `empty`, `current` or a snapshot.
    #[track_caller]
    pub fn sandbox_from(&self, name: &str, from: &str) -> M::Answer<Self> {
        let (parent, name, from) = (Arc::clone(&self.control), name.to_owned(), from.to_owned());
        M::run(move || {
            let answer = parent.client.post("sandboxes", &json!({ "name": name, "from": from }))?;
            Ok(Self::new(Control::of_sandbox(name, &text(&answer, "url")?, parent)))
        })
    }

    /// The names of all operations, such as `gitlab.v4.users.create`.
    #[track_caller]
    pub fn operations(&self) -> M::Answer<Vec<String>> {
        self.call(|client| {
            let answer = client.get("operations")?;
            let names = answer["operations"].as_array().into_iter().flatten();
            Ok(names.filter_map(Value::as_str).map(str::to_owned).collect())
        })
    }

    #[track_caller]
    pub(crate) fn call<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Client) -> Result<T, String> + Send + 'static,
    ) -> M::Answer<T> {
        let control = Arc::clone(&self.control);
        M::run(move || call(&control.client))
    }

    pub(crate) fn expect_on_drop(&self, expectation: Expectation) {
        self.expectations.lock().unwrap_or_else(PoisonError::into_inner).push(expectation);
    }
}

impl<M: Mode> Drop for StandIn<M> {
    fn drop(&mut self) {
        if thread::panicking() {
            return;
        }
        let expectations = self.expectations.get_mut().unwrap_or_else(PoisonError::into_inner);
        let unmet: Vec<_> =
            expectations.iter().filter_map(|expected| expected.check(&self.control.client).err()).collect();
        assert!(unmet.is_empty(), "{}", unmet.join("\n"));
    }
}

/// A text in an answer.
pub(crate) fn text(answer: &Value, key: &str) -> Result<String, String> {
    answer[key].as_str().map(str::to_owned).ok_or_else(|| format!("the answer has no {key:?}"))
}
