//! SSH keys.

use super::{Evaluation, Outcome, fail_if, fail_if_any, ok};
use crate::accounts::State;
use crate::entities::{key, keys};
use crate::operations::Interface;
use crate::perform::key_line;
use crate::refusal::Refusal;
use serde_json::Value;

impl Evaluation<'_> {
    pub fn list_keys(&mut self, interface: Interface, user: i64, own: bool) -> Outcome {
        let id = match interface {
            Interface::Cli => self.user_by_name(user)?,
            _ if own => self.caller_with_scope(interface, "read_user")?.user,
            // `doc/api/user_keys.md`: the keys of an active user are public.
            Interface::V4 => match self.caller(interface)? {
                Some(caller) => {
                    fail_if(!caller.may("read_user"), Refusal::Scope("read_user"))?;
                    self.existing_user(user)?
                }
                None => {
                    let id = self.existing_user(user)?;
                    let active = self.accounts.users[&id].state == State::Active;
                    fail_if(!active, Refusal::NotFound("User"))?;
                    id
                }
            },
            Interface::V3 | Interface::Docker => {
                self.admin(interface, "read_user")?;
                self.existing_user(user)?
            }
        };
        ok(if interface == Interface::Cli { 0 } else { 200 }, keys(&self.accounts, id))
    }

    pub fn add_key(&mut self, interface: Interface, user: i64, own: bool, title: &str, file: &str) -> Outcome {
        let refused = file.starts_with("refused/");
        let invalid = || refused.then(|| Refusal::Invalid(vec!["key"]));
        let id = match interface {
            Interface::Cli => self.user_by_name(user).map_err(|mut refusals| {
                refusals.extend(invalid());
                refusals
            })?,
            _ if own => self.caller_with_scope(interface, "api")?.user,
            _ => {
                self.admin(interface, "api")?;
                self.existing_user(user)?
            }
        };
        fail_if_any(invalid().into_iter().collect())?;
        let line = key_line(file);
        // SPEC 6: unique among all users. No key of these tests occurs in two notations.
        if self.accounts.keys.values().any(|key| key.line == line) {
            return Err(vec![Refusal::Taken("Key")]);
        }
        let added = self.accounts.add_key(id, title, &line);
        ok(if interface == Interface::Cli { 0 } else { 201 }, key(&self.accounts.keys[&added]))
    }

    pub fn remove_key(&mut self, interface: Interface, user: i64, own: bool, id: i64) -> Outcome {
        let owner = match interface {
            Interface::Cli => None,
            _ if own => Some(self.caller_with_scope(interface, "api")?.user),
            _ => {
                self.admin(interface, "api")?;
                Some(self.existing_user(user)?)
            }
        };
        let found = self.accounts.keys.get(&id).filter(|key| owner.is_none_or(|owner| key.user == owner));
        let Some(found) = found else {
            return Err(vec![if own && interface != Interface::Cli {
                Refusal::OwnKeyAlreadyDeleted
            } else {
                Refusal::NotFound("Key")
            }]);
        };
        let body = key(found);
        self.accounts.keys.remove(&id);
        match interface {
            Interface::V4 => ok(204, Value::Null),
            Interface::Cli => ok(0, body),
            Interface::V3 | Interface::Docker => ok(200, body),
        }
    }
}
