//! Users: made, changed, moved from state to state, deleted, looked at.

use super::{Outcome, Turn, address_is_taken, is_address, is_text, is_username, is_website, name_is_taken, ok, refuse};
use crate::accounts::{State, User, same};
use crate::expected::{Fault, cli_user, docker_user, v3_user, v4_basic_user, v4_current_user, v4_user};
use crate::operations::{Change, Door, Filter, Move, Profile};
use serde_json::{Value, json};

/// A user as the door shows it to an administrator or the operator.
fn shown(door: Door, user: &User) -> Value {
    match door {
        Door::Docker => docker_user(user),
        Door::V3 => v3_user(user),
        Door::V4 => v4_user(user),
        Door::Cli => cli_user(user),
    }
}

/// The names of those that are given and wrong.
fn wrong(checks: &[(&'static str, bool)]) -> Vec<Fault> {
    let names: Vec<_> = checks.iter().filter(|(_, good)| !good).map(|(name, _)| *name).collect();
    if names.is_empty() { Vec::new() } else { vec![Fault::Invalid(names)] }
}

impl Turn<'_> {
    pub fn create_user(
        &mut self,
        door: Door,
        username: &str,
        address: &str,
        name: &str,
        admin: bool,
        vouch: bool,
    ) -> Outcome {
        if door != Door::Cli {
            self.admin(door, "api")?;
        }
        refuse(wrong(&[("username", is_username(username)), ("email", is_address(address)), ("name", is_text(name))]))?;
        let taken = [
            ("Email", address_is_taken(&self.accounts, None, address)),
            ("Username", name_is_taken(&self.accounts, None, username)),
        ];
        refuse(taken.iter().filter(|(_, taken)| *taken).map(|(what, _)| Fault::Taken(what)).collect())?;
        // v4's administrators say whether they vouch for the address, all others do.
        let user = self.accounts.add_user(username, address, vouch || door != Door::V4);
        user.name = name.to_owned();
        user.admin = admin;
        let known = matches!(door, Door::V3 | Door::V4);
        user.password = known.then(|| crate::perform::FIRST_PASSWORD.to_owned());
        ok(if door == Door::Cli { 0 } else { 201 }, shown(door, user))
    }

    pub fn update_user(&mut self, door: Door, user: i64, change: &Change) -> Outcome {
        let id = match door {
            Door::Cli => None,
            _ => {
                self.admin(door, "api")?;
                Some(self.existing(user)?)
            }
        };
        let good = |text: Option<&str>, rule: fn(&str) -> bool| text.is_none_or(rule);
        let website = if door == Door::Cli { "profile_url" } else { "website_url" };
        let mut faults = wrong(&[
            ("username", good(change.username, is_username)),
            ("email", good(change.email, is_address)),
            ("name", good(change.name, is_text)),
            (website, good(change.website, is_website)),
            ("password", good(change.password, |text| (8..=1024).contains(&text.len()))),
        ]);
        let id = match id {
            Some(id) => {
                refuse(faults)?;
                id
            }
            None => match self.by_name(user) {
                Ok(id) => {
                    refuse(faults)?;
                    id
                }
                Err(missing) => {
                    faults.extend(missing);
                    return Err(faults);
                }
            },
        };
        let demoted = change.admin == Some(false) && self.accounts.is_last_admin(id);
        let mut faults = Vec::new();
        let accounts = &self.accounts;
        let takes = |what: Option<&str>, taken: fn(&crate::accounts::Accounts, Option<i64>, &str) -> bool| {
            what.is_some_and(|text| taken(accounts, Some(id), text))
        };
        faults.extend(takes(change.email, address_is_taken).then_some(Fault::Taken("Email")));
        faults.extend(takes(change.username, name_is_taken).then_some(Fault::Taken("Username")));
        faults.extend(demoted.then_some(Fault::LastAdmin));
        refuse(faults)?;

        if let Some(address) = change.email {
            self.accounts.make_primary(id, address);
        }
        if let Some(password) = change.password {
            self.accounts.set_password(id, password);
        }
        if let Some(username) = change.username {
            self.accounts.names.insert(id, username.to_owned());
        }
        let user = self.accounts.users.get_mut(&id).unwrap();
        let set = |place: &mut String, text: Option<&str>| place.replace_range(.., text.unwrap_or(&place.clone()));
        set(&mut user.username, change.username);
        set(&mut user.name, change.name);
        set(&mut user.website, change.website);
        user.bio = change.bio.map(str::to_owned).or(user.bio.take());
        user.admin = change.admin.unwrap_or(user.admin);
        ok(if door == Door::Cli { 0 } else { 200 }, shown(door, user))
    }

    pub fn update_profile(&mut self, user: i64, profile: &Profile) -> Outcome {
        let id = self.own_account(user, "profile_write")?;
        let good = |text: Option<&str>, rule: fn(&str) -> bool| text.is_none_or(rule);
        refuse(wrong(&[
            ("name", good(profile.full_name, is_text)),
            ("location", good(profile.location, is_text)),
            ("company", good(profile.company, is_text)),
            ("website_url", good(profile.profile_url, is_website)),
        ]))?;
        let user = self.accounts.users.get_mut(&id).unwrap();
        let set = |place: &mut String, text: Option<&str>| place.replace_range(.., text.unwrap_or(&place.clone()));
        set(&mut user.name, profile.full_name);
        set(&mut user.location, profile.location);
        set(&mut user.company, profile.company);
        set(&mut user.website, profile.profile_url);
        ok(200, docker_user(user))
    }

    pub fn delete_user(&mut self, door: Door, user: i64) -> Outcome {
        let id = match door {
            Door::Cli => self.by_name(user)?,
            _ => {
                self.admin(door, "api")?;
                self.existing(user).map_err(|_| vec![Fault::NobodyToDelete])?
            }
        };
        refuse(self.accounts.is_last_admin(id).then_some(Fault::LastAdmin).into_iter().collect())?;
        let body = shown(door, &self.accounts.users[&id]);
        self.accounts.delete_user(id);
        match door {
            Door::V4 => ok(204, Value::Null),
            Door::Cli => ok(0, body),
            Door::V3 | Door::Docker => ok(200, body),
        }
    }

    pub fn move_user(&mut self, door: Door, user: i64, to: Move) -> Outcome {
        let (id, caller) = match door {
            Door::Cli => (self.by_name(user)?, None),
            _ => {
                let caller = self.admin(door, "api")?;
                (self.existing(user)?, Some(caller.user))
            }
        };
        if to == Move::Block && caller == Some(id) {
            return Err(vec![Fault::Oneself]);
        }
        let outcome = self.moderate(id, to)?;
        match door {
            Door::V4 => Ok(outcome),
            Door::Cli | Door::V3 | Door::Docker => {
                let user = &self.accounts.users[&id];
                // These say of a ban that it stays.
                if to == Move::Unblock && user.state == State::Banned {
                    return Err(vec![Fault::Moved(to, user.state)]);
                }
                if door == Door::Cli { ok(0, cli_user(user)) } else { ok(200, json!(true)) }
            }
        }
    }

    /// `doc/api/user_moderation.md`, with v4's answers.
    fn moderate(&mut self, id: i64, to: Move) -> Outcome {
        let user = &self.accounts.users[&id];
        let (state, used, signed_in) = (user.state, user.used, user.signed_in);
        let next = match (to, state) {
            (Move::Block, State::Blocked | State::Banned | State::Pending) => return ok(201, Value::Null),
            (Move::Deactivate, State::Deactivated) => return ok(201, Value::Null),
            (Move::Unblock, State::Active | State::Banned) => return ok(201, json!(false)),
            (Move::Block, State::Active | State::Deactivated) => Some(State::Blocked),
            (Move::Ban, State::Active) => Some(State::Banned),
            (Move::Deactivate, State::Active) => Some(State::Deactivated),
            (Move::Unblock, State::Blocked | State::Pending)
            | (Move::Unban, State::Banned)
            | (Move::Activate, State::Active | State::Deactivated)
            | (Move::Approve, State::Pending) => Some(State::Active),
            (Move::Reject, State::Pending) => None,
            _ => return Err(vec![Fault::Moved(to, state)]),
        };
        let mut faults = Vec::new();
        let leaves = next != Some(State::Active) && self.accounts.is_last_admin(id);
        faults.extend(leaves.then_some(Fault::LastAdmin));
        // "Deactivate a user": not who was active in the past 90 days.
        let in_use = next == Some(State::Deactivated);
        faults.extend((in_use && (signed_in || (used && leaves))).then_some(Fault::InUse));
        refuse(faults)?;
        self.or = (in_use && used).then_some(Fault::InUse);
        match next {
            Some(next) => self.accounts.users.get_mut(&id).unwrap().state = next,
            None => self.accounts.delete_user(id),
        }
        match to {
            Move::Approve => ok(201, json!({ "message": "Success" })),
            Move::Reject => ok(200, json!({ "message": "Success" })),
            _ => ok(201, json!(true)),
        }
    }

    pub fn show_user(&mut self, door: Door, user: i64) -> Outcome {
        match door {
            Door::Docker => {
                let id = self.own_account(user, "profile_read")?;
                ok(200, docker_user(&self.accounts.users[&id]))
            }
            Door::Cli => {
                let id = self.by_name(user)?;
                ok(0, cli_user(&self.accounts.users[&id]))
            }
            Door::V3 | Door::V4 => {
                let caller = self.somebody(door, "read_user")?;
                let admin = self.accounts.users[&caller.user].admin;
                let user = &self.accounts.users[&self.existing(user)?];
                ok(200, if door == Door::V4 && !admin { v4_basic_user(user) } else { shown(door, user) })
            }
        }
    }

    pub fn show_self(&mut self, door: Door) -> Outcome {
        let caller = self.somebody(door, "read_user")?;
        let user = &self.accounts.users[&caller.user];
        let mut body = if door == Door::V4 { v4_current_user(user) } else { v3_user(user) };
        body["extern_uid"] = json!(crate::expected::NONE);
        ok(200, body)
    }

    pub fn list_users(&mut self, door: Door, filter: Filter) -> Outcome {
        let (mut whole, mut anonymous) = (true, false);
        match door {
            Door::V4 => match self.caller(door)? {
                Some(caller) => {
                    refuse((!caller.may("read_user")).then_some(Fault::Scope("read_user")).into_iter().collect())?;
                    whole = self.accounts.users[&caller.user].admin;
                }
                None if matches!(filter, Filter::Name(_)) => (whole, anonymous) = (false, true),
                None => return Err(vec![Fault::ListNeedsName]),
            },
            Door::Cli => {}
            Door::V3 | Door::Docker => drop(self.somebody(door, "read_user")?),
        }
        let listed = |user: &&User| match filter {
            Filter::Everybody => true,
            Filter::Active => user.state == State::Active,
            Filter::Blocked => user.state.is_blocked(),
            Filter::Name(name) => door == Door::Cli || same(&user.username, name),
            Filter::Search(text) => door == Door::V4 || found(user, text),
        };
        let entry = |user: &User| if whole { shown(door, user) } else { v4_basic_user(user) };
        // Who is not active is not there for callers without a credential.
        let visible = |user: &&User| !anonymous || user.state == State::Active;
        let mut users: Vec<_> = self.accounts.users.values().filter(visible).filter(listed).map(entry).collect();
        if door == Door::V4 {
            // `doc/api/users.md`: the newest first.
            users.reverse();
        }
        ok(if door == Door::Cli { 0 } else { 200 }, json!(users))
    }
}

/// SPEC 5: a literal substring, without case, of user name, name or address.
fn found(user: &User, text: &str) -> bool {
    let text = text.to_lowercase();
    [&user.username, &user.name, user.email()].iter().any(|place| place.to_lowercase().contains(&text))
}
