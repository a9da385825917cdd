//! Service accounts: users for programs, which have no password, only tokens.

use super::{Accounts, Admin, Error, user_events, users};
use crate::domain::{EmailAddress, Field, Problem, SingleLineText, User, UserId, Username};
use crate::store::Write;

const NAME: &str = "Service account user";
/// A name that no mail can be sent to (RFC 2606, section 2).
const DOMAIN: &str = "noreply.invalid";

/// A service account to create. What is `None` is made up.
#[derive(Clone, Debug, Default)]
pub struct NewServiceAccount {
    pub name: Option<SingleLineText>,
    pub username: Option<Username>,
    pub email: Option<EmailAddress>,
}

impl Accounts {
    /// # Errors
    /// `EmailTakenBy` or `Taken` for an address or a user name that another user has.
    pub async fn create_service_account(&self, admin: &Admin, new: NewServiceAccount) -> Result<User, Error> {
        let mut bits = [0; 16];
        self.store.random().fill(&mut bits)?;
        let unique = format!("service_account_{}", hex::encode(bits));
        let username = new.username.map_or_else(|| Username::parse(&unique), Ok);
        let email = new.email.map_or_else(|| EmailAddress::parse(&format!("{unique}@{DOMAIN}")), Ok);
        let (Ok(username), Ok(email)) = (username, email) else { return Err(Error::Internal) };
        let name = new.name.map_or_else(|| SingleLineText::parse(NAME), Ok).map_err(|_| Error::Internal)?;
        let user =
            User { name, created_by: admin.user().map(|admin| admin.id), ..User::new(username, email, self.now()) };
        self.write_for(admin, move |tx| {
            let user = users::insert(tx, user, None)?;
            tx.set_service_account(user.id)?;
            let event = user_events::created(&user).with("service_account", true);
            Ok::<_, Error>((user, [event]))
        })
        .await
    }
}

/// # Errors
/// `Invalid` for a service account.
pub(super) fn check_may_have_password(tx: &Write<'_>, user: UserId) -> Result<(), Error> {
    if tx.is_service_account(user)? {
        return Err(Error::invalid(Field::Password, Problem::Malformed("cannot be set for a service account")));
    }
    Ok(())
}
