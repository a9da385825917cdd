//! What each operation must answer and change, from SPEC, src/docker/README.md and src/gitlab/README.md.

use crate::accounts::{Accounts, Caller};
use crate::expected::Expected;
use crate::operations::{Credential, Interface, Operation, Step};
use crate::refusal::Refusal;
use serde_json::Value;

mod emails;
mod keys;
mod queries;
mod states;
mod tokens;
mod users;
mod values;

/// A response that is correct, and the accounts after it.
pub struct Answer {
    pub expected: Expected,
    pub after: Accounts,
}

/// A response, or the reasons to refuse: a request that is wrong in several ways may be refused for any of them.
pub type Outcome = Result<Expected, Vec<Refusal>>;

/// A step, evaluated on a copy of the accounts.
pub struct Evaluation<'a> {
    pub accounts: Accounts,
    pub step: &'a Step,
    /// A refusal that would be correct too.
    pub alternative: Option<Refusal>,
}

/// All correct answers to a step.
pub fn acceptable_answers(before: &Accounts, step: &Step, precise: bool) -> Vec<Answer> {
    let mut evaluation = Evaluation { accounts: before.clone(), step, alternative: None };
    let (interface, outcome) = evaluation.outcome();
    let refused = |refusal: &Refusal, after| Answer { expected: refusal.response(interface, precise), after };
    match outcome {
        Err(refusals) => refusals.iter().map(|refusal| refused(refusal, evaluation.accounts.clone())).collect(),
        Ok(expected) => {
            let alternative = evaluation.alternative.map(|refusal| refused(&refusal, before.clone()));
            [Answer { expected, after: evaluation.accounts }].into_iter().chain(alternative).collect()
        }
    }
}

pub fn ok(status: u16, body: Value) -> Outcome {
    Ok(Expected { status, body })
}

