//! Users are shown and listed.

use super::users::shown;
use super::{Evaluation, Outcome, fail_if, ok};
use crate::accounts::{State, User, equal_ignoring_case};
use crate::entities::{cli_user, docker_user, v3_user, v4_basic_user, v4_current_user};
use crate::expected::ABSENT;
use crate::operations::{Filter, Interface};
use crate::refusal::Refusal;
use serde_json::json;

impl Evaluation<'_> {
    pub fn show_user(&mut self, interface: Interface, user: i64) -> Outcome {
        match interface {
            Interface::Docker => {
                let id = self.own_account(user, "profile_read")?;
                ok(200, docker_user(&self.accounts.users[&id]))
            }
            Interface::Cli => {
                let id = self.user_by_name(user)?;
                ok(0, cli_user(&self.accounts.users[&id]))
            }
            Interface::V3 | Interface::V4 => {
                let caller = self.caller_with_scope(interface, "read_user")?;
                let admin = self.accounts.users[&caller.user].admin;
                let user = &self.accounts.users[&self.existing_user(user)?];
                ok(200, if interface == Interface::V4 && !admin { v4_basic_user(user) } else { shown(interface, user) })
            }
        }
    }

    pub fn show_self(&mut self, interface: Interface) -> Outcome {
        let caller = self.caller_with_scope(interface, "read_user")?;
        let user = &self.accounts.users[&caller.user];
        let mut body = if interface == Interface::V4 { v4_current_user(user) } else { v3_user(user) };
        body["extern_uid"] = json!(ABSENT);
        ok(200, body)
    }

    pub fn list_users(&mut self, interface: Interface, filter: Filter) -> Outcome {
        let (mut whole, mut anonymous) = (true, false);
        match interface {
            Interface::V4 => match self.caller(interface)? {
                Some(caller) => {
                    fail_if(!caller.may("read_user"), Refusal::Scope("read_user"))?;
                    whole = self.accounts.users[&caller.user].admin;
                }
                None if matches!(filter, Filter::Name(_)) => (whole, anonymous) = (false, true),
                None => return Err(vec![Refusal::ListNeedsUsername]),
            },
            Interface::Cli => {}
            Interface::V3 | Interface::Docker => drop(self.caller_with_scope(interface, "read_user")?),
        }
        let listed = |user: &&User| match filter {
            Filter::All => true,
            Filter::Active => user.state == State::Active,
            Filter::Blocked => user.state.is_blocked(),
            Filter::Name(name) => interface == Interface::Cli || equal_ignoring_case(&user.username, name),
            Filter::Search(text) => interface == Interface::V4 || found(user, text),
        };
        let entry = |user: &User| if whole { shown(interface, user) } else { v4_basic_user(user) };
        // Anonymous callers do not see users who are not active.
        let visible = |user: &&User| !anonymous || user.state == State::Active;
        let mut users: Vec<_> = self.accounts.users.values().filter(visible).filter(listed).map(entry).collect();
        if interface == Interface::V4 {
            // `doc/api/users.md`: newest first.
            users.reverse();
        }
        ok(if interface == Interface::Cli { 0 } else { 200 }, json!(users))
    }
}

/// SPEC 5: a literal substring, ignoring case, of username, name or address.
fn found(user: &User, text: &str) -> bool {
    let text = text.to_lowercase();
    [&user.username, &user.name, user.email()].iter().any(|place| place.to_lowercase().contains(&text))
}
