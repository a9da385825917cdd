//! Addresses.

use super::{Outcome, Turn, is_address, ok, refuse};
use crate::accounts::{Email, User, same};
use crate::expected::{Fault, emails, v4_email, v4_emails};
use crate::operations::Door;
use serde_json::{Value, json};

fn entry(user: &User, email: &Email) -> Value {
    json!({ "email": email.address, "verified": email.verified, "primary": email.id == user.primary })
}

impl Turn<'_> {
    /// Whose addresses it is about.
    fn owner(&mut self, door: Door, user: i64, own: bool, write: bool) -> Result<i64, Vec<Fault>> {
        match door {
            Door::Docker => self.own_account(user, if write { "email_write" } else { "email_read" }),
            Door::Cli => self.by_name(user),
            Door::V3 | Door::V4 => {
                let scope = if write { "api" } else { "read_user" };
                if own {
                    return self.somebody(door, scope).map(|caller| caller.user);
                }
                self.admin(door, scope)?;
                self.existing(user)
            }
        }
    }

    pub fn list_emails(&mut self, door: Door, user: i64) -> Outcome {
        let id = self.owner(door, user, false, false)?;
        let user = &self.accounts.users[&id];
        match door {
            Door::V3 | Door::V4 => ok(200, v4_emails(user)),
            Door::Docker => ok(200, emails(user)),
            Door::Cli => ok(0, emails(user)),
        }
    }

    pub fn add_email(&mut self, door: Door, user: i64, own: bool, address: &str, vouch: bool) -> Outcome {
        let id = self.owner(door, user, own, true)?;
        refuse((!is_address(address)).then(|| Fault::Invalid(vec!["email"])).into_iter().collect())?;
        if self.accounts.owner_of(address).is_some() {
            return Err(vec![Fault::Taken("Own email")]);
        }
        // SPEC 4: unverified. Administrators may vouch for somebody else's, and so may the operator.
        let verified = vouch && (door == Door::Cli || (door == Door::V4 && !own));
        let email = self.accounts.add_email(id, address, verified);
        match door {
            Door::V3 | Door::V4 => ok(201, v4_email(email, address, verified)),
            Door::Docker => ok(201, json!({ "email": address, "verified": false, "primary": false })),
            Door::Cli => ok(0, json!({ "email": address, "verified": verified, "primary": false })),
        }
    }

    pub fn change_email(
        &mut self,
        door: Door,
        user: i64,
        address: &str,
        verify: Option<bool>,
        primary: Option<bool>,
    ) -> Outcome {
        let id = self.owner(door, user, false, true)?;
        let (mut verify, primary) = (verify, primary);
        if door == Door::Cli {
            refuse((!is_address(address)).then(|| Fault::Invalid(vec!["email"])).into_iter().collect())?;
            verify = Some(primary != Some(true));
        } else {
            // SPEC 4: only `true` or absent.
            let wrong = [("verified", verify), ("primary", primary)].into_iter().filter(|(_, it)| *it == Some(false));
            refuse(wrong.map(|(name, _)| Fault::Invalid(vec![name])).collect())?;
        }
        let user = self.accounts.users.get_mut(&id).unwrap();
        let Some(email) = user.emails.iter_mut().find(|email| same(&email.address, address)) else {
            return Err(vec![Fault::Missing("Email")]);
        };
        email.verified |= verify == Some(true);
        if primary == Some(true) {
            user.primary = email.id;
        }
        let email = email.clone();
        ok(if door == Door::Cli { 0 } else { 200 }, entry(user, &email))
    }

    pub fn remove_email(&mut self, door: Door, user: i64, own: bool, address: &str) -> Outcome {
        let id = self.owner(door, user, own, true)?;
        let malformed = door == Door::Cli && !is_address(address);
        refuse(malformed.then(|| Fault::Invalid(vec!["email"])).into_iter().collect())?;
        let user = self.accounts.users.get_mut(&id).unwrap();
        let Some(email) = user.emails.iter().find(|email| same(&email.address, address)).cloned() else {
            return Err(vec![Fault::Missing("Email")]);
        };
        if email.id == user.primary {
            return Err(vec![Fault::Invalid(vec!["email"])]);
        }
        let body = entry(user, &email);
        user.emails.retain(|other| other.id != email.id);
        if door == Door::Cli { ok(0, body) } else { ok(204, Value::Null) }
    }
}
