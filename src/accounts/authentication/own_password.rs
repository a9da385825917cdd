//! Users change their own password.

use crate::accounts::access::reauthorize;
use crate::accounts::actor::{Proof, SignedIn};
use crate::accounts::audit::{Event, EventKind};
use crate::accounts::user_events::updated;
use crate::accounts::{AccountAccess, Accounts, Error};
use crate::domain::{Password, PasswordAttempt, TokenHash};
use std::net::IpAddr;
use std::sync::Arc;

impl Accounts {
    /// Replaces the password of a user who knows the old one. It ends every other session of the user; the one that
    /// asks counts as newly signed in. Personal tokens stay.
    ///
    /// # Errors
    /// As [`Accounts::reauthenticate`], for the old password.
    pub async fn change_own_password(
        &self,
        access: &AccountAccess,
        old: &PasswordAttempt,
        new: Password,
        from: IpAddr,
    ) -> Result<(), Error> {
        let (session, checked) = self.check_own_password(access, old, from).await?;
        let hash = self.passwords.hash(new).await?;
        let user = access.user();
        self.write_for(access, move |tx| {
            // An administrator may have set another password since the old one was checked.
            reauthorize(tx, &checked, false)?;
            let at = tx.now();
            tx.set_password(user, &hash)?;
            tx.delete_other_sessions(user, &session)?;
            tx.web_session_authenticated(&session, at)?;
            tx.user_changed(user, at)?;
            Ok(((), [updated(&checked.user, &checked.user, true)]))
        })
        .await
    }

    /// Checks the password of a browser that is signed in, whose sign-in then counts as new.
    ///
    /// # Errors
    /// As [`Accounts::sign_in`]; `NotFound` for a caller without a browser session.
    pub async fn reauthenticate(
        &self,
        access: &AccountAccess,
        secret: &PasswordAttempt,
        from: IpAddr,
    ) -> Result<(), Error> {
        let (session, checked) = self.check_own_password(access, secret, from).await?;
        let event = Event::of_user(EventKind::SessionConfirmed, &*checked.user);
        self.write_for(access, move |tx| Ok((tx.web_session_authenticated(&session, tx.now())?, [event]))).await
    }

    /// The browser session that asks, and its user as the password proves.
    async fn check_own_password(
        &self,
        access: &AccountAccess,
        secret: &PasswordAttempt,
        from: IpAddr,
    ) -> Result<(TokenHash, Arc<SignedIn>), Error> {
        let session = access.signed_in().ok_or(Error::NotFound)?;
        let Proof::WebSession(hash) = session.proof else { return Err(Error::NotFound) };
        let checked = self.by_password(session.user.username.as_str(), secret, from).await?;
        if checked.user.id == session.user.id { Ok((hash, checked)) } else { Err(Error::Unauthenticated) }
    }
}
