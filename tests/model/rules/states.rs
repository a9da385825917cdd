//! Changes of an account's state.

use super::{Evaluation, Outcome, fail_if, fail_if_any, ok};
use crate::accounts::State;
use crate::entities::cli_user;
use crate::operations::{Interface, Transition};
use crate::refusal::Refusal;
use serde_json::{Value, json};

impl Evaluation<'_> {
    pub fn change_state(&mut self, interface: Interface, user: i64, transition: Transition) -> Outcome {
        let (id, caller) = match interface {
            Interface::Cli => (self.user_by_name(user)?, None),
            Interface::V3 | Interface::V4 | Interface::Docker => {
                let caller = self.admin(interface, "api")?;
                (self.existing_user(user)?, Some(caller.user))
            }
        };
        let locks_out = matches!(transition, Transition::Block | Transition::Ban);
        fail_if(locks_out && caller == Some(id), Refusal::OwnAccount)?;
        let outcome = self.moderate(id, transition)?;
        if interface == Interface::V4 {
            return Ok(outcome);
        }
        let user = &self.accounts.users[&id];
        match interface {
            // These do not answer that there was nothing to unblock while the user stays banned.
            _ if transition == Transition::Unblock && user.state == State::Banned => {
                Err(vec![Refusal::WrongState(transition, user.state)])
            }
            Interface::Cli => ok(0, cli_user(user)),
            Interface::V3 | Interface::V4 | Interface::Docker => ok(200, json!(true)),
        }
    }

    /// `doc/api/user_moderation.md`, with v4's responses.
    fn moderate(&mut self, id: i64, transition: Transition) -> Outcome {
        let user = &self.accounts.users[&id];
        let (state, used, signed_in) = (user.state, user.used, user.signed_in);
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
