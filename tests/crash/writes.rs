//! The writes of each interface, chosen at random.

use crate::client::Reply;
use crate::state::{Account, key};
use crate::writer::{Interface, ROOT, Writer, token_of, user};
use serde_json::{Value, json};

impl Writer {
    /// Does one write. On an error its outcome is in doubt.
    pub fn write(&mut self) -> Result<(), Reply> {
        match self.interface {
            Interface::Docker => self.write_docker(),
            Interface::Gitlab => self.write_gitlab(),
            Interface::GitlabUsers => self.write_gitlab_users(),
            Interface::Commands => {
                self.write_by_command();
                Ok(())
            }
            Interface::Import => {
                self.import();
                Ok(())
            }
        }
    }

    fn write_docker(&mut self) -> Result<(), Reply> {
        let (own, word, token) = (self.own(), self.word(), token_of(&self.prefix));
        let profile = format!("/api/v1.1/users/{}/", self.prefix);
        let emails = format!("{profile}emails/");
        let others: Vec<_> = own.emails.keys().filter(|address| **address != own.primary).cloned().collect();
        let any = (!others.is_empty()).then(|| others[self.random.below(others.len() as u64) as usize].clone());
        match (self.random.below(4), any) {
            (0, _) => {
                self.intend_own(|own| own.describe(&word));
                let body = json!({"full_name": word, "location": word, "company": word});
                self.send("PATCH", &profile, &token, &body, 200).map(drop)
            }
            (1, Some(address)) => {
                self.intend_own(|own| {
                    own.emails.remove(&address);
                });
                self.send("DELETE", &emails, &token, &json!({"email": address}), 204).map(drop)
            }
            (2, Some(address)) => {
                self.intend_own(|own| own.primary.clone_from(&address));
                self.send("PATCH", &emails, &token, &json!({"email": address, "primary": true}), 200).map(drop)
            }
            _ => {
                let address = format!("{word}@example.com");
                self.intend_own(|own| {
                    own.emails.insert(address.clone(), false);
                });
                self.send("POST", &emails, &token, &json!({"email": address}), 201).map(drop)
            }
        }
    }

    fn write_gitlab(&mut self) -> Result<(), Reply> {
        let (word, token) = (self.word(), token_of(&self.prefix));
        match self.random.below(4) {
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
                self.send("PUT", &format!("/api/v3/users/{id}"), ROOT, &body, 200).map(drop)
            }
            1 if self.ids.len() > 1 => {
                let (title, id) = self.ids.pop().unwrap();
                self.intend_own(|own| drop(own.keys.remove(&title)));
                self.send("DELETE", &format!("/api/v3/user/keys/{id}"), &token, &Value::Null, 200).map(drop)
            }
            _ => {
                let line = key(&word);
                self.intend_own(|own| *own = std::mem::take(own).with_key(&word, &line));
                let body = json!({"title": word, "key": line});
                let created = self.send("POST", "/api/v3/user/keys", &token, &body, 201)?;
                self.ids.push((word, created["id"].as_i64().unwrap()));
                Ok(())
            }
        }
    }

    /// The id of its first account, which stays the first of `ids`.
    fn user_id(&mut self) -> Result<i64, Reply> {
        if let Some((_, id)) = self.ids.first().filter(|(title, _)| *title == self.prefix) {
            return Ok(*id);
        }
        match self.client.send("GET", "/api/v3/user", &token_of(&self.prefix), &Value::Null) {
            Reply::Complete(200, user) => {
                let id = user["id"].as_i64().unwrap();
                self.ids.insert(0, (self.prefix.clone(), id));
                Ok(id)
            }
            other => Err(other),
        }
    }

    fn write_gitlab_users(&mut self) -> Result<(), Reply> {
        if self.ids.len() > 2 {
            let (name, id) = self.ids.remove(0);
            self.intend(|accounts| drop(accounts.remove(&name)));
            return self.send("DELETE", &format!("/api/v3/users/{id}"), ROOT, &Value::Null, 200).map(drop);
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
        let created = self.send("POST", "/api/v3/users", ROOT, &body, 201)?;
        self.ids.push((word, created["id"].as_i64().unwrap()));
        Ok(())
    }

    fn write_by_command(&mut self) {
        let (word, name) = (self.word(), self.prefix.clone());
        match self.random.below(3) {
            0 => {
                self.intend_own(|own| own.describe(&word));
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
    }

    /// Imports three users with an address, a key and a token each: all three or, if it is killed, none.
    fn import(&mut self) {
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
    }
}
