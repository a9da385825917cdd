//! A stand-in with its sandboxes, and the model of each.

use super::time::Clock;
use crate::accounts::Accounts;
use crate::compare::{difference_over_http, exported_users};
use crate::expected::difference;
use crate::harness::{Request, Response, Server};
use crate::start;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What a reset restores.
#[derive(Clone)]
pub struct State {
    pub accounts: Accounts,
    pub clock: Clock,
}

impl State {
    pub fn empty() -> State {
        State { accounts: Accounts::default(), clock: Clock::REAL }
    }
}

pub struct Sandbox {
    pub name: String,
    pub url: String,
    pub epoch: u64,
    pub seed: State,
    pub current: State,
    pub snapshots: BTreeMap<&'static str, State>,
}

impl Sandbox {
    pub fn new(name: &str, url: String, seed: State) -> Sandbox {
        let current = seed.clone();
        Sandbox { name: name.into(), url, epoch: 1, seed, current, snapshots: BTreeMap::new() }
    }

    pub fn call(&self, method: &str, path: &str) -> Request {
        Request::to(method, &format!("{}{path}", self.url))
    }

    pub fn control(&self, method: &str, call: &str) -> Request {
        self.call(method, &format!("/_accountd/{call}"))
    }

    /// Fails if the sandbox differs from its model.
    fn compare(&self) -> Result<(), String> {
        let get = |call| self.control("GET", call).send().expect(200);
        let failed = |what: &str, why: String| Err(format!("{} of {}: {why}\n", what, self.name));
        let state = get("state");
        if let Some(why) = difference(&exported_users(&self.current.accounts), &state["users"]) {
            return failed("the accounts", why);
        }
        let (clock, expected) = (get("clock"), self.current.clock);
        let now: Timestamp = clock["now"].as_str().unwrap().parse().unwrap();
        if clock["mode"] != expected.mode() || !expected.allows(now) {
            return failed("the clock", format!("{clock} instead of {expected:?}"));
        }
        let health = get("health");
        let expected = json!({ "sandbox": self.name, "epoch": self.epoch });
        difference(&expected, &health).map_or(Ok(()), |why| failed("the epoch", why))
    }
}

pub struct StandIn {
    server: Server,
    pub precise: bool,
    /// The first is the server itself.
    pub sandboxes: Vec<Sandbox>,
    /// Counts the users that were imported, so that each has another token.
    pub imported: u32,
}

impl StandIn {
    pub fn start(precise: bool, deterministic: bool) -> StandIn {
        let accounts = start::accounts(true);
        let folder = tempfile::tempdir().unwrap();
        let seed = folder.path().join("seed.json");
        std::fs::write(&seed, start::seed(&accounts).to_string()).unwrap();
        let errors = if precise { "precise" } else { "documented" };
        let mut args = vec!["--memory", "--control", "--seed", seed.to_str().unwrap(), "--gitlab-errors", errors];
        args.extend(deterministic.then_some("--deterministic"));
        let seed = State { accounts, clock: Clock::REAL };
        let args: Vec<_> = args.into_iter().map(str::to_owned).collect();
        let server = Server::start_in(folder, &args.iter().map(String::as_str).collect::<Vec<_>>());
        let sandboxes = vec![Sandbox::new("main", server.url(), seed)];
        StandIn { server, precise, sandboxes, imported: 0 }
    }

    pub fn at(&mut self, index: usize) -> &mut Sandbox {
        let count = self.sandboxes.len();
        &mut self.sandboxes[index % count]
    }

    pub fn log(&self) -> String {
        self.server.log()
    }

    /// Fails if a sandbox differs from its model.
    pub fn compare(&self) -> Result<(), String> {
        let list = self.server.get("/_accountd/sandboxes").send().expect(200);
        let mut names: Vec<_> = self.sandboxes[1..].iter().map(|sandbox| sandbox.name.as_str()).collect();
        names.sort_unstable();
        let listed: Vec<_> =
            list["sandboxes"].as_array().unwrap().iter().map(|sandbox| sandbox["name"].as_str().unwrap()).collect();
        if names != listed {
            return Err(format!("the sandboxes are {listed:?} instead of {names:?}\n"));
        }
        self.sandboxes.iter().try_for_each(Sandbox::compare)
    }

    /// Fails if a token works where it must not, or does not work where it must. Using a token can revoke others.
    pub fn compare_tokens(&self) -> Result<(), String> {
        for sandbox in &self.sandboxes {
            let known = |secret: &str| sandbox.current.accounts.tokens.iter().any(|token| token.secret == secret);
            let others = self.sandboxes.iter().flat_map(|other| &other.current.accounts.tokens);
            for foreign in others.filter(|token| !known(&token.secret)) {
                let status = own_token(sandbox, &foreign.secret).status;
                if status != 401 {
                    return Err(format!("{}: {status} for a token of another sandbox\n", sandbox.name));
                }
            }
            if let Some(why) = difference_over_http(&sandbox.url, &sandbox.current.accounts) {
                return Err(format!("after the last step: {}: {why}\n", sandbox.name));
            }
        }
        Ok(())
    }
}

/// The request that every token may make.
pub fn own_token(sandbox: &Sandbox, secret: &str) -> Response {
    sandbox.call("GET", "/api/v4/personal_access_tokens/self").private_token(secret).send()
}

/// Fails if the answer has another status.
pub fn expect(what: &str, answer: Response, status: u16) -> Result<Value, String> {
    match answer.status == status {
        true => Ok(if answer.body.is_empty() { Value::Null } else { answer.json() }),
        false => Err(format!("{what}: {} instead of {status}: {}\n", answer.status, answer.body)),
    }
}
