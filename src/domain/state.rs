//! The states of an account, and the transitions between them.
//!
//! The rules are GitLab's: `doc/api/user_moderation.md` and `doc/administration/moderate_users.md` (17.9).

/// The state of an account. Only active accounts can be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr, strum::VariantArray)]
#[strum(serialize_all = "snake_case")]
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

impl ModerationAction {
    /// Whether the user can do less afterwards, if the action applies.
    pub fn takes_rights(self) -> bool {
        match self {
            Self::Block | Self::Ban | Self::Deactivate | Self::Reject => true,
            Self::Unblock | Self::Unban | Self::Activate | Self::Approve => false,
        }
    }
}

/// The effect of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transition {
    To(State),
    Delete,
    /// The account already is in the state that the action leads to.
    Already,
    /// The action does not apply, and changes nothing.
    NoOp,
    /// The action is not allowed in this state.
    Refused,
}

impl State {
    /// GitLab's name.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Whether an administrator has to readmit the account. v3 and the command line call all these states blocked.
    pub fn is_blocked(self) -> bool {
        match self {
            Self::Blocked | Self::Banned | Self::BlockedPendingApproval => true,
            Self::Active | Self::Deactivated => false,
        }
    }

    /// What the action does to an account in this state.
    pub fn after(self, action: ModerationAction) -> Transition {
        use State::{Active, Banned, Blocked, BlockedPendingApproval, Deactivated};
        match (action, self) {
            (ModerationAction::Block, Active | Deactivated) => Transition::To(Blocked),
            (ModerationAction::Block, Blocked | Banned | BlockedPendingApproval) => Transition::Already,
            (ModerationAction::Unblock, Blocked | BlockedPendingApproval) => Transition::To(Active),
            (ModerationAction::Unblock, Active | Banned) => Transition::NoOp,
            (ModerationAction::Ban, Active) => Transition::To(Banned),
            (ModerationAction::Unban, Banned) => Transition::To(Active),
            (ModerationAction::Deactivate, Active) => Transition::To(Deactivated),
            (ModerationAction::Deactivate, Deactivated) => Transition::Already,
            (ModerationAction::Activate, Active | Deactivated) => Transition::To(Active),
            (ModerationAction::Approve, BlockedPendingApproval) => Transition::To(Active),
            (ModerationAction::Reject, BlockedPendingApproval) => Transition::Delete,
            (ModerationAction::Unblock, Deactivated)
            | (ModerationAction::Ban, Blocked | Deactivated | Banned | BlockedPendingApproval)
            | (ModerationAction::Unban, Active | Blocked | Deactivated | BlockedPendingApproval)
            | (ModerationAction::Deactivate | ModerationAction::Activate, Blocked | Banned | BlockedPendingApproval)
            | (ModerationAction::Approve | ModerationAction::Reject, Active | Blocked | Deactivated | Banned) => {
                Transition::Refused
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use strum::VariantArray;

    #[test]
    fn names_can_be_parsed() {
        for state in State::VARIANTS {
            assert_eq!(state.name().parse(), Ok(*state));
        }
        assert!("ldap_blocked".parse::<State>().is_err());
    }

    #[test]
    fn every_blocked_state_leads_back_to_active() {
        use ModerationAction::{Approve, Unban, Unblock};
        for (from, by) in [(State::Blocked, Unblock), (State::Banned, Unban), (State::BlockedPendingApproval, Approve)]
        {
            assert!(from.is_blocked());
            assert_eq!(from.after(by), Transition::To(State::Active), "{from:?}");
        }
    }

    #[test]
    fn reject_deletes_only_accounts_that_wait_for_approval() {
        for state in State::VARIANTS {
            let deleted = state.after(ModerationAction::Reject) == Transition::Delete;
            assert_eq!(deleted, *state == State::BlockedPendingApproval);
        }
    }
}
