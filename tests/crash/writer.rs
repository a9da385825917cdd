//! Writers: each changes accounts of its own, one write after another, and records what they must look like.

use crate::client::{Client, Reply};
use crate::harness::{Server, accountd};
use crate::history::{History, Progress};
use crate::random::Random;
use crate::state::{Account, Accounts, stored};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The token of the administrator in every database of these tests.
pub const ROOT: &str = "root-token-of-the-crash-tests";

/// The interfaces of the writers that run at the same time. docker's dialect has two.
pub const INTERFACES: [Interface; 6] = [
    Interface::Docker,
    Interface::Docker,
    Interface::Gitlab,
    Interface::GitlabUsers,
    Interface::Commands,
    Interface::Import,
];

/// How a writer changes its accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interface {
    Docker,
    Gitlab,
    /// An administrator creates and deletes users.
    GitlabUsers,
    Commands,
    /// The `import` command.
    Import,
}

pub struct Writer {
    /// The username of its first account; those of the others start with it.
    pub prefix: String,
    pub interface: Interface,
    pub history: Arc<Mutex<History>>,
    /// Whether a response began and broke off.
    pub was_truncated: bool,
    pub(crate) client: Client,
    pub(crate) db: PathBuf,
    pub(crate) random: Random,
    /// The number of writes so far, for words that are used only once.
    count: u64,
    /// Ids that the API needs to delete keys by title and users by name.
    pub(crate) ids: Vec<(String, i64)>,
}

/// A user without a password: as an archive has it, and as the database must have it.
pub fn user(name: &str, token: &str) -> (Value, Account) {
    let address = format!("{name}@start.example");
    let value = json!({
        "username": name, "emails": [{"email": address, "verified": true}],
        "tokens": [{"name": "test", "token": token, "scopes": ["api"]}],
    });
    (value, Account::with_email(&address).with_token("test", token))
}

pub fn token_of(prefix: &str) -> String {
    format!("token-of-{prefix}-for-the-crash-tests")
}

/// An archive for `import` with the administrator and the first accounts of these writers.
pub fn archive(prefixes: &[String]) -> Value {
    let mut root = user("root", ROOT).0;
    root["admin"] = true.into();
    let users = prefixes.iter().map(|prefix| user(prefix, &token_of(prefix)).0);
    json!({"users": std::iter::once(root).chain(users).collect::<Vec<_>>()})
}

impl Writer {
    /// A writer whose first account is in the database as [`archive`] describes it.
    pub fn new(server: &Server, prefix: &str, interface: Interface, random: Random) -> Self {
        let accounts = [(prefix.to_owned(), user(prefix, &token_of(prefix)).1)].into();
        Self {
            prefix: prefix.to_owned(),
            interface,
            history: Arc::new(Mutex::new(History { states: vec![accounts], answered: 0 })),
            was_truncated: false,
            client: Client::new(server.address),
            db: server.db.clone(),
            random,
            count: 0,
            ids: Vec::new(),
        }
    }

    /// One writer for each of [`INTERFACES`].
    pub fn one_each(server: &Server, prefixes: &[String], random: &mut Random) -> Vec<Self> {
        let pairs = prefixes.iter().zip(INTERFACES);
        pairs.map(|(prefix, interface)| Self::new(server, prefix, interface, random.fork())).collect()
    }

    /// Writes until it is told to stop or the server is gone.
    pub fn run(&mut self, progress: &Progress) {
        while !progress.stop.load(Ordering::Relaxed) {
            self.count += 1;
            match self.write() {
                Ok(()) => drop(progress.answered.fetch_add(1, Ordering::Relaxed)),
                Err(Reply::Complete(503, _)) => self.withdraw(),
                Err(reply) => {
                    let expected = progress.may_break.load(Ordering::Relaxed);
                    assert!(expected && !matches!(reply, Reply::Complete(..)), "{}: {reply:?}", self.prefix);
                    self.was_truncated = matches!(reply, Reply::Truncated);
                    return;
                }
            }
        }
    }

    /// A slow disk can keep the database locked for longer than a write waits.
    fn withdraw(&self) {
        self.history.lock().unwrap().withdraw();
    }

    /// Records what its accounts become if the write that follows is done.
    pub fn intend(&self, change: impl FnOnce(&mut Accounts)) {
        let mut history = self.history.lock().unwrap();
        let mut next = history.confirmed().clone();
        change(&mut next);
        history.states.push(next);
    }

    /// [`Writer::intend`] for its first account.
    pub fn intend_own(&self, change: impl FnOnce(&mut Account)) {
        self.intend(|accounts| change(accounts.get_mut(&self.prefix).unwrap()));
    }

    fn was_answered(&self) {
        self.history.lock().unwrap().answered += 1;
    }

    /// Its first account.
    pub fn own(&self) -> Account {
        self.history.lock().unwrap().confirmed()[&self.prefix].clone()
    }

    /// A word that no other write uses.
    pub fn word(&self) -> String {
        format!("{}-{}", self.prefix, self.count)
    }

    /// Sends the intended write and expects this status.
    pub fn send(&mut self, method: &str, path: &str, token: &str, body: &Value, status: u16) -> Result<Value, Reply> {
        match self.client.send(method, path, token, body) {
            Reply::Complete(found, answer) if found == status => {
                self.was_answered();
                Ok(answer)
            }
            other => Err(other),
        }
    }

    /// Runs a command that does the intended write. Some commands are killed; the database shows what those have done.
    pub fn run_command(&mut self, args: &[&str]) {
        let mut command = accountd(&[args, &["--db", self.db.to_str().unwrap()]].concat());
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let kill = self.random.below(5) == 0;
        if kill {
            std::thread::sleep(self.random.duration(Duration::from_millis(40)));
            child.kill().unwrap();
        }
        let output = child.wait_with_output().unwrap();
        if output.status.success() {
            return self.was_answered();
        }
        if String::from_utf8_lossy(&output.stderr).ends_with("busy, try again\n") {
            return self.withdraw();
        }
        assert!(kill && output.status.code().is_none(), "{args:?}: {output:?}");
        let found = stored(&self.db);
        self.settle(&found);
    }

    /// [`History::settle`] with its accounts among all those in the database.
    #[track_caller]
    pub fn settle(&self, found: &Accounts) {
        self.history.lock().unwrap().settle(&self.own_of(found), &self.prefix);
    }

    /// Its accounts among all those in the database.
    pub fn own_of(&self, found: &Accounts) -> Accounts {
        let own =
            found.iter().filter(|(name, _)| **name == self.prefix || name.starts_with(&format!("{}-", self.prefix)));
        own.map(|(name, account)| (name.clone(), account.clone())).collect()
    }
}
