//! Whether an account is in use, and how that changes.
//!
//! The rules are GitLab's: `doc/api/user_moderation.md` and `doc/administration/moderate_users.md` (17.9).

/// What an account may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    #[default]
    Active,
    /// Kept out by an administrator.
    Blocked,
    /// Not in use; signing in with the password makes it active again.
    Deactivated,
    /// Kept out for what its owner did.
    Banned,
    /// Not let in yet.
    BlockedPendingApproval,
}

/// What an administrator may do to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModerationAction {
    Block,
    Unblock,
    Ban,
    Unban,
    Deactivate,
    Activate,
    Approve,
    /// Of who asks to be let in: the account goes.
    Reject,
}

/// What a transition that is allowed does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transition {
    To(State),
    Delete,
    /// It is so already.
    Already,
    /// There is nothing to be undone.
    NoOp,
}

/// A transition that the state does not allow; with the state.
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

    /// Whether somebody keeps the account out: what v3 and the command line call blocked.
    pub fn is_blocked(self) -> bool {
        match self {
            Self::Blocked | Self::Banned | Self::BlockedPendingApproval => true,
            Self::Active | Self::Deactivated => false,
        }
    }

    /// # Errors
    /// The state has to be another for this.
    pub fn after(self, transition: ModerationAction) -> Result<Transition, NotFrom> {
        use State::{Active, Banned, Blocked, BlockedPendingApproval, Deactivated};
        let refused = Err(NotFrom(self));
        match (transition, self) {
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
    fn names_go_both_ways() {
        for state in State::ALL {
            assert_eq!(State::parse(state.name()), Some(state));
        }
        assert_eq!(State::parse("ldap_blocked"), None);
    }

    #[test]
    fn who_is_kept_out_can_be_let_in_again() {
        use ModerationAction::{Approve, Unban, Unblock};
        for (from, by) in [(State::Blocked, Unblock), (State::Banned, Unban), (State::BlockedPendingApproval, Approve)]
        {
            assert!(from.is_blocked());
            assert_eq!(from.after(by), Ok(Transition::To(State::Active)), "{from:?}");
        }
    }

    #[test]
    fn only_who_asks_to_be_let_in_is_deleted() {
        for state in State::ALL {
            let deleted = state.after(ModerationAction::Reject) == Ok(Transition::Delete);
            assert_eq!(deleted, state == State::BlockedPendingApproval);
        }
    }
}
