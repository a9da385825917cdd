//! Users: made, changed and deleted by administrators, looked at by everybody who is signed in.

use super::{AccountAccess, Accounts, Admin, Error, Forbidden, Reader, SignedIn, now};
use crate::domain::{
    EmailAddress, Field, Identity, Password, PasswordHash, Problem, SingleLineText, State, User, UserId, Username,
    WebUrl,
};
use crate::store::{Cursor, NewUser, UserQuery, Write};
use jiff::Timestamp;

/// What an administrator says of a new user. What is left open in `attributes` starts as the schema says.
#[derive(Debug)]
pub struct CreateUser {
    pub username: Username,
    /// Becomes the primary address.
    pub email: EmailAddress,
    /// Whether the address counts as verified; an administrator vouches for it.
    pub verified: bool,
    /// Since when, if not since the account exists.
    pub confirmed_at: Option<Timestamp>,
    /// Without one, nobody can sign in with a password.
    pub password: Option<Password>,
    pub attributes: UserChange,
}

/// What changes of a user; nothing by default. `username`, `email` and `password` are not looked at on creation.
#[derive(Clone, Debug, Default)]
pub struct UserChange {
    pub username: Option<Username>,
    /// The new primary address.
    pub email: Option<EmailAddress>,
    pub password: Option<Password>,
    pub admin: Option<bool>,
    pub state: Option<State>,
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
    /// Who the user is at other services: added, or taking the place of who it was there.
    pub identities: Vec<Identity>,
    pub profile: ProfileChange,
}

/// The two halves of the identity that the oldest dialects know, given one by one.
#[derive(Clone, Debug, Default)]
pub struct IdentityChange {
    pub provider: Option<String>,
    pub extern_uid: Option<String>,
}

/// What users may change of themselves.
#[derive(Clone, Debug, Default)]
pub struct ProfileChange {
    pub name: Option<SingleLineText>,
    pub location: Option<SingleLineText>,
    pub company: Option<SingleLineText>,
    pub profile_url: Option<WebUrl>,
    pub gravatar_email: Option<Option<EmailAddress>>,
}

/// One page of users and the number of users on all pages.
#[derive(Debug)]
pub struct UserList {
    pub users: Vec<User>,
    pub total: u64,
}

impl Accounts {
    /// # Errors
    /// `NotFound`.
    pub fn user(&self, _reader: &Reader, id: UserId) -> Result<User, Error> {
        self.store.read(|db| db.user(id))?.ok_or(Error::NotFound)
    }

