//! Users look at their sessions of browsers, and end them.

use crate::accounts::actor::Proof;
use crate::accounts::audit::{Event, EventKind};
use crate::accounts::{AccountAccess, Accounts, Error};
use crate::domain::TokenHash;
use crate::store::WebSessionSummary;

impl Accounts {
    /// The user's browser sessions that have not ended, the newest first. There are a hundred at most.
    ///
    /// # Errors
    /// Only those of the database.
    pub fn web_sessions(&self, access: &AccountAccess) -> Result<Vec<WebSessionSummary>, Error> {
        Ok(self.store.read(|db| db.web_sessions(access.user(), db.now()))?)
    }

    /// Ends a browser session of the user.
    ///
    /// # Errors
    /// `NotFound`, also for another user's session.
    pub async fn end_own_session(&self, access: &AccountAccess, session: TokenHash) -> Result<(), Error> {
        let user = access.user();
        self.write_reducing_for(access, move |tx| match tx.delete_web_session_of(user, &session)? {
            0 => Err(Error::NotFound),
            _ => Ok(((), [Event::of_user(EventKind::SessionEnded, user).with("session", "browser")])),
        })
        .await
    }

    /// Ends the user's browser sessions but the one that asks.
    ///
    /// # Errors
    /// `NotFound` for a caller without a browser session.
    pub async fn end_other_web_sessions(&self, access: &AccountAccess) -> Result<(), Error> {
        let (user, current) = (access.user(), current_session(access).ok_or(Error::NotFound)?);
        self.write_reducing_for(access, move |tx| {
            let ended = tx.delete_other_web_sessions(user, &current)?;
            let event = Event::of_user(EventKind::SessionEnded, user).with("session", "browser").with("count", ended);
            Ok(((), (ended > 0).then_some(event)))
        })
        .await
    }

    /// Whether a session is the one that asks.
    pub fn is_current_session(&self, access: &AccountAccess, session: &TokenHash) -> bool {
        current_session(access).is_some_and(|current| current == *session)
    }
}

fn current_session(access: &AccountAccess) -> Option<TokenHash> {
    match access.signed_in()?.proof {
        Proof::WebSession(hash) => Some(hash),
        Proof::Token(_) | Proof::Password(_) | Proof::Sudo(_) => None,
    }
}
