//! Users: administrators create, change and delete them, and users change their profiles.

use super::address_owner::{Reassigned, reassign};
use super::audit::{Event, EventKind};
use super::limits::MAX_IDENTITIES;
use super::{AccountAccess, Accounts, Admin, Error, Forbidden, user_events};
use crate::domain::{
    EmailAddress, Field, Identity, Password, PasswordHash, Problem, SingleLineText, User, UserId, Username,
    Verification, VerifiedBy, WebUrl,
};
use crate::store::Write;

/// Sets those fields of a user that are given.
macro_rules! set {
    ($user:expr, $new:expr, $($field:ident),+) => {
        $(if let Some(value) = &$new.$field {
            $user.$field.clone_from(value);
        })+
    };
}

/// A user to create.
#[derive(Debug)]
pub struct CreateUser {
    pub username: Username,
    /// The primary address.
    pub email: EmailAddress,
    /// Whether the address counts as verified: an administrator vouches for it.
    pub verified: bool,
    pub attributes: UserAttributes,
}

/// What changes of a user; by default nothing.
#[derive(Clone, Debug, Default)]
pub struct UpdateUser {
    pub username: Option<Username>,
    /// The new primary address.
    pub email: Option<EmailAddress>,
    pub attributes: UserAttributes,
}

/// Attributes of a user to create or to update. What is `None` keeps its value; a new user has the default.
#[derive(Clone, Debug, Default)]
pub struct UserAttributes {
    /// Nobody can sign in with a password until there is one.
    pub password: Option<Password>,
    pub admin: Option<bool>,
    /// One of the user's verified addresses.
    pub public_email: Option<Option<EmailAddress>>,
    pub bio: Option<Option<SingleLineText>>,
    pub skype: Option<SingleLineText>,
    pub linkedin: Option<SingleLineText>,
    pub twitter: Option<SingleLineText>,
    pub discord: Option<SingleLineText>,
    pub pronouns: Option<Option<SingleLineText>>,
    pub note: Option<Option<SingleLineText>>,
    pub external: Option<bool>,
    pub private_profile: Option<bool>,
    pub theme_id: Option<u8>,
    pub color_scheme_id: Option<u8>,
    pub dark_scheme: Option<bool>,
    pub can_create_group: Option<bool>,
    pub projects_limit: Option<u32>,
    pub identity: IdentityChange,
    /// Identities to add; each replaces the one at the same provider.
    pub identities: Vec<Identity>,
    pub profile: ProfileChange,
}

/// The two halves of the user's first identity, which v3 sets one by one.
#[derive(Clone, Debug, Default)]
pub struct IdentityChange {
    pub provider: Option<String>,
    pub extern_uid: Option<String>,
}

/// The attributes that users may change of themselves.
#[derive(Clone, Debug, Default)]
pub struct ProfileChange {
    pub name: Option<SingleLineText>,
    pub location: Option<SingleLineText>,
    pub company: Option<SingleLineText>,
    pub profile_url: Option<WebUrl>,
    pub gravatar_email: Option<Option<EmailAddress>>,
}

impl Accounts {
    /// # Errors
    /// `EmailTakenBy` and `Taken` (the address before the name, and both before the rest), `Invalid`.
    pub async fn create_user(&self, admin: &Admin, new: CreateUser) -> Result<User, Error> {
        let CreateUser { username, email, verified, attributes } = new;
        let password_hash = self.hash(attributes.password.as_ref()).await?;
        let created_at = self.now();
        let mut user = User {
            verification: verified.then_some(Verification { at: created_at, by: VerifiedBy::Administrator }),
            created_by: admin.user().map(|admin| admin.id),
            ..User::new(username, email, created_at)
        };
        let applied = attributes.apply_to(&mut user);
        let (first, first_applied, first_hash) = (user.clone(), applied.clone(), password_hash.clone());
        let created = self.write_for(admin, move |tx| {
            first_applied.map_err(|error| taken_email_first(tx, &first.email, error))?;
            let user = insert(tx, first, first_hash.as_ref())?;
            let event = user_events::created(&user);
            Ok((user, [event]))
        });
        // Nearly every address is free. Only one that is not costs a second write.
        match created.await {
            Err(Error::Taken(Field::Email)) => {}
            other => return other,
        }
        let created = self.write_for(admin, move |tx| {
            let reassigned = reassign(tx, &user.email, None)?;
            applied?;
            let user = insert(tx, user, password_hash.as_ref())?;
            let events = [Some(user_events::created(&user)), Reassigned::event(reassigned.as_ref())];
            Ok::<_, Error>(((user, reassigned), events.into_iter().flatten()))
        });
        let (user, reassigned) = created.await?;
        Reassigned::log(reassigned.as_ref(), user.id);
        Ok(user)
    }

