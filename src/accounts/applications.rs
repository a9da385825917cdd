//! OAuth applications, and the grants of users to them.

use super::audit::{Event, EventKind};
use super::limits::MAX_APPLICATIONS;
use super::{AccountAccess, Accounts, Admin, Error, grants};
use crate::domain::{
    ApplicationId, Field, Problem, Random, RedirectUri, Scopes, SingleLineText, Token, TokenPrefix, UserId,
};
use crate::store::{Application, ApplicationUser, GrantSummary, Registration};

/// An application to register.
#[derive(Debug)]
pub struct NewApplication {
    pub name: SingleLineText,
    /// Not empty; the first one is the default.
    pub redirect_uris: Vec<RedirectUri>,
    /// The scopes that it may request.
    pub scopes: Scopes,
    /// Whether users are not asked for their consent.
    pub trusted: bool,
    /// A public client, which cannot keep a secret (RFC 6749 section 2.1).
    pub public: bool,
}

/// What changes of an application; by default nothing.
#[derive(Debug, Default)]
pub struct ApplicationChange {
    pub name: Option<SingleLineText>,
    /// Not empty; the first one is the default.
    pub redirect_uris: Option<Vec<RedirectUri>>,
    pub scopes: Option<Scopes>,
}

impl Accounts {
    /// Registers an application. The secret, which only a confidential client has, is returned here and never again.
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
        let secret = if new.public { None } else { Some(self.new_token(TokenPrefix::ClientSecret)?) };
        let registration = Registration {
            name: new.name,
            client_id: new_client_id(self.random())?,
            secret_hash: secret.as_ref().map(Token::hash),
            redirect_uris: new.redirect_uris,
            scopes: new.scopes,
            trusted: new.trusted,
            created_at: self.now(),
        };
        let registered = self.write_for(admin, move |tx| {
            if tx.count_applications()? >= MAX_APPLICATIONS {
                let rule = "is one too many: there can be 1000 applications";
                return Err(Error::invalid(Field::ClientId, Problem::Malformed(rule)));
            }
            let id = tx.insert_application(&registration)?;
            let event = event(EventKind::ApplicationRegistered, &registration);
            Ok::<_, Error>((Application { id, registration }, [event]))
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

    /// An application by its client id. It needs no permission: every authorization request names one.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn application(&self, client_id: &str) -> Result<Application, Error> {
        self.store.read(|db| db.application(client_id))?.ok_or(Error::NotFound)
    }

    /// Changes an application. What users allowed it stays, until they or an administrator revoke it.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` without redirect URI; `Taken` if a redirect URI is given twice.
    pub async fn update_application(
        &self,
        admin: &Admin,
        client_id: &str,
        change: ApplicationChange,
    ) -> Result<Application, Error> {
        if change.redirect_uris.as_ref().is_some_and(Vec::is_empty) {
            return Err(Error::invalid(Field::RedirectUri, Problem::Blank));
        }
        let client_id = client_id.to_owned();
        self.write_for(admin, move |tx| {
            let Application { id, registration } = tx.application(&client_id)?.ok_or(Error::NotFound)?;
            let ApplicationChange { name, redirect_uris, scopes } = change;
            let changed = [
                ("name", name.as_ref().is_some_and(|name| *name != registration.name)),
                ("redirect_uris", redirect_uris.as_ref().is_some_and(|uris| *uris != registration.redirect_uris)),
                ("scopes", scopes.is_some_and(|scopes| scopes != registration.scopes)),
            ];
            let changed: Vec<_> = changed.iter().filter(|(_, differs)| *differs).map(|(name, _)| *name).collect();
            let registration = Registration {
                name: name.unwrap_or(registration.name),
                redirect_uris: redirect_uris.unwrap_or(registration.redirect_uris),
                scopes: scopes.unwrap_or(registration.scopes),
                ..registration
            };
            let application = Application { id, registration };
            if changed.is_empty() {
                return Ok((application, None));
            }
            tx.update_application(&application)?;
            let event = event(EventKind::ApplicationUpdated, &application.registration).with("changed", changed);
            Ok((application, Some(event)))
        })
        .await
    }

    /// Replaces the secret of the application. The old one is invalid immediately.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for a public client, which has no secret.
    pub async fn rotate_secret(&self, admin: &Admin, client_id: &str) -> Result<Token, Error> {
        let secret = self.new_token(TokenPrefix::ClientSecret)?;
        let (hash, client_id) = (secret.hash(), client_id.to_owned());
        self.write_for(admin, move |tx| {
            let application = tx.application(&client_id)?.ok_or(Error::NotFound)?;
            if application.registration.secret_hash.is_none() {
                let problem = Problem::Malformed("belongs to a public application, which has no secret");
                return Err(Error::invalid(Field::ClientId, problem));
            }
            tx.set_secret(application.id, &hash)?;
            Ok(((), [event(EventKind::ApplicationSecretRotated, &application.registration)]))
        })
        .await?;
        Ok(secret)
    }

    /// Deletes the application with all grants and tokens.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn delete_application(&self, admin: &Admin, client_id: &str) -> Result<(), Error> {
        let client_id = client_id.to_owned();
        self.write_reducing_for(admin, move |tx| {
            let application = tx.application(&client_id)?.ok_or(Error::NotFound)?;
            tx.delete_application(application.id)?;
            Ok(((), [event(EventKind::ApplicationDeleted, &application.registration)]))
        })
        .await
    }

