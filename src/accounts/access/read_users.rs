//! Which users each permission includes.

use self::sealed::Role;
use super::permissions::{Admin, PublicReader, Reader, Viewer};
use crate::accounts::{Error, Forbidden};
use crate::domain::{State, User, UserId};
use crate::store::UserQuery;

/// A permission to read users: [`Reader`], [`PublicReader`], [`Admin`] or [`Viewer`].
pub trait ReadUsers {
    fn role(&self) -> Role;

    /// The account that asks; `None` for anonymous callers and the command line.
    fn account(&self) -> Option<UserId>;
}

/// Keeps other modules from implementing [`ReadUsers`], because they cannot name `Role`.
mod sealed {
    #[derive(Clone, Copy, PartialEq, Eq)]
    pub enum Role {
        Anonymous,
        SignedIn,
        Administrator,
    }
}

impl ReadUsers for PublicReader {
    fn role(&self) -> Role {
        Role::Anonymous
    }

    fn account(&self) -> Option<UserId> {
        None
    }
}

impl ReadUsers for Reader {
    fn role(&self) -> Role {
        Role::SignedIn
    }

    fn account(&self) -> Option<UserId> {
        self.account
    }
}

impl ReadUsers for Admin {
    fn role(&self) -> Role {
        Role::Administrator
    }

    fn account(&self) -> Option<UserId> {
        self.user().map(|user| user.id)
    }
}

impl ReadUsers for Viewer {
    fn role(&self) -> Role {
        match self {
            Self::Public(reader) => reader.role(),
            Self::User(reader) => reader.role(),
            Self::Admin(admin) => admin.role(),
        }
    }

    fn account(&self) -> Option<UserId> {
        match self {
            Self::Public(reader) => reader.account(),
            Self::User(reader) => reader.account(),
            Self::Admin(admin) => admin.account(),
        }
    }
}

/// The user, if the permission includes it.
///
/// # Errors
/// `NotFound`.
pub(in crate::accounts) fn visible(reader: &impl ReadUsers, user: Option<User>) -> Result<User, Error> {
    user.filter(|user| shows(reader, user.state)).ok_or(Error::NotFound)
}

/// Whether the permission includes users in this state.
pub(in crate::accounts) fn shows(reader: &impl ReadUsers, state: State) -> bool {
    reader.role() != Role::Anonymous || state == State::Active
}

/// Narrows a list to the users that the permission includes.
///
/// # Errors
/// `Forbidden`: anonymous callers may look up one user name, but not list users; and only administrators may look users
/// up by their identity at another service, or by a custom attribute.
pub(in crate::accounts) fn visible_list(reader: &impl ReadUsers, query: UserQuery) -> Result<UserQuery, Error> {
    let public = reader.role() == Role::Anonymous;
    if public && query.username.is_none() {
        return Err(Forbidden::AnonymousList.into());
    }
    if (query.identity.is_some() || !query.custom_attributes.is_empty()) && reader.role() != Role::Administrator {
        return Err(Forbidden::NotAdmin.into());
    }
    Ok(UserQuery { active: query.active || public, ..query })
}
