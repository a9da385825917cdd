//! The states of an account, and the transitions between them.
//!
//! The rules are GitLab's: `doc/api/user_moderation.md` and `doc/administration/moderate_users.md` (17.9).

/// The state of an account. Only active accounts can be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    #[default]
    Active,
    /// Blocked by an administrator.
    Blocked,
    /// Unused; signing in with the password reactivates it.
    Deactivated,
    /// Banned by an administrator for misconduct.
    Banned,
    /// Waiting for an administrator's approval.
    BlockedPendingApproval,
}

/// An administrator's action on an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModerationAction {
    Block,
    Unblock,
    Ban,
    Unban,
    Deactivate,
    Activate,
    Approve,
    /// Deletes an account that waits for approval.
    Reject,
}

/// The effect of an action that the state allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transition {
    To(State),
    Delete,
    /// The account already is in the state that the action leads to.
    Already,
    /// The action does not apply, and changes nothing.
    NoOp,
}

/// The action is not allowed in this state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotFrom(pub State);

impl State {
    const ALL: [Self; 5] = [Self::Active, Self::Blocked, Self::Deactivated, Self::Banned, Self::BlockedPendingApproval];

    /// GitLab's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Blocked => "blocked",
            Self::Deactivated => "deactivated",
            Self::Banned => "banned",
            Self::BlockedPendingApproval => "blocked_pending_approval",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether an administrator has to readmit the account. v3 and the command line call all these states blocked.
    pub fn is_blocked(self) -> bool {
        match self {
            Self::Blocked | Self::Banned | Self::BlockedPendingApproval => true,
            Self::Active | Self::Deactivated => false,
        }
    }

    /// What the action does to an account in this state.
    ///
    /// # Errors
    /// The state does not allow the action.
    pub fn after(self, action: ModerationAction) -> Result<Transition, NotFrom> {
        use State::{Active, Banned, Blocked, BlockedPendingApproval, Deactivated};
        let refused = Err(NotFrom(self));
        match (action, self) {
            (ModerationAction::Block, Active | Deactivated) => Ok(Transition::To(Blocked)),
            (ModerationAction::Block, Blocked | Banned | BlockedPendingApproval) => Ok(Transition::Already),
            (ModerationAction::Unblock, Blocked | BlockedPendingApproval) => Ok(Transition::To(Active)),
            (ModerationAction::Unblock, Active | Banned) => Ok(Transition::NoOp),
            (ModerationAction::Ban, Active) => Ok(Transition::To(Banned)),
            (ModerationAction::Unban, Banned) => Ok(Transition::To(Active)),
            (ModerationAction::Deactivate, Active) => Ok(Transition::To(Deactivated)),
            (ModerationAction::Deactivate, Deactivated) => Ok(Transition::Already),
            (ModerationAction::Activate, Active | Deactivated) => Ok(Transition::To(Active)),
            (ModerationAction::Approve, BlockedPendingApproval) => Ok(Transition::To(Active)),
            (ModerationAction::Reject, BlockedPendingApproval) => Ok(Transition::Delete),
            (ModerationAction::Unblock, Deactivated)
            | (ModerationAction::Ban, Blocked | Deactivated | Banned | BlockedPendingApproval)
            | (ModerationAction::Unban, Active | Blocked | Deactivated | BlockedPendingApproval)
            | (ModerationAction::Deactivate | ModerationAction::Activate, Blocked | Banned | BlockedPendingApproval)
            | (ModerationAction::Approve | ModerationAction::Reject, Active | Blocked | Deactivated | Banned) => {
                refused
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_can_be_parsed() {
        for state in State::ALL {
            assert_eq!(State::parse(state.name()), Some(state));
        }
        assert_eq!(State::parse("ldap_blocked"), None);
    }

    #[test]
    fn every_blocked_state_leads_back_to_active() {
        use ModerationAction::{Approve, Unban, Unblock};
        for (from, by) in [(State::Blocked, Unblock), (State::Banned, Unban), (State::BlockedPendingApproval, Approve)]
        {
            assert!(from.is_blocked());
            assert_eq!(from.after(by), Ok(Transition::To(State::Active)), "{from:?}");
        }
    }

    #[test]
    fn reject_deletes_only_accounts_that_wait_for_approval() {
        for state in State::ALL {
            let deleted = state.after(ModerationAction::Reject) == Ok(Transition::Delete);
            assert_eq!(deleted, state == State::BlockedPendingApproval);
        }
    }
}