    /// The current grants of all users, by application.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn all_granted(&self, _admin: &Admin) -> Result<Vec<GrantSummary>, Error> {
        Ok(self.store.snapshot(|db| db.granted(None, db.now())).await?)
    }

    /// Users who allow the application something, by id from the one after `after` on. The cost of a page does not depend
    /// on the number of users.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn users_of_application(
        &self,
        _admin: &Admin,
        application: ApplicationId,
        after: Option<UserId>,
        limit: u64,
    ) -> Result<Vec<ApplicationUser>, Error> {
        let after = after.unwrap_or(UserId(0));
        Ok(self.store.list(move |db| db.users_of_application(application, db.now(), after, limit)).await?)
    }

    /// The number of these users; it counts no further than `most`.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn count_users_of_application(
        &self,
        _admin: &Admin,
        application: ApplicationId,
        most: u64,
    ) -> Result<u64, Error> {
        Ok(self.store.list(move |db| db.count_users_of_application(application, db.now(), most)).await?)
    }

    /// The current grants of the user, by application.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn granted(&self, access: &AccountAccess) -> Result<Vec<GrantSummary>, Error> {
        let user = access.user();
        Ok(self.store.list(move |db| db.granted(Some(user), db.now())).await?)
    }

    /// Ends all grants of the user to the application, with their tokens.
    ///
    /// # Errors
    /// `NotFound` if there is no such application or no grant.
    pub async fn revoke_application(&self, access: &AccountAccess, client_id: &str) -> Result<(), Error> {
        let (user, client_id) = (access.user(), client_id.to_owned());
        self.write_reducing_for(access, move |tx| {
            let application = tx.application(&client_id)?.ok_or(Error::NotFound)?;
            if tx.delete_grants(user, application.id)? == 0 {
                return Err(Error::NotFound);
            }
            let Registration { name, scopes, .. } = application.registration;
            Ok(((), [grants::event(EventKind::GrantRevoked, user, &name, scopes)]))
        })
        .await
    }
}

fn event(kind: EventKind, registration: &Registration) -> Event {
    Event::of_server(kind)
        .with("application", registration.name.as_str())
        .with("client_id", registration.client_id.as_str())
        .with("scopes", registration.scopes.to_string())
}

/// 128 random bits: unique, but not secret. In hexadecimal, so that it never begins with a dash, which commands would
/// take for an option.
fn new_client_id(random: &Random) -> Result<SingleLineText, Error> {
    let mut bits = [0; 16];
    random.fill(&mut bits)?;
    SingleLineText::required(&format!("{:032x}", u128::from_be_bytes(bits))).map_err(|_| Error::Internal)
}