impl Evaluation<'_> {
    fn outcome(&mut self) -> (Interface, Outcome) {
        use Operation::*;
        let step = self.step;
        match &step.operation {
            CreateUser { interface, username, email, name, admin, verified } => {
                (*interface, self.create_user(*interface, username, email, name, *admin, *verified))
            }
            UpdateUser { interface, user, change } => (*interface, self.update_user(*interface, *user, change)),
            UpdateProfile { user, profile } => (Interface::Docker, self.update_profile(*user, profile)),
            DeleteUser { interface, user } => (*interface, self.delete_user(*interface, *user)),
            ChangeState { interface, user, transition } => {
                (*interface, self.change_state(*interface, *user, *transition))
            }
            ShowUser { interface, user } => (*interface, self.show_user(*interface, *user)),
            ShowSelf { interface } => (*interface, self.show_self(*interface)),
            ListUsers { interface, filter } => (*interface, self.list_users(*interface, *filter)),
            ListEmails { interface, user } => (*interface, self.list_emails(*interface, *user)),
            AddEmail { interface, user, own, address, verified } => {
                (*interface, self.add_email(*interface, *user, *own, address, *verified))
            }
            ChangeEmail { interface, user, address, verify, primary } => {
                let address = address.of(&self.accounts, *user);
                (*interface, self.change_email(*interface, *user, &address, *verify, *primary))
            }
            RemoveEmail { interface, user, own, address } => {
                let address = address.of(&self.accounts, *user);
                (*interface, self.remove_email(*interface, *user, *own, &address))
            }
            ListKeys { interface, user, own } => (*interface, self.list_keys(*interface, *user, *own)),
            AddKey { interface, user, own, title, file } => {
                (*interface, self.add_key(*interface, *user, *own, title, file))
            }
            RemoveKey { interface, user, own, key } => (*interface, self.remove_key(*interface, *user, *own, *key)),
            CreateToken { interface, user, own, scopes } => {
                (*interface, self.create_token(*interface, *user, *own, scopes))
            }
            RevokeToken { interface, token } => (*interface, self.revoke_token(*interface, *token)),
            RotateToken { token } => (Interface::V4, self.rotate_token(*token)),
            SignIn { user, by_address: _, correct } => (Interface::V3, self.sign_in(*user, *correct)),
        }
    }

    /// SPEC 3: invalid credentials are always refused; without credentials, public endpoints still answer.
    pub fn caller(&mut self, interface: Interface) -> Result<Option<Caller>, Vec<Refusal>> {
        let mut invalid = Refusal::Unauthenticated;
        let takes_basic = interface == Interface::Docker;
        let caller = match self.step.credential {
            Credential::Missing => return Ok(None),
            Credential::TokenAsPassword(_) | Credential::Password { .. } if !takes_basic => return Ok(None),
            Credential::Unknown => None,
            Credential::Token(at) | Credential::TokenAsPassword(at) => {
                let at = at % self.accounts.tokens.len();
                self.accounts.revoke_family_if_reused(at);
                if self.accounts.is_revoked(at) {
                    invalid = Refusal::TokenRevoked;
                }
                self.accounts.authenticate_token(at)
            }
            Credential::Password { user, correct } => self.authenticate_password(user, correct),
        };
        let caller = caller.ok_or_else(|| vec![invalid])?;
        self.accounts.users.get_mut(&caller.user).unwrap().used = true;
        Ok(Some(caller))
    }

    /// The caller, who must be authenticated.
    pub fn authenticated(&mut self, interface: Interface) -> Result<Caller, Vec<Refusal>> {
        self.caller(interface)?.ok_or_else(|| vec![Refusal::Unauthenticated])
    }

    /// GitLab: the caller, with this scope.
    pub fn caller_with_scope(&mut self, interface: Interface, scope: &'static str) -> Result<Caller, Vec<Refusal>> {
        let caller = self.authenticated(interface)?;
        if caller.may(scope) { Ok(caller) } else { Err(vec![Refusal::Scope(scope)]) }
    }

    /// GitLab: the caller, who must be an administrator with this scope.
    pub fn admin(&mut self, interface: Interface, scope: &'static str) -> Result<Caller, Vec<Refusal>> {
        let caller = self.authenticated(interface)?;
        let is_admin = self.accounts.users[&caller.user].admin;
        let mut refusals = Vec::new();
        refusals.extend((!caller.may(scope)).then_some(Refusal::Scope(scope)));
        refusals.extend((!is_admin).then_some(Refusal::NotAdmin));
        if refusals.is_empty() { Ok(caller) } else { Err(refusals) }
    }

    /// docker, SPEC 4: the caller's own account. 401 comes before 404, and 404 before 403 for another user or a missing
    /// scope.
    pub fn own_account(&mut self, user: i64, scope: &'static str) -> Result<i64, Vec<Refusal>> {
        let caller = self.authenticated(Interface::Docker)?;
        let named = self.accounts.user_named(self.accounts.name_of(user)).map(|user| user.id);
        let named = named.ok_or_else(|| vec![Refusal::NotFound("User")])?;
        if named != caller.user {
            return Err(vec![Refusal::OtherAccount]);
        }
        if caller.may(scope) { Ok(named) } else { Err(vec![Refusal::Scope(scope)]) }
    }

    /// The user that a command names. Another user may have taken that name since.
    pub fn user_by_name(&self, user: i64) -> Result<i64, Vec<Refusal>> {
        let named = self.accounts.user_named(self.accounts.name_of(user));
        named.map(|user| user.id).ok_or_else(|| vec![Refusal::NotFound("User")])
    }

    pub fn existing_user(&self, user: i64) -> Result<i64, Vec<Refusal>> {
        if self.accounts.users.contains_key(&user) { Ok(user) } else { Err(vec![Refusal::NotFound("User")]) }
    }
}

/// Whether a user with this name and address can be added.
pub fn is_importable(accounts: &Accounts, name: &str, address: &str) -> bool {
    !values::name_is_taken(accounts, None, name) && accounts.owner_of(address).is_none()
}

/// Fails if there is a reason to refuse.
pub fn fail_if_any(refusals: Vec<Refusal>) -> Result<(), Vec<Refusal>> {
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

/// Fails with this refusal if the condition holds.
pub fn fail_if(condition: bool, refusal: Refusal) -> Result<(), Vec<Refusal>> {
    if condition { Err(vec![refusal]) } else { Ok(()) }
}
