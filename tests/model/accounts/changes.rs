//! Changes of the model.

use super::{Accounts, Email, Key, State, Token, User, equal_ignoring_case};

impl Accounts {
    pub fn add_email(&mut self, user: i64, address: &str, verified: bool) -> i64 {
        self.last_email += 1;
        let email = Email { id: self.last_email, address: address.to_owned(), verified, vouched: verified };
        self.users.get_mut(&user).unwrap().emails.push(email);
        self.last_email
    }

    /// Takes an address from its user, so that an administrator can give it to another one.
    pub fn release(&mut self, address: &str) {
        for user in self.users.values_mut() {
            user.emails.retain(|email| email.id == user.primary || !equal_ignoring_case(&email.address, address));
        }
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

    /// Deletes the user's keys and tokens too.
    pub fn delete_user(&mut self, id: i64) {
        self.users.remove(&id);
        self.keys.retain(|_, key| key.user != id);
        self.tokens.iter_mut().filter(|token| token.user == id).for_each(|token| token.deleted = true);
    }

    /// SPEC 5: one of the user's secondary addresses becomes primary; a new address replaces the primary one. Either is
    /// verified, because an administrator sets it. Another user's address has been released before.
    pub fn make_primary(&mut self, id: i64, address: &str) {
        let user = self.users.get_mut(&id).unwrap();
        let primary = user.primary;
        match user.emails.iter_mut().find(|email| equal_ignoring_case(&email.address, address)) {
            Some(email) if email.id == primary => email.address = address.to_owned(),
            Some(email) => {
                (email.verified, email.vouched) = (true, true);
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

    /// The secret is filled in once the server has answered.
    pub fn add_token(&mut self, user: i64, scopes: &[&'static str], session: bool) -> &mut Token {
        let id = self.tokens.len() as i64 + 1;
        let scopes = scopes.to_vec();
        let (revoked, deleted) = (false, false);
        self.tokens.push(Token { id, user, secret: String::new(), scopes, session, revoked, deleted, family: id });
        self.tokens.last_mut().unwrap()
    }

    /// Sets a new password, which ends the user's sessions (SPEC 3).
    pub fn set_password(&mut self, user: i64, password: &str) {
        self.users.get_mut(&user).unwrap().password = Some(password.to_owned());
        let sessions = self.tokens.iter_mut().filter(|token| token.user == user && token.session);
        sessions.for_each(|token| token.deleted = true);
    }

    /// Deletes a session; any other token stays listed as revoked.
    pub fn revoke_token_at(&mut self, at: usize) {
        let token = &mut self.tokens[at];
        if token.session { token.deleted = true } else { token.revoked = true }
    }

    /// `doc/api/personal_access_tokens.md`, "Automatic reuse detection".
    pub fn revoke_family_if_reused(&mut self, at: usize) {
        let Token { revoked, deleted, family, .. } = self.tokens[at];
        if revoked && !deleted {
            self.revoke_family(family);
        }
    }

    pub fn revoke_family(&mut self, family: i64) {
        self.tokens.iter_mut().filter(|token| token.family == family).for_each(|token| token.revoked = true);
    }
}
