//! What each operation has to answer and to change, from SPEC, src/docker/README.md and src/gitlab/README.md.

use crate::accounts::{Accounts, Caller, same};
use crate::expected::{Expected, Fault};
use crate::operations::{Credential, Door, Operation, Step};
use serde_json::Value;

mod emails;
mod keys;
mod tokens;
mod users;

/// An answer that is right, and what is there then.
pub struct Answer {
    pub expected: Expected,
    pub after: Accounts,
}

/// More than one reason may be given where a request is wrong in more than one way.
pub type Outcome = Result<Expected, Vec<Fault>>;

/// One step on the way.
pub struct Turn<'a> {
    pub accounts: Accounts,
    pub step: &'a Step,
    /// What else is right.
    pub or: Option<Fault>,
}

/// Every answer that is right.
pub fn answers(before: &Accounts, step: &Step, precise: bool) -> Vec<Answer> {
    let mut turn = Turn { accounts: before.clone(), step, or: None };
    let (door, outcome) = turn.outcome();
    let refused = |fault: &Fault, after| Answer { expected: fault.at(door, precise), after };
    match outcome {
        Err(faults) => faults.iter().map(|fault| refused(fault, turn.accounts.clone())).collect(),
        Ok(expected) => {
            let or = turn.or.map(|fault| refused(&fault, before.clone()));
            [Answer { expected, after: turn.accounts }].into_iter().chain(or).collect()
        }
    }
}

pub fn ok(status: u16, body: Value) -> Outcome {
    Ok(Expected { status, body })
}

