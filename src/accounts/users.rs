//! Users: made, changed and deleted by administrators, looked at by everybody who is signed in.

use super::{Accounts, Admin, Error, Forbidden, Grant, Reader, now};
use crate::domain::{
    EmailAddress, Field, Identity, Line, Password, PasswordHash, Problem, User, UserId, Username, WebUrl,
};
use crate::store::{NewUser, UserQuery, Write};
use jiff::Timestamp;

/// What an administrator says of a new user. What is left open in `attributes` starts as the schema says.
#[derive(Debug)]
pub struct CreateUser {
    pub username: Username,
    /// Becomes the primary address.
    pub email: EmailAddress,
    /// Whether the address counts as verified; an administrator vouches for it.
    pub verified: bool,
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
    pub blocked: Option<bool>,
    pub bio: Option<Option<Line>>,
    pub skype: Option<Line>,
    pub linkedin: Option<Line>,
    pub twitter: Option<Line>,
    pub dark_scheme: Option<bool>,
    pub can_create_group: Option<bool>,
    pub projects_limit: Option<u32>,
    pub identity: IdentityChange,
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
    pub name: Option<Line>,
    pub location: Option<Line>,
    pub company: Option<Line>,
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

    /// # Errors
    /// Only those of the database.
    pub async fn users(&self, _reader: &Reader, query: UserQuery) -> Result<UserList, Error> {
        let (users, total) = self.store.snapshot(move |db| db.users(&query)).await?;
        Ok(UserList { users, total })
    }

    /// # Errors
    /// `Taken` (address before name before the rest), `Invalid` for half an identity.
    pub async fn create_user(&self, admin: &Admin, new: CreateUser) -> Result<User, Error> {
        let hash = self.hash(new.password.clone()).await?;
        self.write_for(admin, move |tx| insert(tx, &new, None, hash, now())).await
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
    pub async fn update_profile(&self, own: &Grant, change: ProfileChange) -> Result<User, Error> {
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
            if user.admin && user.is_active() && tx.active_admins()? == 1 {
                return Err(Forbidden::LastAdmin.into());
            }
            tx.delete_user(id)?;
            Ok(user)
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

/// Adds a user within a write.
pub(super) fn insert(
    tx: &Write<'_>,
    new: &CreateUser,
    id: Option<UserId>,
    password_hash: Option<PasswordHash>,
    created_at: Timestamp,
) -> Result<User, Error> {
    // Looked at before the constraints are, so that the address is named first, as GitLab does.
    if tx.email(&new.email)?.is_some() {
        return Err(Error::Taken(Field::Email));
    }
    let id = tx.insert_user(&NewUser {
        id,
        username: new.username.clone(),
        password_hash,
        created_at,
        email: new.email.clone(),
        verified: new.verified,
    })?;
    let user = tx.user(id)?.ok_or(Error::Internal)?;
    let attributes = UserChange { username: None, email: None, ..new.attributes.clone() };
    update(tx, user, &attributes, None)
}

fn update(tx: &Write<'_>, before: User, change: &UserChange, hash: Option<PasswordHash>) -> Result<User, Error> {
    let id = before.id;
    let last_admin = before.admin && before.is_active() && tx.active_admins()? == 1;
    if let Some(email) = &change.email {
        super::emails::make_primary(tx, id, email)?;
    }
    let identity = identity(&before, &change.identity)?;
    let after = change.applied_to(before.clone());
    if last_admin && !(after.admin && after.is_active()) {
        return Err(Forbidden::LastAdmin.into());
    }
    tx.update_user(&after)?;
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
    tx.user(id)?.ok_or(Error::Internal)
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
        set(&mut user.blocked, &self.blocked);
        set(&mut user.bio, &self.bio);
        set(&mut user.skype, &self.skype);
        set(&mut user.linkedin, &self.linkedin);
        set(&mut user.twitter, &self.twitter);
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
