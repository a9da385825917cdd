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
pub enum Transition {
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
pub enum Move {
    To(State),
    Delete,
    /// It is so already.
    Already,
    /// There is nothing to be undone.
    Pointless,
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
    pub fn after(self, transition: Transition) -> Result<Move, NotFrom> {
        use State::{Active, Banned, Blocked, BlockedPendingApproval, Deactivated};
        let refused = Err(NotFrom(self));
        match (transition, self) {
            (Transition::Block, Active | Deactivated) => Ok(Move::To(Blocked)),
            (Transition::Block, Blocked | Banned | BlockedPendingApproval) => Ok(Move::Already),
            (Transition::Unblock, Blocked | BlockedPendingApproval) => Ok(Move::To(Active)),
            (Transition::Unblock, Active | Banned) => Ok(Move::Pointless),
            (Transition::Ban, Active) => Ok(Move::To(Banned)),
            (Transition::Unban, Banned) => Ok(Move::To(Active)),
            (Transition::Deactivate, Active) => Ok(Move::To(Deactivated)),
            (Transition::Deactivate, Deactivated) => Ok(Move::Already),
            (Transition::Activate, Active | Deactivated) => Ok(Move::To(Active)),
            (Transition::Approve, BlockedPendingApproval) => Ok(Move::To(Active)),
            (Transition::Reject, BlockedPendingApproval) => Ok(Move::Delete),
            (Transition::Unblock, Deactivated)
            | (Transition::Ban, Blocked | Deactivated | Banned | BlockedPendingApproval)
            | (Transition::Unban, Active | Blocked | Deactivated | BlockedPendingApproval)
            | (Transition::Deactivate | Transition::Activate, Blocked | Banned | BlockedPendingApproval)
            | (Transition::Approve | Transition::Reject, Active | Blocked | Deactivated | Banned) => refused,
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
        use Transition::{Approve, Unban, Unblock};
        for (from, by) in [(State::Blocked, Unblock), (State::Banned, Unban), (State::BlockedPendingApproval, Approve)]
        {
            assert!(from.is_blocked());
            assert_eq!(from.after(by), Ok(Move::To(State::Active)), "{from:?}");
        }
    }

    #[test]
    fn only_who_asks_to_be_let_in_is_deleted() {
        for state in State::ALL {
            let deleted = state.after(Transition::Reject) == Ok(Move::Delete);
            assert_eq!(deleted, state == State::BlockedPendingApproval);
        }
    }
}
