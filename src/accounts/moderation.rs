//! Changes the state of users: blocks, bans, deactivates and readmits them.

use super::audit::{Author, Event, EventKind};
use super::users::keep_an_admin;
use super::{Accounts, Admin, Error};
use crate::domain::{ModerationAction, PasswordHash, State, Transition, User, UserId};
use crate::store::Write;
use std::net::IpAddr;

/// The outcome of a moderation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moderated {
    Done,
    /// The user already was in the state that the action leads to.
    Already,
    /// The action does not apply to a user in this state, and changed nothing.
    NoOp(State),
    Refused(Refused),
}

/// Why a moderation was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The user's state does not allow the action.
    #[error("the user is {}", .0.name())]
    State(State),
    #[error("administrators cannot block themselves, so that the last active one stays")]
    Oneself,
    #[error("the user has been active in the past 90 days")]
    InUse,
}

impl Accounts {
    /// Every change of a user's state that someone asks for.
    ///
    /// # Errors
    /// `NotFound`, `Forbidden(LastAdmin)`.
    pub async fn moderate(&self, admin: &Admin, id: UserId, action: ModerationAction) -> Result<Moderated, Error> {
        let shuts_out = matches!(action, ModerationAction::Block | ModerationAction::Ban);
        if shuts_out && admin.user().is_some_and(|admin| admin.id == id) {
            return Ok(Moderated::Refused(Refused::Oneself));
        }
        if action == ModerationAction::Deactivate {
            // The uses of the last minute count against dormancy, too.
            self.write_usage().await?;
        }
        let work = move |tx: &Write<'_>| {
            let user = tx.user(id)?.ok_or(Error::NotFound)?;
            match user.state.after(action) {
                Transition::Refused => return Ok((Moderated::Refused(Refused::State(user.state)), None)),
                Transition::Already => return Ok((Moderated::Already, None)),
                Transition::NoOp => return Ok((Moderated::NoOp(user.state), None)),
                Transition::To(State::Deactivated) if !user.is_dormant(tx.now()) => {
                    return Ok((Moderated::Refused(Refused::InUse), None));
                }
                Transition::To(state) => set_state(tx, &user, state)?,
                Transition::Delete => {
                    keep_an_admin(tx, &user, None)?;
                    tx.delete_user(id)?;
                }
            }
            Ok((Moderated::Done, Some(Event::of_user(action.into(), &user))))
        };
        let moderated = if action.takes_rights() {
            self.write_reducing_for(admin, work).await
        } else {
            self.write_for(admin, work).await
        };
        if action == ModerationAction::Reject {
            self.user_deleted.notify_one();
        }
        moderated
    }

    /// Makes a deactivated user active again, after a sign-in with the password that has this hash, from this address or
    /// without one.
    ///
    /// # Errors
    /// `Unauthenticated` if the user is gone or has another password by now.
    pub(super) async fn reactivate(
        &self,
        id: UserId,
        verified: Option<PasswordHash>,
        from: Option<IpAddr>,
    ) -> Result<(), Error> {
        let user = self.store.read(|db| db.user(id))?.ok_or(Error::Unauthenticated)?;
        let author = from.map_or_else(Author::command_line, |from| Author::signing_in(&user, "password", from));
        self.write_by(author, move |tx| match tx.user_with_hash(id)? {
            Some((user, hash)) if hash == verified => match user.state {
                State::Deactivated => {
                    set_state(tx, &user, State::Active)?;
                    Ok(((), Some(Event::of_user(EventKind::UserActivated, &user))))
                }
                State::Active | State::Blocked | State::Banned | State::BlockedPendingApproval => Ok(((), None)),
            },
            Some(_) | None => Err(Error::Unauthenticated),
        })
        .await
    }
}

/// The only place that changes a stored state.
fn set_state(tx: &Write<'_>, user: &User, state: State) -> Result<(), Error> {
    let after = User { state, ..user.clone() };
    keep_an_admin(tx, user, Some(&after))?;
    Ok(tx.set_state(user.id, state, tx.now())?)
}