    /// By user name, whatever its case.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn user_by_name(&self, _reader: &Reader, username: &str) -> Result<User, Error> {
        self.store.read(|db| db.user_by_name(username))?.ok_or(Error::NotFound)
    }

    /// By id or, if that is no id, by user name.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn user_called(&self, reader: &Reader, who: &str) -> Result<User, Error> {
        match who.parse() {
            Ok(id) => self.user(reader, id),
            Err(_) => self.user_by_name(reader, who),
        }
    }

    /// Who made the account of the user who asks, if it was another user.
    ///
    /// # Errors
    /// Only those of the database.
    pub fn creator_of(&self, signed_in: &SignedIn) -> Result<Option<User>, Error> {
        match signed_in.user.created_by {
            Some(id) => Ok(self.store.read(|db| db.user(id))?),
            None => Ok(None),
        }
    }

    /// The users from the `offset`th on.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn users(&self, _reader: &Reader, query: UserQuery, offset: u64) -> Result<UserList, Error> {
        let (users, total) = self.store.snapshot(move |db| db.users(&query, offset)).await?;
        Ok(UserList { users, total })
    }

    /// The users after one; however many came before, it costs the same.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn users_after(
        &self,
        _reader: &Reader,
        query: UserQuery,
        cursor: Option<Cursor>,
    ) -> Result<Vec<User>, Error> {
        Ok(self.store.snapshot(move |db| db.users_after(&query, cursor.as_ref())).await?)
    }

    /// # Errors
    /// `Taken` (address before name before the rest), `Invalid` for half an identity.
    pub async fn create_user(&self, admin: &Admin, new: CreateUser) -> Result<User, Error> {
        let hash = self.hash(new.password.clone()).await?;
        let row = NewRow { id: None, password_hash: hash, created_at: now(), created_by: admin.by() };
        self.write_for(admin, move |tx| insert(tx, &new, row)).await
    }

    /// # Errors
    /// `NotFound`, `Taken`, `Invalid` for half an identity, `Forbidden(LastAdmin)`.
    pub async fn update_user(&self, admin: &Admin, id: UserId, change: UserChange) -> Result<User, Error> {
        let hash = self.hash(change.password.clone()).await?;
        self.write_for(admin, move |tx| {
            let before = tx.user(id)?.ok_or(Error::NotFound)?;
            update(tx, before, &change, hash)
        })
        .await
    }

    /// # Errors
    /// `NotFound` if the user was deleted meanwhile.
    pub async fn update_profile(&self, own: &AccountAccess, change: ProfileChange) -> Result<User, Error> {
        let (id, change) = (own.user(), UserChange { profile: change, ..UserChange::default() });
        self.write_for(own, move |tx| {
            let before = tx.user(id)?.ok_or(Error::NotFound)?;
            update(tx, before, &change, None)
        })
        .await
    }

    /// Deletes the user with all that belongs to it, and gives what it was.
    ///
    /// # Errors
    /// `NotFound`, `Forbidden(LastAdmin)`.
    pub async fn delete_user(&self, admin: &Admin, id: UserId) -> Result<User, Error> {
        self.write_for(admin, move |tx| {
            let user = tx.user(id)?.ok_or(Error::NotFound)?;
            keep_an_admin(tx, &user, None)?;
            tx.delete_user(id)?;
            Ok(user)
        })
        .await
    }

    /// Forgets who the user is at a service.
    ///
    /// # Errors
    /// `NotFound` for a user that does not exist, and for one who is nobody there.
    pub async fn remove_identity(&self, admin: &Admin, id: UserId, provider: String) -> Result<(), Error> {
        self.write_for(admin, move |tx| {
            let user = tx.user(id)?.ok_or(Error::NotFound)?;
            let found = user.identities.iter().find(|identity| identity.provider.as_str() == provider);
            tx.remove_identity(id, &found.ok_or(Error::NotFound)?.provider)?;
            Ok(())
        })
        .await
    }

    /// Whether anybody can administer these accounts over HTTP.
    ///
    /// # Errors
    /// Only those of the database.
    pub fn has_administrator(&self) -> Result<bool, Error> {
        Ok(self.store.read(|db| db.active_admins())? > 0)
    }

    pub(super) async fn hash(&self, password: Option<Password>) -> Result<Option<PasswordHash>, Error> {
        match password {
            Some(password) => self.passwords.hash(password).await.map(Some),
            None => Ok(None),
        }
    }
}

/// What of a new user its maker does not say.
pub(super) struct NewRow {
    pub id: Option<UserId>,
    pub password_hash: Option<PasswordHash>,
    pub created_at: Timestamp,
    pub created_by: Option<UserId>,
}

/// Adds a user within a write.
pub(super) fn insert(tx: &Write<'_>, new: &CreateUser, row: NewRow) -> Result<User, Error> {
    // Looked at before the constraints are, so that the address is named first, as GitLab does.
    if tx.email(&new.email)?.is_some() {
        return Err(Error::Taken(Field::Email));
    }
    let id = tx.insert_user(&NewUser {
        id: row.id,
        username: new.username.clone(),
        password_hash: row.password_hash,
        created_at: row.created_at,
        email: new.email.clone(),
        confirmed_at: new.verified.then(|| new.confirmed_at.unwrap_or(row.created_at)),
        created_by: row.created_by,
    })?;
    let user = tx.user(id)?.ok_or(Error::Internal)?;
    let attributes = UserChange { username: None, email: None, ..new.attributes.clone() };
    update(tx, user, &attributes, None)
}

/// # Errors
/// `Forbidden(LastAdmin)` if nobody could administer these accounts any more; `after` is nothing if the user goes.
pub(super) fn keep_an_admin(tx: &Write<'_>, before: &User, after: Option<&User>) -> Result<(), Error> {
    let rules = |user: &User| user.admin && user.is_active();
    if rules(before) && !after.is_some_and(rules) && tx.active_admins()? == 1 {
        return Err(Forbidden::LastAdmin.into());
    }
    Ok(())
}

