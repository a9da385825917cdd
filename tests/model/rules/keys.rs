//! SSH keys.

use super::{Outcome, Turn, ok, refuse};
use crate::accounts::State;
use crate::expected::{Fault, key, keys};
use crate::operations::Door;
use crate::perform::key_line;
use serde_json::Value;

impl Turn<'_> {
    pub fn list_keys(&mut self, door: Door, user: i64, own: bool) -> Outcome {
        let id = match door {
            Door::Cli => self.by_name(user)?,
            _ if own => self.somebody(door, "read_user")?.user,
            // `doc/api/user_keys.md`: everybody may, of who is active.
            Door::V4 => match self.caller(door)? {
                Some(caller) => {
                    refuse((!caller.may("read_user")).then_some(Fault::Scope("read_user")).into_iter().collect())?;
                    self.existing(user)?
                }
                None => {
                    let id = self.existing(user)?;
                    let active = self.accounts.users[&id].state == State::Active;
                    refuse((!active).then_some(Fault::Missing("User")).into_iter().collect())?;
                    id
                }
            },
            Door::V3 | Door::Docker => {
                self.admin(door, "read_user")?;
                self.existing(user)?
            }
        };
        ok(if door == Door::Cli { 0 } else { 200 }, keys(&self.accounts, id))
    }

    pub fn add_key(&mut self, door: Door, user: i64, own: bool, title: &str, file: &str) -> Outcome {
        let refused = file.starts_with("refused/");
        let wrong = || refused.then(|| Fault::Invalid(vec!["key"]));
        let id = match door {
            Door::Cli => self.by_name(user).map_err(|mut faults| {
                faults.extend(wrong());
                faults
            })?,
            _ if own => self.somebody(door, "api")?.user,
            _ => {
                self.admin(door, "api")?;
                self.existing(user)?
            }
        };
        refuse(wrong().into_iter().collect())?;
        let line = key_line(file);
        // SPEC 6: unique over all users. None of the pool is there in two ways of writing.
        if self.accounts.keys.values().any(|key| key.line == line) {
            return Err(vec![Fault::Taken("Key")]);
        }
        let added = self.accounts.add_key(id, title, &line);
        ok(if door == Door::Cli { 0 } else { 201 }, key(&self.accounts.keys[&added]))
    }

    pub fn remove_key(&mut self, door: Door, user: i64, own: bool, id: i64) -> Outcome {
        let owner = match door {
            Door::Cli => None,
            _ if own => Some(self.somebody(door, "api")?.user),
            _ => {
                self.admin(door, "api")?;
                Some(self.existing(user)?)
            }
        };
        let found = self.accounts.keys.get(&id).filter(|key| owner.is_none_or(|owner| key.user == owner));
        let Some(found) = found else {
            return Err(vec![if own && door != Door::Cli { Fault::NoKeyToDelete } else { Fault::Missing("Key") }]);
        };
        let body = key(found);
        self.accounts.keys.remove(&id);
        match door {
            Door::V4 => ok(204, Value::Null),
            Door::Cli => ok(0, body),
            Door::V3 | Door::Docker => ok(200, body),
        }
    }
}