impl Turn<'_> {
    fn outcome(&mut self) -> (Door, Outcome) {
        use Operation::*;
        let step = self.step;
        match &step.operation {
            CreateUser { door, username, email, name, admin, vouch } => {
                (*door, self.create_user(*door, username, email, name, *admin, *vouch))
            }
            UpdateUser { door, user, change } => (*door, self.update_user(*door, *user, change)),
            UpdateProfile { user, profile } => (Door::Docker, self.update_profile(*user, profile)),
            DeleteUser { door, user } => (*door, self.delete_user(*door, *user)),
            MoveUser { door, user, to } => (*door, self.move_user(*door, *user, *to)),
            ShowUser { door, user } => (*door, self.show_user(*door, *user)),
            ShowSelf { door } => (*door, self.show_self(*door)),
            ListUsers { door, filter } => (*door, self.list_users(*door, *filter)),
            ListEmails { door, user } => (*door, self.list_emails(*door, *user)),
            AddEmail { door, user, own, address, vouch } => {
                (*door, self.add_email(*door, *user, *own, address, *vouch))
            }
            ChangeEmail { door, user, address, verify, primary } => {
                let address = address.of(&self.accounts, *user);
                (*door, self.change_email(*door, *user, &address, *verify, *primary))
            }
            RemoveEmail { door, user, own, address } => {
                let address = address.of(&self.accounts, *user);
                (*door, self.remove_email(*door, *user, *own, &address))
            }
            ListKeys { door, user, own } => (*door, self.list_keys(*door, *user, *own)),
            AddKey { door, user, own, title, file } => (*door, self.add_key(*door, *user, *own, title, file)),
            RemoveKey { door, user, own, key } => (*door, self.remove_key(*door, *user, *own, *key)),
            MakeToken { door, user, own, scopes } => (*door, self.make_token(*door, *user, *own, scopes)),
            RevokeToken { door, token } => (*door, self.revoke_token(*door, *token)),
            RotateToken { token } => (Door::V4, self.rotate_token(*token)),
            SignIn { user, by_address: _, right } => (Door::V3, self.sign_in(*user, *right)),
        }
    }

    /// SPEC 3. Who presents something that is not good is nobody, and is told so; who presents nothing may still ask
    /// what everybody may.
    pub fn caller(&mut self, door: Door) -> Result<Option<Caller>, Vec<Fault>> {
        let unknown = || vec![Fault::Unauthenticated];
        let basic_counts = door == Door::Docker;
        let caller = match self.step.by {
            Credential::Nothing => return Ok(None),
            Credential::TokenAsPassword(_) | Credential::Password { .. } if !basic_counts => return Ok(None),
            Credential::Junk => None,
            Credential::Token(at) | Credential::TokenAsPassword(at) => {
                self.accounts.by_token(at % self.accounts.tokens.len())
            }
            Credential::Password { user, right } => self.by_password(user, right),
        };
        let caller = caller.ok_or_else(unknown)?;
        self.accounts.users.get_mut(&caller.user).unwrap().used = true;
        Ok(Some(caller))
    }

    /// Who must be known.
    pub fn known(&mut self, door: Door) -> Result<Caller, Vec<Fault>> {
        self.caller(door)?.ok_or_else(|| vec![Fault::Unauthenticated])
    }

    /// gitlab: somebody with that scope.
    pub fn somebody(&mut self, door: Door, scope: &'static str) -> Result<Caller, Vec<Fault>> {
        let caller = self.known(door)?;
        if caller.may(scope) { Ok(caller) } else { Err(vec![Fault::Scope(scope)]) }
    }

    /// gitlab: an administrator with that scope.
    pub fn admin(&mut self, door: Door, scope: &'static str) -> Result<Caller, Vec<Fault>> {
        let caller = self.known(door)?;
        let is_admin = self.accounts.users[&caller.user].admin;
        let mut faults = Vec::new();
        faults.extend((!caller.may(scope)).then_some(Fault::Scope(scope)));
        faults.extend((!is_admin).then_some(Fault::NotAdmin));
        if faults.is_empty() { Ok(caller) } else { Err(faults) }
    }

    /// docker, SPEC 4: 401, then 404, then 403 for another user or a missing scope.
    pub fn own_account(&mut self, user: i64, scope: &'static str) -> Result<i64, Vec<Fault>> {
        let caller = self.known(Door::Docker)?;
        let named = self.accounts.user_named(self.accounts.name_of(user)).map(|user| user.id);
        let named = named.ok_or_else(|| vec![Fault::Missing("User")])?;
        if named != caller.user {
            return Err(vec![Fault::NotYou]);
        }
        if caller.may(scope) { Ok(named) } else { Err(vec![Fault::Scope(scope)]) }
    }

    /// A command names a user by name: it may be another's by now.
    pub fn by_name(&self, user: i64) -> Result<i64, Vec<Fault>> {
        let named = self.accounts.user_named(self.accounts.name_of(user));
        named.map(|user| user.id).ok_or_else(|| vec![Fault::Missing("User")])
    }

    pub fn existing(&self, user: i64) -> Result<i64, Vec<Fault>> {
        if self.accounts.users.contains_key(&user) { Ok(user) } else { Err(vec![Fault::Missing("User")]) }
    }
}

/// Nothing if there is none.
pub fn refuse(faults: Vec<Fault>) -> Result<(), Vec<Fault>> {
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// SPEC 5, "Limits".
pub fn is_username(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    let ends = [".", ".git", ".atom"].iter().any(|end| text.to_lowercase().ends_with(end));
    (1..=255).contains(&text.len()) && text.chars().all(allowed) && !text.starts_with('-') && !ends
}

/// As far as the pool needs it.
pub fn is_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.')) && !text.contains(' ')
}

/// SPEC 5: 255 characters at most, no control characters; nor those that turn the direction of a line.
pub fn is_text(text: &str) -> bool {
    text.chars().count() <= 255 && !text.chars().any(|c| c.is_control() || c == '\u{202e}')
}

/// SPEC 4: http or https, or nothing.
pub fn is_website(text: &str) -> bool {
    text.is_empty() || text.starts_with("https://") || text.starts_with("http://")
}

/// Whether another user than `user` has that name.
pub fn name_is_taken(accounts: &Accounts, user: Option<i64>, name: &str) -> bool {
    accounts.users.values().any(|other| Some(other.id) != user && same(&other.username, name))
}

/// Whether another user than `user` has that address.
pub fn address_is_taken(accounts: &Accounts, user: Option<i64>, address: &str) -> bool {
    accounts.owner_of(address).is_some_and(|owner| Some(owner) != user)
}
