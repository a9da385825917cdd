//! Those who write: each on accounts of its own, one write after another, so that only its last one is ever in doubt.

use crate::client::{Client, Told};
use crate::dice::Dice;
use crate::harness::{Server, accountd};
use crate::state::{Account, Accounts, key, stored};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// The administrator of every database here.
pub const ROOT: &str = "root-token-of-the-crash-tests";

/// What a client's accounts were after each write that was answered, and what the one in doubt makes of them.
#[derive(Default)]
pub struct History {
    pub states: Vec<Accounts>,
    /// The last of them that was answered.
    pub answered: usize,
}

impl History {
    pub fn sure(&self) -> &Accounts {
        &self.states[self.answered]
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Through {
    Docker,
    Gitlab,
    /// Users made and deleted by an administrator.
    Creating,
    Commands,
    Importing,
}

/// Shared by the clients of one server.
#[derive(Default)]
pub struct Course {
    pub stop: AtomicBool,
    /// A request without an answer is what the test is about.
    pub may_be_cut: AtomicBool,
    pub answered: AtomicUsize,
}

pub struct Writer {
    /// Of its users' names.
    pub prefix: String,
    pub through: Through,
    pub history: Arc<Mutex<History>>,
    /// An answer began and did not end.
    pub was_cut_short: bool,
    client: Client,
    db: PathBuf,
    dice: Dice,
    count: u64,
    /// Of keys and users, by title and name: what the API wants to have to delete them.
    ids: Vec<(String, i64)>,
}

/// A user without a password, for a fixture file, and the state that it begins with.
fn user(name: &str, token: &str) -> (Value, Account) {
    let address = format!("{name}@start.example");
    let value = json!({
        "username": name, "emails": [{"email": address, "verified": true}],
        "tokens": [{"name": "test", "token": token, "scopes": ["api"]}],
    });
    (value, Account::with_email(&address).with_token("test", token))
}

fn token_of(prefix: &str) -> String {
    format!("token-of-{prefix}-for-the-crash-tests")
}

/// A fixture with the administrator and the users that these writers begin with.
pub fn fixture(prefixes: &[String]) -> Value {
    let mut root = user("root", ROOT).0;
    root["admin"] = true.into();
    let users = prefixes.iter().map(|prefix| user(prefix, &token_of(prefix)).0);
    json!({"users": std::iter::once(root).chain(users).collect::<Vec<_>>()})
}

impl Writer {
    /// Its user is there already, as [`fixture`] made it.
    pub fn new(server: &Server, prefix: &str, through: Through, dice: Dice) -> Self {
        let accounts = [(prefix.to_owned(), user(prefix, &token_of(prefix)).1)].into();
        Self {
            prefix: prefix.to_owned(),
            through,
            history: Arc::new(Mutex::new(History { states: vec![accounts], answered: 0 })),
            was_cut_short: false,
            client: Client::new(server.address),
            db: server.db.clone(),
            dice,
            count: 0,
            ids: Vec::new(),
        }
    }

    /// Writes until it is told to stop or the server is gone.
    pub fn run(&mut self, course: &Course) {
        while !course.stop.load(Ordering::Relaxed) {
            self.count += 1;
            let answered = match self.through {
                Through::Docker => self.docker(),
                Through::Gitlab => self.gitlab(),
                Through::Creating => self.creating(),
                Through::Commands => self.command(),
                Through::Importing => self.import(),
            };
            match answered {
                Ok(()) => course.answered.fetch_add(1, Ordering::Relaxed),
                Err(told) => {
                    let cut = course.may_be_cut.load(Ordering::Relaxed);
                    assert!(cut && !matches!(told, Told::Whole(..)), "{}: {told:?}", self.prefix);
                    self.was_cut_short = matches!(told, Told::Part);
                    return;
                }
            };
        }
    }

    /// What its accounts will be if the next write is done.
    fn intend(&self, change: impl FnOnce(&mut Accounts)) {
        let mut history = self.history.lock().unwrap();
        let mut next = history.sure().clone();
        change(&mut next);
        history.states.push(next);
    }

    fn was_answered(&self) {
        self.history.lock().unwrap().answered += 1;
    }

    fn own(&self) -> Account {
        self.history.lock().unwrap().sure()[&self.prefix].clone()
    }

    fn intend_own(&self, change: impl FnOnce(&mut Account)) {
        self.intend(|accounts| change(accounts.get_mut(&self.prefix).unwrap()));
    }

    /// A word that nobody else uses.
    fn word(&self) -> String {
        format!("{}-{}", self.prefix, self.count)
    }

    fn call(&mut self, method: &str, path: &str, token: &str, body: &Value, status: u16) -> Result<Value, Told> {
        match self.client.call(method, path, token, body) {
            Told::Whole(found, answer) if found == status => {
                self.was_answered();
                Ok(answer)
            }
            other => Err(other),
        }
    }

    fn docker(&mut self) -> Result<(), Told> {
        let (own, word, token) = (self.own(), self.word(), token_of(&self.prefix));
        let profile = format!("/api/v1.1/users/{}/", self.prefix);
        let emails = format!("{profile}emails/");
        let others: Vec<_> = own.emails.keys().filter(|address| **address != own.primary).cloned().collect();
        let any = (!others.is_empty()).then(|| others[self.dice.below(others.len() as u64) as usize].clone());
        match (self.dice.below(4), any) {
            (0, _) => {
                self.intend_own(|own| {
                    own.describe(&word);
                });
                let body = json!({"full_name": word, "location": word, "company": word});
                self.call("PATCH", &profile, &token, &body, 200).map(drop)
            }
            (1, Some(address)) => {
                self.intend_own(|own| {
                    own.emails.remove(&address);
                });
                self.call("DELETE", &emails, &token, &json!({"email": address}), 204).map(drop)
            }
            (2, Some(address)) => {
                self.intend_own(|own| own.primary.clone_from(&address));
                self.call("PATCH", &emails, &token, &json!({"email": address, "primary": true}), 200).map(drop)
            }
            _ => {
                let address = format!("{word}@example.com");
                self.intend_own(|own| {
                    own.emails.insert(address.clone(), false);
                });
                self.call("POST", &emails, &token, &json!({"email": address}), 201).map(drop)
            }
        }
    }

    fn gitlab(&mut self) -> Result<(), Told> {
        let (word, token) = (self.word(), token_of(&self.prefix));
        match self.dice.below(4) {
            0 => {
                let id = self.user_id()?;
                let address = format!("{word}@example.org");
                self.intend_own(|own| {
                    own.emails.remove(&own.primary);
                    own.emails.insert(address.clone(), true);
                    own.primary.clone_from(&address);
                    own.name.clone_from(&word);
                    own.skype.clone_from(&word);
                    own.bio = Some(word.clone());
                });
                let body = json!({"email": address, "name": word, "skype": word, "bio": word});
                self.call("PUT", &format!("/api/v3/users/{id}"), ROOT, &body, 200).map(drop)
            }
            1 if self.ids.len() > 1 => {
                let (title, id) = self.ids.pop().unwrap();
                self.intend_own(|own| drop(own.keys.remove(&title)));
                self.call("DELETE", &format!("/api/v3/user/keys/{id}"), &token, &Value::Null, 200).map(drop)
            }
            _ => {
                let line = key(&word);
                self.intend_own(|own| *own = std::mem::take(own).with_key(&word, &line));
                let body = json!({"title": word, "key": line});
                let made = self.call("POST", "/api/v3/user/keys", &token, &body, 201)?;
                self.ids.push((word, made["id"].as_i64().unwrap()));
                Ok(())
            }
        }
    }

    fn user_id(&mut self) -> Result<i64, Told> {
        if let Some((_, id)) = self.ids.first().filter(|(title, _)| *title == self.prefix) {
            return Ok(*id);
        }
        match self.client.call("GET", "/api/v3/user", &token_of(&self.prefix), &Value::Null) {
            Told::Whole(200, user) => {
                let id = user["id"].as_i64().unwrap();
                // Never popped: the first of them stays.
                self.ids.insert(0, (self.prefix.clone(), id));
                Ok(id)
            }
            other => Err(other),
        }
    }

    fn creating(&mut self) -> Result<(), Told> {
        if self.ids.len() > 2 {
            let (name, id) = self.ids.remove(0);
            self.intend(|accounts| drop(accounts.remove(&name)));
            return self.call("DELETE", &format!("/api/v3/users/{id}"), ROOT, &Value::Null, 200).map(drop);
        }
        let (word, address) = (self.word(), format!("{}@example.com", self.word()));
        let account = Account {
            name: word.clone(),
            skype: word.clone(),
            bio: Some(word.clone()),
            has_password: true,
            ..Account::with_email(&address)
        };
        self.intend(|accounts| drop(accounts.insert(word.clone(), account)));
        let body = json!({
            "username": word, "name": word, "email": address, "password": "correct-horse", "skype": word, "bio": word
        });
        let made = self.call("POST", "/api/v3/users", ROOT, &body, 201)?;
        self.ids.push((word, made["id"].as_i64().unwrap()));
        Ok(())
    }

    fn command(&mut self) -> Result<(), Told> {
        let (word, name) = (self.word(), self.prefix.clone());
        match self.dice.below(3) {
            0 => {
                self.intend_own(|own| {
                    own.describe(&word);
                });
                let args = ["user", "update", &name, "--name", &word, "--location", &word, "--company", &word];
                self.run_command(&args);
            }
            1 => {
                let line = key(&word);
                let file = self.db.with_file_name(format!("{word}.pub"));
                std::fs::write(&file, &line).unwrap();
                self.intend_own(|own| *own = std::mem::take(own).with_key(&word, &line));
                self.run_command(&["key", "add", &name, file.to_str().unwrap(), "--title", &word]);
            }
            _ => {
                let address = format!("{word}@example.net");
                self.intend_own(|own| {
                    own.emails.insert(address.clone(), false);
                });
                self.run_command(&["email", "add", &name, &address]);
            }
        }
        Ok(())
    }

    /// Three users with everything that a user can have, or none of them.
    fn import(&mut self) -> Result<(), Told> {
        let names: Vec<_> = (0..3).map(|at| format!("{}-{at}", self.word())).collect();
        let users = names.iter().map(|name| {
            let (token, line) = (token_of(name), key(name));
            let (mut value, account) = user(name, &token);
            value["name"] = name.as_str().into();
            value["keys"] = json!([{"title": "laptop", "key": line}]);
            (value, Account { name: name.clone(), ..account.with_key("laptop", &line) })
        });
        let (values, accounts): (Vec<_>, Vec<_>) = users.unzip();
        let file = self.db.with_file_name(format!("{}.json", self.word()));
        std::fs::write(&file, json!({"users": values}).to_string()).unwrap();
        self.intend(|all| all.extend(names.into_iter().zip(accounts)));
        self.run_command(&["import", file.to_str().unwrap()]);
        Ok(())
    }

    /// Some are killed; what those have done is looked up.
    fn run_command(&mut self, args: &[&str]) {
        let mut command = accountd(&[args, &["--db", self.db.to_str().unwrap()]].concat());
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let kill = self.dice.below(5) == 0;
        if kill {
            std::thread::sleep(self.dice.up_to(std::time::Duration::from_millis(40)));
            child.kill().unwrap();
        }
        let output = child.wait_with_output().unwrap();
        if output.status.success() {
            return self.was_answered();
        }
        assert!(kill && output.status.code().is_none(), "{args:?}: {output:?}");
        let found = stored(&self.db);
        self.settle(&found);
    }

    /// Finds out whether the write in doubt was done: all of it or nothing.
    #[track_caller]
    pub fn settle(&self, found: &Accounts) {
        let mut history = self.history.lock().unwrap();
        let own = self.own_of(found);
        if let Some(doubtful) = history.states.get(history.answered + 1) {
            if own == *doubtful {
                history.answered += 1;
            } else {
                history.states.pop();
            }
        }
        assert_eq!(own, *history.sure(), "{}", self.prefix);
    }

    pub fn own_of(&self, found: &Accounts) -> Accounts {
        let own =
            found.iter().filter(|(name, _)| **name == self.prefix || name.starts_with(&format!("{}-", self.prefix)));
        own.map(|(name, account)| (name.clone(), account.clone())).collect()
    }
}
