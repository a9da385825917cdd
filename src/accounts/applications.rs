//! Applications that may ask users for access, and what users allowed them.

use super::passwords::fill;
use super::sessions::new_token;
use super::{AccountAccess, Accounts, Admin, Error, now};
use crate::domain::{Field, Problem, RedirectUri, Scopes, SingleLineText, Token, TokenPrefix};
use crate::store::{Application, GrantSummary, Registration};

/// Applications of all users together.
const MAX_APPLICATIONS: u32 = 1000;

/// An application to be registered.
#[derive(Debug)]
pub struct NewApplication {
    pub name: SingleLineText,
    /// Not empty; the first is for requests that name none.
    pub redirect_uris: Vec<RedirectUri>,
    /// What it may ask for at most.
    pub scopes: Scopes,
    /// Runs where it can keep no secret (RFC 6749 section 2.1).
    pub public: bool,
}

impl Accounts {
    /// Registers an application. The secret, which a public one has not, is in this answer and nowhere else.
    ///
    /// # Errors
    /// `Invalid` without redirect URI, or if there are too many applications; `Taken` if a redirect URI is given twice.
    pub async fn register_application(
        &self,
        admin: &Admin,
        new: NewApplication,
    ) -> Result<(Application, Option<Token>), Error> {
        if new.redirect_uris.is_empty() {
            return Err(Error::invalid(Field::RedirectUri, Problem::Blank));
        }
        let secret = if new.public { None } else { Some(new_token(TokenPrefix::ClientSecret)?) };
        let registration = Registration {
            name: new.name,
            client_id: new_client_id()?,
            secret_hash: secret.as_ref().map(Token::hash),
            redirect_uris: new.redirect_uris,
            scopes: new.scopes,
            created_at: now(),
        };
        let registered = self.write_for(admin, move |tx| {
            if tx.count_applications()? >= MAX_APPLICATIONS {
                let rule = "is one too many: there can be 1000 applications";
                return Err(Error::invalid(Field::ClientId, Problem::Malformed(rule)));
            }
            let id = tx.insert_application(&registration)?;
            Ok::<_, Error>(Application { id, registration })
        });
        Ok((registered.await?, secret))
    }

    /// In the order of registration.
    ///
    /// # Errors
    /// Only those of the database.
    pub fn applications(&self, _admin: &Admin) -> Result<Vec<Application>, Error> {
        Ok(self.store.read(|db| db.applications())?)
    }

    /// An application by its client id, which anybody may see: every authorization request names one.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn application(&self, client_id: &str) -> Result<Application, Error> {
        self.store.read(|db| db.application(client_id))?.ok_or(Error::NotFound)
    }

    /// Gives the application another secret; the old one ends at once.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for a public client, which has none.
    pub async fn rotate_secret(&self, admin: &Admin, client_id: &str) -> Result<Token, Error> {
        let secret = new_token(TokenPrefix::ClientSecret)?;
        let (hash, client_id) = (secret.hash(), client_id.to_owned());
        self.write_for(admin, move |tx| {
            let application = tx.application(&client_id)?.ok_or(Error::NotFound)?;
            if application.registration.secret_hash.is_none() {
                let problem = Problem::Malformed("is of a public application, which has no secret");
                return Err(Error::invalid(Field::ClientId, problem));
            }
            Ok(tx.set_secret(application.id, &hash)?)
        })
        .await?;
        Ok(secret)
    }

    /// Ends the application with everything that users allowed it.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn delete_application(&self, admin: &Admin, client_id: &str) -> Result<(), Error> {
        let client_id = client_id.to_owned();
        self.write_for(admin, move |tx| {
            let application = tx.application(&client_id)?.ok_or(Error::NotFound)?;
            Ok(tx.delete_application(application.id)?)
        })
        .await
    }

    /// What users allow applications at present, by application.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn all_granted(&self, _admin: &Admin) -> Result<Vec<GrantSummary>, Error> {
        Ok(self.store.snapshot(|db| db.granted(None, now())).await?)
    }

    /// What the user allows applications at present, by application.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn granted(&self, access: &AccountAccess) -> Result<Vec<GrantSummary>, Error> {
        let user = access.user();
        Ok(self.store.snapshot(move |db| db.granted(Some(user), now())).await?)
    }

    /// Ends everything that the user allowed the application: its tokens open nothing from now on.
    ///
    /// # Errors
    /// `NotFound` if there is no such application or it was allowed nothing.
    pub async fn revoke_application(&self, access: &AccountAccess, client_id: &str) -> Result<(), Error> {
        let (user, client_id) = (access.user(), client_id.to_owned());
        self.write_for(access, move |tx| {
            let application = tx.application(&client_id)?.ok_or(Error::NotFound)?;
            match tx.end_authorizations(user, application.id)? {
                0 => Err(Error::NotFound),
                _ => Ok(()),
            }
        })
        .await
    }
}

/// 128 random bits: no secret, but nobody else's. In hexadecimal, for it is an argument of commands and must not begin
/// with a dash.
fn new_client_id() -> Result<SingleLineText, Error> {
    let mut bits = [0; 16];
    fill(&mut bits)?;
    SingleLineText::required(&format!("{:032x}", u128::from_be_bytes(bits))).map_err(|_| Error::Internal)
}
