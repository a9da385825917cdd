//! Changes of an account's state.

use super::{Evaluation, Outcome, fail_if, fail_if_any, ok};
use crate::accounts::State;
use crate::entities::cli_user;
use crate::operations::{Interface, Transition};
use crate::refusal::Refusal;
use serde_json::{Value, json};

impl Evaluation<'_> {
    pub fn change_state(&mut self, interface: Interface, user: i64, transition: Transition) -> Outcome {
        if interface == Interface::V4 {
            return self.moderate(user, transition);
        }
        // SPEC 5: as in later versions of v3, which have two states.
        let id = match interface {
            Interface::Cli => self.user_by_name(user)?,
            _ => {
                self.admin(interface, "api")?;
                self.existing_user(user)?
            }
        };
        let blocked = transition == Transition::Block;
        fail_if(blocked && self.accounts.is_last_admin(id), Refusal::LastAdmin)?;
        let user = self.accounts.users.get_mut(&id).unwrap();
        user.state = if blocked { State::Blocked } else { State::Active };
        if interface == Interface::Cli { ok(0, cli_user(user)) } else { ok(200, json!(true)) }
    }

    /// `doc/api/user_moderation.md`.
    fn moderate(&mut self, id: i64, transition: Transition) -> Outcome {
        let caller = self.admin(Interface::V4, "api")?;
        let id = self.existing_user(id)?;
        let user = &self.accounts.users[&id];
        let (state, used, signed_in) = (user.state, user.used, user.signed_in);
        if transition == Transition::Block && id == caller.user {
            return Err(vec![Refusal::OwnAccount]);
        }
        let next = match (transition, state) {
            (Transition::Block, State::Blocked | State::Banned | State::Pending) => return ok(201, Value::Null),
            (Transition::Deactivate, State::Deactivated) => return ok(201, Value::Null),
            (Transition::Unblock, State::Active | State::Banned) => return ok(201, json!(false)),
            (Transition::Block, State::Active | State::Deactivated) => Some(State::Blocked),
            (Transition::Ban, State::Active) => Some(State::Banned),
            (Transition::Deactivate, State::Active) => Some(State::Deactivated),
            (Transition::Unblock, State::Blocked | State::Pending)
            | (Transition::Unban, State::Banned)
            | (Transition::Activate, State::Active | State::Deactivated)
            | (Transition::Approve, State::Pending) => Some(State::Active),
            (Transition::Reject, State::Pending) => None,
            _ => return Err(vec![Refusal::WrongState(transition, state)]),
        };
        let mut refusals = Vec::new();
        let removes_last_admin = next != Some(State::Active) && self.accounts.is_last_admin(id);
        refusals.extend(removes_last_admin.then_some(Refusal::LastAdmin));
        // "Deactivate a user": the user must not have been active in the past 90 days. Whether the use of a token is
        // stored already cannot be known here.
        let deactivates = next == Some(State::Deactivated);
        refusals
            .extend((deactivates && (signed_in || (used && removes_last_admin))).then_some(Refusal::RecentlyActive));
        fail_if_any(refusals)?;
        self.alternative = (deactivates && used).then_some(Refusal::RecentlyActive);
        match next {
            Some(next) => self.accounts.users.get_mut(&id).unwrap().state = next,
            None => self.accounts.delete_user(id),
        }
        match transition {
            Transition::Approve => ok(201, json!({ "message": "Success" })),
            Transition::Reject => ok(200, json!({ "message": "Success" })),
            _ => ok(201, json!(true)),
        }
    }
}
