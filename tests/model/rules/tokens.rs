//! Passwords and what stands for them.

use super::{Outcome, Turn, ok};
use crate::accounts::{Caller, State, Token};
use crate::expected::{ANY, Fault, v3_user};
use crate::operations::{Credential, Door};
use serde_json::{Value, json};

/// A token as v4 and the commands show it where it was made.
fn made(token: &Token) -> Value {
    json!({ "id": token.id, "user_id": token.user, "scopes": token.scopes, "token": ANY })
}

impl Turn<'_> {
    /// SPEC 3; and `doc/administration/moderate_users.md`: who signs in is active again.
    pub fn by_password(&mut self, user: i64, right: bool) -> Option<Caller> {
        let user = self.accounts.users.get_mut(&user)?;
        if !right || user.password.is_none() || user.state.is_blocked() {
            return None;
        }
        user.state = State::Active;
        Some(Caller { user: user.id, scopes: vec!["api"], token: None })
    }

    pub fn sign_in(&mut self, user: i64, right: bool) -> Outcome {
        let caller = self.by_password(user, right).ok_or_else(|| vec![Fault::Unauthenticated])?;
        self.accounts.add_token(caller.user, &["api"], true);
        let user = self.accounts.users.get_mut(&caller.user).unwrap();
        user.signed_in = true;
        let mut body = v3_user(user);
        body["private_token"] = json!(ANY);
        ok(201, body)
    }

    pub fn make_token(&mut self, door: Door, user: i64, own: bool, scopes: &[&'static str]) -> Outcome {
        let id = match door {
            Door::Cli => self.by_name(user)?,
            _ if own => self.somebody(door, "api")?.user,
            _ => {
                self.admin(door, "api")?;
                self.existing(user)?
            }
        };
        let body = made(self.accounts.add_token(id, scopes, false));
        ok(if door == Door::Cli { 0 } else { 201 }, body)
    }

    /// Where the token that is meant stands, if the caller may know of it. `doc/api/personal_access_tokens.md`: 401
    /// where it is not there or not the caller's, but 404 for administrators.
    fn meant(&mut self, token: usize) -> Result<usize, Vec<Fault>> {
        let caller = self.somebody(Door::V4, "api")?;
        let admin = self.accounts.users[&caller.user].admin;
        let at = token % self.accounts.tokens.len();
        let found = &self.accounts.tokens[at];
        let there = !found.gone && !found.session && (admin || found.user == caller.user);
        let fault = if admin { Fault::Missing("Token") } else { Fault::Unauthenticated };
        if there { Ok(at) } else { Err(vec![fault]) }
    }

    /// The token that is presented.
    fn presented(&mut self) -> Result<usize, Vec<Fault>> {
        Ok(self.known(Door::V4)?.token.unwrap())
    }

    pub fn revoke_token(&mut self, door: Door, token: Option<usize>) -> Outcome {
        if door == Door::Cli {
            let at = token.map(|at| at % self.accounts.tokens.len());
            let there = at.filter(|at| !self.accounts.tokens[*at].gone && !self.accounts.tokens[*at].revoked);
            let at = there.ok_or_else(|| vec![Fault::Missing("Token")])?;
            self.accounts.end_token(at);
            let token = &self.accounts.tokens[at];
            return ok(0, json!({ "id": token.id, "user_id": token.user, "token": crate::expected::NONE }));
        }
        let at = match token {
            Some(token) => self.meant(token)?,
            None => self.presented()?,
        };
        self.accounts.end_token(at);
        ok(204, Value::Null)
    }

    /// `doc/api/personal_access_tokens.md`, "Rotate" and "Automatic reuse detection".
    pub fn rotate_token(&mut self, token: Option<usize>) -> Outcome {
        if let Credential::Token(presented) = self.step.by {
            let presented = &self.accounts.tokens[presented % self.accounts.tokens.len()];
            if presented.revoked && !presented.gone {
                let family = presented.family;
                self.accounts.end_family(family);
                return Err(vec![Fault::Unauthenticated]);
            }
        }
        let at = match token {
            Some(token) => self.meant(token)?,
            None => {
                self.somebody(Door::V4, "api")?;
                self.presented()?
            }
        };
        let (user, scopes, family, revoked, session) = {
            let old = &self.accounts.tokens[at];
            (old.user, old.scopes.clone(), old.family, old.revoked, old.session)
        };
        if session {
            return Err(vec![Fault::NotRotatable]);
        }
        if revoked {
            self.accounts.end_family(family);
            return Err(vec![Fault::Unauthenticated]);
        }
        self.accounts.tokens[at].revoked = true;
        let new = self.accounts.add_token(user, &scopes, false);
        new.family = family;
        ok(200, made(new))
    }
}
