//! Email addresses.

use super::values::{address_is_taken, is_address};
use super::{Evaluation, Outcome, fail_if, fail_if_any, ok};
use crate::accounts::{Email, User, equal_ignoring_case};
use crate::entities::{emails, v4_email, v4_emails};
use crate::operations::Interface;
use crate::refusal::Refusal;
use serde_json::{Value, json};

fn entry(user: &User, email: &Email) -> Value {
    json!({ "email": email.address, "verified": email.verified, "primary": email.id == user.primary })
}

impl Evaluation<'_> {
    /// The user whose addresses are meant.
    fn owner(&mut self, interface: Interface, user: i64, own: bool, write: bool) -> Result<i64, Vec<Refusal>> {
        match interface {
            Interface::Docker => self.own_account(user, if write { "email_write" } else { "email_read" }),
            Interface::Cli => self.user_by_name(user),
            Interface::V3 | Interface::V4 => {
                let scope = if write { "api" } else { "read_user" };
                if own {
                    return self.caller_with_scope(interface, scope).map(|caller| caller.user);
                }
                self.admin(interface, scope)?;
                self.existing_user(user)
            }
        }
    }

    pub fn list_emails(&mut self, interface: Interface, user: i64) -> Outcome {
        let id = self.owner(interface, user, false, false)?;
        let user = &self.accounts.users[&id];
        match interface {
            Interface::V3 | Interface::V4 => ok(200, v4_emails(user)),
            Interface::Docker => ok(200, emails(user)),
            Interface::Cli => ok(0, emails(user)),
        }
    }

    pub fn add_email(&mut self, interface: Interface, user: i64, own: bool, address: &str, verified: bool) -> Outcome {
        let id = self.owner(interface, user, own, true)?;
        fail_if(!is_address(address), Refusal::Invalid(vec!["email"]))?;
        let by_administrator = interface == Interface::Cli || (interface == Interface::V4 && !own);
        let owner = self.accounts.owner_of(address);
        let can_take = by_administrator && owner != Some(id) && !address_is_taken(&self.accounts, None, address);
        if owner.is_some() && !can_take {
            return Err(vec![Refusal::Taken("Own email")]);
        }
        self.accounts.release(address);
        // SPEC 4: a new address is unverified. The operator may assert that it is verified, and so may an administrator
        // for another user.
        let verified = verified && by_administrator;
        let email = self.accounts.add_email(id, address, verified);
        match interface {
            Interface::V3 | Interface::V4 => ok(201, v4_email(email, address, verified)),
            Interface::Docker => ok(201, json!({ "email": address, "verified": false, "primary": false })),
            Interface::Cli => ok(0, json!({ "email": address, "verified": verified, "primary": false })),
        }
    }

    pub fn change_email(
        &mut self,
        interface: Interface,
        user: i64,
        address: &str,
        verify: Option<bool>,
        primary: Option<bool>,
    ) -> Outcome {
        let id = self.owner(interface, user, false, true)?;
        let (mut verify, primary) = (verify, primary);
        if interface == Interface::Cli {
            fail_if(!is_address(address), Refusal::Invalid(vec!["email"]))?;
            verify = Some(primary != Some(true));
        } else {
            // SPEC 4: `true` is the only value.
            let invalid = [("verified", verify), ("primary", primary)].into_iter().filter(|(_, it)| *it == Some(false));
            fail_if_any(invalid.map(|(name, _)| Refusal::Invalid(vec![name])).collect())?;
        }
        let user = self.accounts.users.get_mut(&id).unwrap();
        let Some(email) = user.emails.iter_mut().find(|email| equal_ignoring_case(&email.address, address)) else {
            return Err(vec![Refusal::NotFound("Email")]);
        };
        email.verified |= verify == Some(true);
        email.vouched |= verify == Some(true) && interface == Interface::Cli;
        if primary == Some(true) {
            user.primary = email.id;
        }
        let email = email.clone();
        ok(if interface == Interface::Cli { 0 } else { 200 }, entry(user, &email))
    }

    pub fn remove_email(&mut self, interface: Interface, user: i64, own: bool, address: &str) -> Outcome {
        let id = self.owner(interface, user, own, true)?;
        let malformed = interface == Interface::Cli && !is_address(address);
        fail_if(malformed, Refusal::Invalid(vec!["email"]))?;
        let user = self.accounts.users.get_mut(&id).unwrap();
        let Some(email) = user.emails.iter().find(|email| equal_ignoring_case(&email.address, address)).cloned() else {
            return Err(vec![Refusal::NotFound("Email")]);
        };
        if email.id == user.primary {
            return Err(vec![Refusal::Invalid(vec!["email"])]);
        }
        let body = entry(user, &email);
        user.emails.retain(|other| other.id != email.id);
        if interface == Interface::Cli { ok(0, body) } else { ok(204, Value::Null) }
    }
}
