//! Passwords, sessions and tokens.

use super::{Evaluation, Outcome, ok};
use crate::accounts::{Caller, State, Token};
use crate::entities::v3_user;
use crate::expected::{ABSENT, ANY};
use crate::operations::Interface;
use crate::refusal::Refusal;
use serde_json::{Value, json};

/// A new token, in v4 and in the output of commands.
fn new_token(token: &Token) -> Value {
    json!({ "id": token.id, "user_id": token.user, "scopes": token.scopes, "token": ANY })
}

impl Evaluation<'_> {
    /// SPEC 3. A deactivated user becomes active by signing in (`doc/administration/moderate_users.md`).
    pub fn authenticate_password(&mut self, user: i64, correct: bool) -> Option<Caller> {
        let user = self.accounts.users.get_mut(&user)?;
        if !correct || user.password.is_none() || user.state.is_blocked() {
            return None;
        }
        user.state = State::Active;
        Some(Caller { user: user.id, scopes: vec!["api"], token: None })
    }

    pub fn sign_in(&mut self, user: i64, correct: bool) -> Outcome {
        let caller = self.authenticate_password(user, correct).ok_or_else(|| vec![Refusal::Unauthenticated])?;
        self.accounts.add_token(caller.user, &["api"], true);
        let user = self.accounts.users.get_mut(&caller.user).unwrap();
        user.signed_in = true;
        let mut body = v3_user(user);
        body["private_token"] = json!(ANY);
        ok(201, body)
    }

    pub fn create_token(&mut self, interface: Interface, user: i64, own: bool, scopes: &[&'static str]) -> Outcome {
        let id = match interface {
            Interface::Cli => self.user_by_name(user)?,
            _ if own => self.caller_with_scope(interface, "api")?.user,
            _ => {
                self.admin(interface, "api")?;
                self.existing_user(user)?
            }
        };
        let body = new_token(self.accounts.add_token(id, scopes, false));
        ok(if interface == Interface::Cli { 0 } else { 201 }, body)
    }

    /// The token's index, if the caller may see it. `doc/api/personal_access_tokens.md`: a token that does not exist or
    /// is another user's is 401, but 404 for administrators.
    fn token_at(&mut self, token: usize) -> Result<usize, Vec<Refusal>> {
        let caller = self.caller_with_scope(Interface::V4, "api")?;
        let admin = self.accounts.users[&caller.user].admin;
        let at = token % self.accounts.tokens.len();
        let found = &self.accounts.tokens[at];
        let visible = !found.deleted && !found.session && (admin || found.user == caller.user);
        let refusal = if admin { Refusal::NotFound("Token") } else { Refusal::Unauthenticated };
        if visible { Ok(at) } else { Err(vec![refusal]) }
    }

    /// The index of the token that the request is authenticated with.
    fn current_token(&mut self) -> Result<usize, Vec<Refusal>> {
        Ok(self.authenticated(Interface::V4)?.token.unwrap())
    }

    pub fn revoke_token(&mut self, interface: Interface, token: Option<usize>) -> Outcome {
        if interface == Interface::Cli {
            let at = token.map(|at| at % self.accounts.tokens.len());
            let visible = at.filter(|at| !self.accounts.tokens[*at].deleted && !self.accounts.tokens[*at].revoked);
            let at = visible.ok_or_else(|| vec![Refusal::NotFound("Token")])?;
            self.accounts.revoke_token_at(at);
            let token = &self.accounts.tokens[at];
            return ok(0, json!({ "id": token.id, "user_id": token.user, "token": ABSENT }));
        }
        let at = match token {
            Some(token) => self.token_at(token)?,
            None => self.current_token()?,
        };
        self.accounts.revoke_token_at(at);
        ok(204, Value::Null)
    }

    /// `doc/api/personal_access_tokens.md`, "Rotate" and "Automatic reuse detection".
    pub fn rotate_token(&mut self, token: Option<usize>) -> Outcome {
        let at = match token {
            Some(token) => self.token_at(token)?,
            None => {
                self.caller_with_scope(Interface::V4, "api")?;
                self.current_token()?
            }
        };
        let (user, scopes, family, revoked, session) = {
            let old = &self.accounts.tokens[at];
            (old.user, old.scopes.clone(), old.family, old.revoked, old.session)
        };
        if session {
            return Err(vec![Refusal::NotRotatable]);
        }
        if revoked {
            self.accounts.revoke_family(family);
            return Err(vec![Refusal::Unauthenticated]);
        }
        self.accounts.tokens[at].revoked = true;
        let new = self.accounts.add_token(user, &scopes, false);
        new.family = family;
        ok(200, new_token(new))
    }
}
