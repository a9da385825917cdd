//! The model: accounts in memory, as SPEC and the dialects' READMEs describe them, in the plainest possible code.

mod changes;

use std::collections::BTreeMap;

/// The states of an account (src/gitlab/README.md, "v4").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Active,
    Blocked,
    Deactivated,
    Banned,
    Pending,
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            State::Active => "active",
            State::Blocked => "blocked",
            State::Deactivated => "deactivated",
            State::Banned => "banned",
            State::Pending => "blocked_pending_approval",
        }
    }

    /// Whether v3 and the commands call it blocked: an administrator keeps the user out.
    pub fn is_blocked(self) -> bool {
        matches!(self, State::Blocked | State::Banned | State::Pending)
    }
}

#[derive(Clone, Debug)]
pub struct Email {
    pub id: i64,
    pub address: String,
    pub verified: bool,
    /// Whether an administrator or a command said so.
    pub vouched: bool,
}

#[derive(Clone, Debug)]
pub struct User {
    pub id: i64,
    pub username: String,
    pub name: String,
    pub bio: Option<String>,
    pub location: String,
    pub company: String,
    pub website: String,
    pub admin: bool,
    pub state: State,
    /// None if the user has no password, or one that a command generated.
    pub password: Option<String>,
    /// Ordered by id.
    pub emails: Vec<Email>,
    /// The id of the primary address.
    pub primary: i64,
    /// Whether a session was created with the password.
    pub signed_in: bool,
    /// Whether a token was used. The server stores that within a minute, not immediately.
    pub used: bool,
}

impl User {
    pub fn email(&self) -> &str {
        &self.emails.iter().find(|email| email.id == self.primary).unwrap().address
    }

    /// The primary address first, the others by id (SPEC 4).
    pub fn emails_in_order(&self) -> Vec<&Email> {
        let mut emails: Vec<_> = self.emails.iter().collect();
        emails.sort_by_key(|email| (email.id != self.primary, email.id));
        emails
    }

    /// The name in GitLab's dialects, where it cannot be empty: the username stands in for it.
    pub fn shown_name(&self) -> &str {
        if self.name.is_empty() { &self.username } else { &self.name }
    }
}

#[derive(Clone, Debug)]
pub struct Key {
    pub id: i64,
    pub user: i64,
    pub title: String,
    pub line: String,
}

#[derive(Clone, Debug)]
pub struct Token {
    pub id: i64,
    pub user: i64,
    pub secret: String,
    pub scopes: Vec<&'static str>,
    pub session: bool,
    /// A revoked token is still listed, a deleted one is not.
    pub revoked: bool,
    pub deleted: bool,
    /// The id of the first token in a chain of rotations.
    pub family: i64,
}

/// Everything in the database, and the ids given last: no id is given twice.
#[derive(Clone, Debug, Default)]
pub struct Accounts {
    pub users: BTreeMap<i64, User>,
    pub keys: BTreeMap<i64, Key>,
    /// Also those that are deleted. A token's id is its index plus 1.
    pub tokens: Vec<Token>,
    /// The last username of each user, also of those that are deleted.
    pub names: BTreeMap<i64, String>,
    pub last_user: i64,
    pub last_email: i64,
    pub last_key: i64,
}

/// A user with valid credentials.
#[derive(Clone, Debug)]
pub struct Caller {
    pub user: i64,
    /// A password implies every scope (SPEC 3).
    pub scopes: Vec<&'static str>,
    /// The index of the token that was used.
    pub token: Option<usize>,
}

impl Caller {
    /// SPEC 3 and src/gitlab/README.md: a write scope includes its read scope, `read_api` permits every GET of GitLab's
    /// dialects, and `api` permits everything.
    pub fn may(&self, scope: &str) -> bool {
        let enough: &[&str] = match scope {
            "profile_read" => &["profile_read", "profile_write", "api"],
            "profile_write" => &["profile_write", "api"],
            "email_read" => &["email_read", "email_write", "api"],
            "email_write" => &["email_write", "api"],
            "read_user" => &["read_user", "read_api", "api"],
            "read_api" => &["read_api", "api"],
            _ => &["api"],
        };
        self.scopes.iter().any(|scope| enough.contains(scope))
    }
}

pub fn equal_ignoring_case(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

impl Accounts {
    pub fn user_named(&self, name: &str) -> Option<&User> {
        self.users.values().find(|user| equal_ignoring_case(&user.username, name))
    }

    /// The last username of a user. For a user that never existed, one that does not exist.
    pub fn name_of(&self, id: i64) -> &str {
        self.names.get(&id).map_or("nobody", String::as_str)
    }

    /// The user with this address.
    pub fn owner_of(&self, address: &str) -> Option<i64> {
        let has = |user: &&User| user.emails.iter().any(|email| equal_ignoring_case(&email.address, address));
        self.users.values().find(has).map(|user| user.id)
    }

    pub fn keys_of(&self, user: i64) -> impl Iterator<Item = &Key> {
        self.keys.values().filter(move |key| key.user == user)
    }

    pub fn active_admins(&self) -> usize {
        self.users.values().filter(|user| user.admin && user.state == State::Active).count()
    }

    /// Whether this user is the only active administrator.
    pub fn is_last_admin(&self, id: i64) -> bool {
        let user = &self.users[&id];
        user.admin && user.state == State::Active && self.active_admins() == 1
    }

    /// Whether this token was revoked, and is still stored.
    pub fn is_revoked(&self, at: usize) -> bool {
        let token = &self.tokens[at];
        token.revoked && !token.deleted && self.users.contains_key(&token.user)
    }

    /// The caller that a token authenticates: none, unless both the token and its user are active.
    pub fn authenticate_token(&self, at: usize) -> Option<Caller> {
        let token = &self.tokens[at];
        let owner = self.users.get(&token.user)?;
        let good = !token.revoked && !token.deleted && owner.state == State::Active;
        good.then(|| Caller { user: token.user, scopes: token.scopes.clone(), token: Some(at) })
    }
}
