//! Users are created, changed and deleted.

use super::values::{address_is_taken, is_address, is_text, is_username, is_website, name_is_taken};
use super::{Evaluation, Outcome, fail_if, fail_if_any, ok};
use crate::accounts::{Accounts, User};
use crate::entities::{cli_user, docker_user, v3_user, v4_user};
use crate::operations::{Change, Interface, Profile};
use crate::refusal::Refusal;
use serde_json::Value;

/// A user in this interface, for an administrator or the operator.
pub fn shown(interface: Interface, user: &User) -> Value {
    match interface {
        Interface::Docker => docker_user(user),
        Interface::V3 => v3_user(user),
        Interface::V4 => v4_user(user),
        Interface::Cli => cli_user(user),
    }
}

/// The names of the attributes that are not valid.
fn invalid(checks: &[(&'static str, bool)]) -> Vec<Refusal> {
    let names: Vec<_> = checks.iter().filter(|(_, valid)| !valid).map(|(name, _)| *name).collect();
    if names.is_empty() { Vec::new() } else { vec![Refusal::Invalid(names)] }
}

impl Evaluation<'_> {
    pub fn create_user(
        &mut self,
        interface: Interface,
        username: &str,
        address: &str,
        name: &str,
        admin: bool,
        verified: bool,
    ) -> Outcome {
        if interface != Interface::Cli {
            self.admin(interface, "api")?;
        }
        fail_if_any(invalid(&[
            ("username", is_username(username)),
            ("email", is_address(address)),
            ("name", is_text(name)),
        ]))?;
        let taken = [
            ("Email", address_is_taken(&self.accounts, None, address)),
            ("Username", name_is_taken(&self.accounts, None, username)),
        ];
        fail_if_any(taken.iter().filter(|(_, taken)| *taken).map(|(field, _)| Refusal::Taken(field)).collect())?;
        self.accounts.release(address);
        // Only in v4 can an administrator create a user whose address is not verified.
        let user = self.accounts.add_user(username, address, verified || interface != Interface::V4);
        user.name = name.to_owned();
        user.admin = admin;
        let over_http = matches!(interface, Interface::V3 | Interface::V4);
        user.password = over_http.then(|| crate::perform::FIRST_PASSWORD.to_owned());
        ok(if interface == Interface::Cli { 0 } else { 201 }, shown(interface, user))
    }

    pub fn update_user(&mut self, interface: Interface, user: i64, change: &Change) -> Outcome {
        fail_if(interface == Interface::Cli && change.is_empty_command(), Refusal::NothingToChange)?;
        let id = match interface {
            Interface::Cli => None,
            _ => {
                self.admin(interface, "api")?;
                Some(self.existing_user(user)?)
            }
        };
        let valid = |text: Option<&str>, rule: fn(&str) -> bool| text.is_none_or(rule);
        let website = if interface == Interface::Cli { "profile_url" } else { "website_url" };
        let mut refusals = invalid(&[
            ("username", valid(change.username, is_username)),
            ("email", valid(change.email, is_address)),
            ("name", valid(change.name, is_text)),
            (website, valid(change.website, is_website)),
            ("password", valid(change.password, |text| (8..=1024).contains(&text.len()))),
        ]);
        let id = match id {
            Some(id) => {
                fail_if_any(refusals)?;
                id
            }
            None => match self.user_by_name(user) {
                Ok(id) => {
                    fail_if_any(refusals)?;
                    id
                }
                Err(missing) => {
                    refusals.extend(missing);
                    return Err(refusals);
                }
            },
        };
        let demoted = change.admin == Some(false) && self.accounts.is_last_admin(id);
        let mut refusals = Vec::new();
        let accounts = &self.accounts;
        let is_taken = |text: Option<&str>, rule: fn(&Accounts, Option<i64>, &str) -> bool| {
            text.is_some_and(|text| rule(accounts, Some(id), text))
        };
        refusals.extend(is_taken(change.email, address_is_taken).then_some(Refusal::Taken("Email")));
        refusals.extend(is_taken(change.username, name_is_taken).then_some(Refusal::Taken("Username")));
        refusals.extend(demoted.then_some(Refusal::LastAdmin));
        fail_if_any(refusals)?;

        if let Some(address) = change.email {
            if self.accounts.owner_of(address) != Some(id) {
                self.accounts.release(address);
            }
            self.accounts.make_primary(id, address);
        }
        if let Some(password) = change.password {
            self.accounts.set_password(id, password);
        }
        if let Some(username) = change.username {
            self.accounts.names.insert(id, username.to_owned());
        }
        let user = self.accounts.users.get_mut(&id).unwrap();
        let set = |field: &mut String, text: Option<&str>| field.replace_range(.., text.unwrap_or(&field.clone()));
        set(&mut user.username, change.username);
        set(&mut user.name, change.name);
        set(&mut user.website, change.website);
        user.bio = change.bio.map(str::to_owned).or(user.bio.take());
        user.admin = change.admin.unwrap_or(user.admin);
        ok(if interface == Interface::Cli { 0 } else { 200 }, shown(interface, user))
    }

    pub fn update_profile(&mut self, user: i64, profile: &Profile) -> Outcome {
        let id = self.own_account(user, "profile_write")?;
        let valid = |text: Option<&str>, rule: fn(&str) -> bool| text.is_none_or(rule);
        fail_if_any(invalid(&[
            ("name", valid(profile.full_name, is_text)),
            ("location", valid(profile.location, is_text)),
            ("company", valid(profile.company, is_text)),
            ("website_url", valid(profile.profile_url, is_website)),
        ]))?;
        let user = self.accounts.users.get_mut(&id).unwrap();
        let set = |field: &mut String, text: Option<&str>| field.replace_range(.., text.unwrap_or(&field.clone()));
        set(&mut user.name, profile.full_name);
        set(&mut user.location, profile.location);
        set(&mut user.company, profile.company);
        set(&mut user.website, profile.profile_url);
        ok(200, docker_user(user))
    }

    pub fn delete_user(&mut self, interface: Interface, user: i64) -> Outcome {
        let id = match interface {
            Interface::Cli => self.user_by_name(user)?,
            _ => {
                self.admin(interface, "api")?;
                self.existing_user(user).map_err(|_| vec![Refusal::UserAlreadyDeleted])?
            }
        };
        fail_if(self.accounts.is_last_admin(id), Refusal::LastAdmin)?;
        let body = shown(interface, &self.accounts.users[&id]);
        self.accounts.delete_user(id);
        match interface {
            Interface::V4 => ok(204, Value::Null),
            Interface::Cli => ok(0, body),
            Interface::V3 | Interface::Docker => ok(200, body),
        }
    }
}
