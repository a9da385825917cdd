//! The accounts as SPEC and the dialects' READMEs describe them: in memory, and as plain as can be.

use std::collections::BTreeMap;

/// What an account may be (src/gitlab/README.md, "v4").
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

    /// What v3 and the commands call blocked: who is kept out by somebody.
    pub fn is_blocked(self) -> bool {
        matches!(self, State::Blocked | State::Banned | State::Pending)
    }
}

#[derive(Clone, Debug)]
pub struct Email {
    pub id: i64,
    pub address: String,
    pub verified: bool,
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
    /// Nobody knows the one that was made at random.
    pub password: Option<String>,
    /// In the order of their ids.
    pub emails: Vec<Email>,
    /// The id of the primary one.
    pub primary: i64,
    /// Whether a password was given for a token.
    pub signed_in: bool,
    /// Whether a token was used: the server writes that down within a minute.
    pub used: bool,
}

impl User {
    pub fn email(&self) -> &str {
        &self.emails.iter().find(|email| email.id == self.primary).unwrap().address
    }

    /// The primary first, then by id (SPEC 4).
    pub fn emails_in_order(&self) -> Vec<&Email> {
        let mut emails: Vec<_> = self.emails.iter().collect();
        emails.sort_by_key(|email| (email.id != self.primary, email.id));
        emails
    }

    /// GitLab's users have a name: the user name stands in for one that was never given.
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
    /// Ended, and still in the lists; those that are gone altogether are in none.
    pub revoked: bool,
    pub gone: bool,
    /// The id of the first of those that took each other's place.
    pub family: i64,
}

/// All there is, and the numbers given last: none is given twice.
#[derive(Clone, Debug, Default)]
pub struct Accounts {
    pub users: BTreeMap<i64, User>,
    pub keys: BTreeMap<i64, Key>,
    /// Every one that ever was.
    pub tokens: Vec<Token>,
    /// The last name of every user who ever was.
    pub names: BTreeMap<i64, String>,
    pub last_user: i64,
    pub last_email: i64,
    pub last_key: i64,
}

/// A user who presented something good.
#[derive(Clone, Debug)]
pub struct Caller {
    pub user: i64,
    /// A password has every scope (SPEC 3).
    pub scopes: Vec<&'static str>,
    /// Where it stands in the list of tokens.
    pub token: Option<usize>,
}

impl Caller {
    /// SPEC 3, and src/gitlab/README.md: a write scope includes its read scope, `read_api` is every GET of gitlab,
    /// `api` is everything.
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

pub fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

impl Accounts {
    pub fn user_named(&self, name: &str) -> Option<&User> {
        self.users.values().find(|user| same(&user.username, name))
    }

    /// The name to call a user by, also one who is gone or never was.
    pub fn name_of(&self, id: i64) -> &str {
        self.names.get(&id).map_or("nobody", String::as_str)
    }

    /// Whose address it is.
    pub fn owner_of(&self, address: &str) -> Option<i64> {
        let has = |user: &&User| user.emails.iter().any(|email| same(&email.address, address));
        self.users.values().find(has).map(|user| user.id)
    }

    pub fn keys_of(&self, user: i64) -> impl Iterator<Item = &Key> {
        self.keys.values().filter(move |key| key.user == user)
    }

    pub fn active_admins(&self) -> usize {
        self.users.values().filter(|user| user.admin && user.state == State::Active).count()
    }

    /// Whether nobody would be left to administer the accounts if this one could not any more.
    pub fn is_last_admin(&self, id: i64) -> bool {
        let user = &self.users[&id];
        user.admin && user.state == State::Active && self.active_admins() == 1
    }

    /// Who a token stands for; nobody, if it or its owner has ended.
    pub fn by_token(&self, at: usize) -> Option<Caller> {
        let token = &self.tokens[at];
        let owner = self.users.get(&token.user)?;
        let good = !token.revoked && !token.gone && owner.state == State::Active;
        good.then(|| Caller { user: token.user, scopes: token.scopes.clone(), token: Some(at) })
    }

    pub fn add_email(&mut self, user: i64, address: &str, verified: bool) -> i64 {
        self.last_email += 1;
        let email = Email { id: self.last_email, address: address.to_owned(), verified };
        self.users.get_mut(&user).unwrap().emails.push(email);
        self.last_email
    }

    pub fn add_user(&mut self, username: &str, address: &str, verified: bool) -> &mut User {
        self.last_user += 1;
        let id = self.last_user;
        let user = User {
            id,
            username: username.to_owned(),
            name: String::new(),
            bio: None,
            location: String::new(),
            company: String::new(),
            website: String::new(),
            admin: false,
            state: State::Active,
            password: None,
            emails: Vec::new(),
            primary: 0,
            signed_in: false,
            used: false,
        };
        self.names.insert(id, user.username.clone());
        self.users.insert(id, user);
        let primary = self.add_email(id, address, verified);
        let user = self.users.get_mut(&id).unwrap();
        user.primary = primary;
        user
    }

    /// With all that belongs to it.
    pub fn delete_user(&mut self, id: i64) {
        self.users.remove(&id);
        self.keys.retain(|_, key| key.user != id);
        self.tokens.iter_mut().filter(|token| token.user == id).for_each(|token| token.gone = true);
    }

    /// SPEC 5: the user's own secondary address becomes primary, a new one takes the primary's place. An administrator
    /// vouches for it.
    pub fn make_primary(&mut self, id: i64, address: &str) {
        let user = self.users.get_mut(&id).unwrap();
        let primary = user.primary;
        match user.emails.iter_mut().find(|email| same(&email.address, address)) {
            Some(email) if email.id == primary => email.address = address.to_owned(),
            Some(email) => {
                email.verified = true;
                user.primary = email.id;
            }
            None => {
                user.emails.retain(|email| email.id != primary);
                let new = self.add_email(id, address, true);
                self.users.get_mut(&id).unwrap().primary = new;
            }
        }
    }

    pub fn add_key(&mut self, user: i64, title: &str, line: &str) -> i64 {
        self.last_key += 1;
        let key = Key { id: self.last_key, user, title: title.to_owned(), line: line.to_owned() };
        self.keys.insert(self.last_key, key);
        self.last_key
    }

    /// The secret is not known before it is answered.
    pub fn add_token(&mut self, user: i64, scopes: &[&'static str], session: bool) -> &mut Token {
        let id = self.tokens.len() as i64 + 1;
        let scopes = scopes.to_vec();
        let (revoked, gone) = (false, false);
        self.tokens.push(Token { id, user, secret: String::new(), scopes, session, revoked, gone, family: id });
        self.tokens.last_mut().unwrap()
    }

    /// A new password ends the user's sessions (SPEC 3).
    pub fn set_password(&mut self, user: i64, password: &str) {
        self.users.get_mut(&user).unwrap().password = Some(password.to_owned());
        let sessions = self.tokens.iter_mut().filter(|token| token.user == user && token.session);
        sessions.for_each(|token| token.gone = true);
    }

    /// A session leaves nothing behind, any other token stays in the lists.
    pub fn end_token(&mut self, at: usize) {
        let token = &mut self.tokens[at];
        if token.session { token.gone = true } else { token.revoked = true }
    }

    pub fn end_family(&mut self, family: i64) {
        self.tokens.iter_mut().filter(|token| token.family == family).for_each(|token| token.revoked = true);
    }
}
