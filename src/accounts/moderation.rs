//! Letting users in and keeping them out.

use super::users::keep_an_admin;
use super::{Accounts, Admin, Error, now};
use crate::domain::{ModerationAction, State, Transition, User, UserId};

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moderated {
    Done,
    /// It was so already.
    Already,
    /// There was nothing to be undone.
    NoOp,
    Refused(Refused),
}

/// Why nothing was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Who is in this state cannot be treated so.
    State(State),
    /// Nobody blocks themselves.
    Oneself,
    /// Whose account is in use is not deactivated.
    InUse,
}

impl Accounts {
    /// # Errors
    /// `NotFound`, `Forbidden(LastAdmin)`.
    pub async fn moderate(&self, admin: &Admin, id: UserId, transition: ModerationAction) -> Result<Moderated, Error> {
        if transition == ModerationAction::Block && admin.by() == Some(id) {
            return Ok(Moderated::Refused(Refused::Oneself));
        }
        self.write_for(admin, move |tx| {
            let user = tx.user(id)?.ok_or(Error::NotFound)?;
            let next = match user.state.after(transition) {
                Ok(next) => next,
                Err(refused) => return Ok(Moderated::Refused(Refused::State(refused.0))),
            };
            let to = match next {
                Transition::Already => return Ok(Moderated::Already),
                Transition::NoOp => return Ok(Moderated::NoOp),
                Transition::To(State::Deactivated) if !user.is_dormant(now()) => {
                    return Ok(Moderated::Refused(Refused::InUse));
                }
                Transition::To(to) => Some(to),
                Transition::Delete => None,
            };
            match to {
                Some(state) => {
                    let after = User { state, updated_at: now(), ..user.clone() };
                    keep_an_admin(tx, &user, Some(&after))?;
                    tx.update_user(&after)?;
                }
                None => {
                    keep_an_admin(tx, &user, None)?;
                    tx.delete_user(id)?;
                }
            }
            Ok(Moderated::Done)
        })
        .await
    }

    /// Lets a deactivated user who has signed in be active again.
    pub(super) async fn reactivate(&self, id: UserId) -> Result<User, Error> {
        self.store
            .write(move |tx| {
                let user = tx.user(id)?.ok_or(Error::Unauthenticated)?;
                if user.state != State::Deactivated {
                    return Ok(user);
                }
                let after = User { state: State::Active, updated_at: now(), ..user };
                tx.update_user(&after)?;
                Ok(after)
            })
            .await
    }
}