    /// # Errors
    /// `NotFound`, `EmailTakenBy`, `Taken`, `Invalid`, `Forbidden(LastAdmin)`.
    pub async fn update_user(&self, admin: &Admin, id: UserId, change: UpdateUser) -> Result<User, Error> {
        let password_hash = self.hash(change.attributes.password.as_ref()).await?;
        let updated = self.write_for(admin, move |tx| {
            let Updated { user, reassigned, event } = update(tx, id, &change, password_hash)?;
            let events = [event, Reassigned::event(reassigned.as_ref())];
            Ok::<_, Error>(((user, reassigned), events.into_iter().flatten()))
        });
        let (user, reassigned) = updated.await?;
        Reassigned::log(reassigned.as_ref(), id);
        Ok(user)
    }

    /// # Errors
    /// `NotFound` if the user was deleted in the meantime.
    pub async fn update_profile(
        &self,
        own: &AccountAccess,
        profile: ProfileChange,
        bio: Option<Option<SingleLineText>>,
    ) -> Result<User, Error> {
        let attributes = UserAttributes { profile, bio, ..UserAttributes::default() };
        let (id, change) = (own.user(), UpdateUser { attributes, ..UpdateUser::default() });
        self.write_for(own, move |tx| {
            let updated = update(tx, id, &change, None)?;
            Ok((updated.user, updated.event))
        })
        .await
    }

    /// Deletes the user with everything that belongs to it, and returns the last state of it.
    ///
    /// # Errors
    /// `NotFound`, `Forbidden(LastAdmin)`.
    pub async fn delete_user(&self, admin: &Admin, id: UserId) -> Result<User, Error> {
        let work = move |tx: &Write<'_>| {
            let user = tx.user(id)?.ok_or(Error::NotFound)?;
            keep_an_admin(tx, &user, None)?;
            tx.delete_user(id)?;
            let event = Event::of_user(EventKind::UserDeleted, &user);
            Ok::<_, Error>((user, [event]))
        };
        let deleted = self.write_reducing_for(admin, work).await;
        self.user_deleted.notify_one();
        deleted
    }

    /// Removes the user's identity at a provider.
    ///
    /// # Errors
    /// `NotFound` if there is no such user, or no such identity.
    pub async fn remove_identity(&self, admin: &Admin, id: UserId, provider: String) -> Result<(), Error> {
        self.write_reducing_for(admin, move |tx| {
            let user = tx.user(id)?.ok_or(Error::NotFound)?;
            let is_other = |identity: &&Identity| identity.provider.as_str() != provider;
            let others: Vec<_> = user.identities.iter().filter(is_other).cloned().collect();
            if others.len() == user.identities.len() {
                return Err(Error::NotFound);
            }
            tx.set_identities(id, &others)?;
            Ok(((), [Event::of_user(EventKind::IdentityRemoved, &user).with("provider", provider.as_str())]))
        })
        .await
    }

    /// Whether there is an active administrator.
    ///
    /// # Errors
    /// Only those of the database.
    pub fn has_administrator(&self) -> Result<bool, Error> {
        Ok(self.store.read(|db| db.active_admins())? > 0)
    }

    pub(super) async fn hash(&self, password: Option<&Password>) -> Result<Option<PasswordHash>, Error> {
        match password {
            Some(password) => self.passwords.hash(password.clone()).await.map(Some),
            None => Ok(None),
        }
    }
}

/// Adds a complete user with the primary address and the identities. A public address must be the primary one.
pub(super) fn insert(tx: &Write<'_>, user: User, password_hash: Option<&PasswordHash>) -> Result<User, Error> {
    let inserted = tx.insert_user(&user, password_hash);
    let (id, email) = inserted.map_err(|error| taken_email_first(tx, &user.email, error.into()))?;
    if let Some(address) = &user.public_email {
        if *address != user.email || user.verification.is_none() {
            return Err(not_owned());
        }
        tx.set_public_email(id, Some(email))?;
    }
    tx.insert_identities(id, &user.identities)?;
    let public_email = user.public_email.is_some().then(|| user.email.clone());
    Ok(User { id, public_email, ..user })
}

/// GitLab reports a taken address before anything else.
fn taken_email_first(tx: &Write<'_>, address: &EmailAddress, error: Error) -> Error {
    match tx.email(address) {
        Ok(Some(_)) => Error::Taken(Field::Email),
        Ok(None) => error,
        Err(other) => other.into(),
    }
}

/// # Errors
/// `Forbidden(LastAdmin)` if no active administrator would remain. `after` is `None` for a deletion.
pub(super) fn keep_an_admin(tx: &Write<'_>, before: &User, after: Option<&User>) -> Result<(), Error> {
    let rules = |user: &User| user.admin && user.is_active();
    if rules(before) && !after.is_some_and(rules) && tx.active_admins()? == 1 {
        return Err(Forbidden::LastAdmin.into());
    }
    Ok(())
}

struct Updated {
    user: User,
    /// The new primary address, if another user had it.
    reassigned: Option<Reassigned>,
    /// `None` if nothing was different.
    event: Option<Event>,
}