fn update(tx: &Write<'_>, before: User, change: &UserChange, hash: Option<PasswordHash>) -> Result<User, Error> {
    let id = before.id;
    if let Some(email) = &change.email {
        super::emails::make_primary(tx, id, email)?;
    }
    let identity = identity(&before, &change.identity)?;
    let after = change.applied_to(before.clone());
    keep_an_admin(tx, &before, Some(&after))?;
    tx.update_user(&after)?;
    let new_password = hash.is_some();
    if let Some(address) = &change.public_email {
        set_public_email(tx, id, address.as_ref())?;
    }
    if let Some(hash) = hash {
        tx.set_password(id, &hash)?;
        tx.delete_sessions(id)?;
    }
    if let Some(identity) = identity {
        if let Some(old) = before.identities.first() {
            tx.remove_identity(id, &old.provider)?;
        }
        if let Some(new) = &identity {
            tx.set_identity(id, new)?;
        }
    }
    for identity in &change.identities {
        tx.set_identity(id, identity)?;
    }
    let after = tx.user(id)?.ok_or(Error::Internal)?;
    // A whole object that comes back as it was is no change.
    if after == before && !new_password {
        return Ok(after);
    }
    let after = User { updated_at: now(), ..after };
    tx.user_changed(id, after.updated_at)?;
    Ok(after)
}

/// # Errors
/// `Invalid` for an address that the user does not have, or has not verified.
pub(super) fn set_public_email(tx: &Write<'_>, user: UserId, address: Option<&EmailAddress>) -> Result<(), Error> {
    let Some(address) = address else { return Ok(tx.set_public_email(user, None)?) };
    match tx.email(address)? {
        Some(row) if row.user_id == user && row.email.is_verified() => Ok(tx.set_public_email(user, Some(row.id))?),
        // GitLab's words.
        _ => Err(Error::invalid(Field::PublicEmail, Problem::Malformed("is not an email you own"))),
    }
}

/// The first identity as it will be, if the change says anything of it. What it leaves out stays.
fn identity(user: &User, change: &IdentityChange) -> Result<Option<Option<Identity>>, Error> {
    if change.provider.is_none() && change.extern_uid.is_none() {
        return Ok(None);
    }
    let now = user.identities.first();
    let half = |new: &Option<String>, old: Option<&str>| new.clone().unwrap_or_else(|| old.unwrap_or("").to_owned());
    let provider = half(&change.provider, now.map(|identity| identity.provider.as_str()));
    let extern_uid = half(&change.extern_uid, now.map(|identity| identity.extern_uid.as_str()));
    let pair = Identity::pair(&provider, &extern_uid);
    pair.map(Some).map_err(|(field, problem): (Field, Problem)| Error::invalid(field, problem))
}

impl UserChange {
    fn applied_to(&self, mut user: User) -> User {
        fn set<T: Clone>(place: &mut T, value: &Option<T>) {
            if let Some(value) = value {
                place.clone_from(value);
            }
        }
        set(&mut user.username, &self.username);
        set(&mut user.admin, &self.admin);
        set(&mut user.state, &self.state);
        set(&mut user.bio, &self.bio);
        set(&mut user.skype, &self.skype);
        set(&mut user.linkedin, &self.linkedin);
        set(&mut user.twitter, &self.twitter);
        set(&mut user.discord, &self.discord);
        set(&mut user.pronouns, &self.pronouns);
        set(&mut user.note, &self.note);
        set(&mut user.external, &self.external);
        set(&mut user.private_profile, &self.private_profile);
        set(&mut user.theme_id, &self.theme_id);
        set(&mut user.color_scheme_id, &self.color_scheme_id);
        set(&mut user.dark_scheme, &self.dark_scheme);
        set(&mut user.can_create_group, &self.can_create_group);
        set(&mut user.projects_limit, &self.projects_limit);
        set(&mut user.name, &self.profile.name);
        set(&mut user.location, &self.profile.location);
        set(&mut user.company, &self.profile.company);
        set(&mut user.profile_url, &self.profile.profile_url);
        set(&mut user.gravatar_email, &self.profile.gravatar_email);
        user
    }
}
