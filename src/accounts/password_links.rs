//! Links with which users set a password without knowing the old one. An administrator makes one for a new user or for
//! one who forgot the password, and passes it on; nothing is sent.

use super::audit::{Author, Event, EventKind};
use super::limits::MAX_PASSWORD_LINKS;
use super::{Accounts, Admin, Error};
use crate::domain::{Field, Password, PasswordLinkId, Problem, Token, TokenHash, TokenPrefix, User, UserId};
use crate::store::{LinkPurpose, PasswordLink, Read};
use jiff::{SignedDuration, Timestamp};
use std::net::IpAddr;

impl Accounts {
    /// How long a link works.
    pub const PASSWORD_LINK: SignedDuration = SignedDuration::from_hours(72);

    /// Makes a link for a user, which replaces a previous one. Returns its secret, which cannot be read again, and when
    /// it expires.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for a service account, and if there are too many links.
    pub async fn create_password_link(
        &self,
        admin: &Admin,
        user: UserId,
        purpose: LinkPurpose,
    ) -> Result<(Token, Timestamp), Error> {
        let secret = self.new_token(TokenPrefix::PasswordLink)?;
        let hash = secret.hash();
        let expires_at = self
            .write_for(admin, move |tx| {
                let (found, now) = (tx.user(user)?.ok_or(Error::NotFound)?, tx.now());
                super::service_accounts::check_may_have_password(tx, user)?;
                if tx.count_password_links(now)? >= MAX_PASSWORD_LINKS {
                    let rule = "is one too many: there can be 10000 unused links for passwords";
                    return Err(Error::invalid(Field::Token, Problem::Malformed(rule)));
                }
                let expires_at = now + Self::PASSWORD_LINK;
                tx.insert_password_link(user, &hash, purpose, now, expires_at)?;
                let event = Event::of_user(EventKind::PasswordLinkCreated, &found);
                Ok((expires_at, [event.with("purpose", purpose.name())]))
            })
            .await?;
        Ok((secret, expires_at))
    }

    /// One page of the links that can still be used, the newest first, and the number of all.
    ///
    /// # Errors
    /// Only those of the database.
    pub fn password_links(&self, _admin: &Admin, offset: u64, limit: u64) -> Result<(Vec<PasswordLink>, u64), Error> {
        self.store.read(|db| {
            let now = db.now();
            Ok((db.password_links(now, offset, limit)?, db.count_password_links(now)?))
        })
    }

    /// A link by its id.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn password_link(&self, _admin: &Admin, id: PasswordLinkId) -> Result<PasswordLink, Error> {
        self.store.read(|db| db.password_link_by_id(id))?.ok_or(Error::NotFound)
    }

    /// # Errors
    /// `NotFound`, also for a link that was used.
    pub async fn revoke_password_link(&self, admin: &Admin, id: PasswordLinkId) -> Result<(), Error> {
        self.write_reducing_for(admin, move |tx| {
            let link = tx.password_link_by_id(id)?.ok_or(Error::NotFound)?;
            tx.delete_password_link(id)?;
            let event = Event::of_user(EventKind::PasswordLinkRevoked, link.user_id);
            Ok(((), [event.with("purpose", link.purpose.name())]))
        })
        .await
    }

    /// The user whose password the link sets. Nothing is changed.
    ///
    /// # Errors
    /// `NotFound` for every fault: the link is unknown, used, expired or revoked, or the user is blocked.
    pub fn user_of_password_link(&self, secret: &Token) -> Result<User, Error> {
        let hash = secret.hash();
        self.store.read(|db| usable(db, &hash)).map(|(_, user)| user)
    }

    /// Sets the password and ends the link and every session of the user.
    ///
    /// # Errors
    /// As [`Accounts::user_of_password_link`].
    pub async fn set_password_by_link(&self, secret: &Token, password: Password, from: IpAddr) -> Result<User, Error> {
        // Before the password is hashed, so that only a link costs that.
        let user = self.user_of_password_link(secret)?;
        let password = self.passwords.hash(password).await?;
        let hash = secret.hash();
        let author = Author::signing_in(&user, "password link", from);
        self.write_by(author, move |tx| {
            let (link, user) = usable(tx, &hash)?;
            tx.delete_password_link(link.id)?;
            tx.set_password(user.id, &password)?;
            tx.delete_sessions(user.id)?;
            tx.user_changed(user.id, tx.now())?;
            let event = Event::of_user(EventKind::PasswordLinkUsed, &user).with("purpose", link.purpose.name());
            Ok::<_, Error>((user, [event]))
        })
        .await
    }
}

fn usable(db: &Read<'_>, hash: &TokenHash) -> Result<(PasswordLink, User), Error> {
    let link = db.password_link(hash, db.now())?.ok_or(Error::NotFound)?;
    let user = db.user(link.user_id)?.filter(|user| !user.state.is_blocked()).ok_or(Error::NotFound)?;
    Ok((link, user))
}