fn update(tx: &Write<'_>, id: UserId, change: &UpdateUser, hash: Option<PasswordHash>) -> Result<Updated, Error> {
    let before = tx.user(id)?.ok_or(Error::NotFound)?;
    let reassigned = match &change.email {
        Some(email) => super::emails::make_primary(tx, id, email)?,
        None => None,
    };
    let mut after = before.clone();
    set!(after, change, username);
    change.attributes.apply_to(&mut after)?;
    keep_an_admin(tx, &before, Some(&after))?;
    tx.update_user(&after)?;
    if let Some(address) = &change.attributes.public_email {
        set_public_email(tx, id, address.as_ref())?;
    }
    let new_password = hash.is_some();
    if let Some(hash) = hash {
        super::service_accounts::check_may_have_password(tx, id)?;
        tx.set_password(id, &hash)?;
        tx.delete_sessions(id)?;
    }
    if after.identities != before.identities {
        tx.set_identities(id, &after.identities)?;
    }
    let after = tx.user(id)?.ok_or(Error::Internal)?;
    // Clients send whole objects back; one without a difference is not a change.
    if is_identical(&after, &before) && !new_password {
        return Ok(Updated { user: after, reassigned, event: None });
    }
    let user = User { updated_at: tx.now(), ..after };
    tx.user_changed(id, user.updated_at)?;
    let event = Some(user_events::updated(&before, &user, new_password));
    Ok(Updated { user, reassigned, event })
}

/// Whether two records are equal and spell names and addresses in the same case.
fn is_identical(one: &User, other: &User) -> bool {
    fn spelling(user: &User) -> (&str, [Option<&str>; 3]) {
        let addresses = [Some(&user.email), user.public_email.as_ref(), user.gravatar_email.as_ref()];
        (user.username.as_str(), addresses.map(|address| address.map(EmailAddress::as_str)))
    }
    one == other && spelling(one) == spelling(other)
}

/// # Errors
/// `Invalid` for an address that the user does not have, or has not verified.
pub(super) fn set_public_email(tx: &Write<'_>, user: UserId, address: Option<&EmailAddress>) -> Result<(), Error> {
    let Some(address) = address else { return Ok(tx.set_public_email(user, None)?) };
    match tx.email(address)? {
        Some(row) if row.user_id == user && row.email.is_verified() => Ok(tx.set_public_email(user, Some(row.id))?),
        _ => Err(not_owned()),
    }
}

/// In GitLab's words.
fn not_owned() -> Error {
    Error::invalid(Field::PublicEmail, Problem::Malformed("is not an email you own"))
}

impl UserAttributes {
    /// Sets everything but the password.
    ///
    /// # Errors
    /// `Invalid` for half an identity and for too many.
    fn apply_to(&self, user: &mut User) -> Result<(), Error> {
        set!(user, self, admin, public_email, bio, skype, linkedin, twitter, discord, pronouns, note, external);
        set!(user, self, private_profile, theme_id, color_scheme_id, dark_scheme, can_create_group, projects_limit);
        set!(user, self.profile, name, location, company, profile_url, gravatar_email);
        self.identity.apply_to(&mut user.identities)?;
        add_identities(&mut user.identities, &self.identities)
    }
}

impl IdentityChange {
    /// Replaces the first identity. A half that is not given keeps its value; two empty ones remove it.
    fn apply_to(&self, identities: &mut Vec<Identity>) -> Result<(), Error> {
        if self.provider.is_none() && self.extern_uid.is_none() {
            return Ok(());
        }
        let first = identities.first();
        let half = |new: &Option<String>, old: Option<&SingleLineText>| {
            new.clone().unwrap_or_else(|| old.map_or("", SingleLineText::as_str).to_owned())
        };
        let provider = half(&self.provider, first.map(|identity| &identity.provider));
        let extern_uid = half(&self.extern_uid, first.map(|identity| &identity.extern_uid));
        let new = Identity::pair(&provider, &extern_uid).map_err(|(field, problem)| Error::invalid(field, problem))?;
        if !identities.is_empty() {
            identities.remove(0);
        }
        if let Some(new) = new {
            identities.retain(|identity| identity.provider != new.provider);
            identities.insert(0, new);
        }
        Ok(())
    }
}

/// # Errors
/// `Invalid` if there would be too many.
pub(super) fn add_identities(identities: &mut Vec<Identity>, new: &[Identity]) -> Result<(), Error> {
    for new in new {
        if let Some(identity) = identities.iter_mut().find(|identity| identity.provider == new.provider) {
            identity.clone_from(new);
        } else if identities.len() < MAX_IDENTITIES {
            identities.push(new.clone());
        } else {
            let rule = "is one too many: a user can have 100 identities";
            return Err(Error::invalid(Field::Provider, Problem::Malformed(rule)));
        }
    }
    Ok(())
}
