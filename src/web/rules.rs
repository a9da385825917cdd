//! Who may open a page: the rules of [`crate::accounts::access`] for browsers.
//!
//! A row with one of these rules needs a session, and a POST needs the form's token too, so no handler can forget to
//! verify it. A browser without a session is redirected to sign in and returns afterwards.

use super::{Failure, Session, Web, session};
use crate::accounts::Error;
use crate::accounts::access::{self, AccountAccess, Admin};
use crate::domain::Scope;
use crate::http::Request;
use crate::http::error::RequestError;
use crate::http::reference::Requirement;
use crate::http::router::Rule;
use hyper::Method;

/// A user who is signed in.
pub struct Visitor {
    pub session: Session,
    /// The user's own account.
    pub access: AccountAccess,
}

/// Users who are signed in.
#[derive(Clone, Copy)]
pub struct SignedIn;

/// Users who entered their password within the last ten minutes. Others are asked for it and return to this page, so a
/// POST needs a GET of the same path.
#[derive(Clone, Copy)]
pub struct RecentlySignedIn;

/// Administrators.
#[derive(Clone, Copy)]
pub struct Administrator;

/// Administrators who entered their password within the last ten minutes, as [`RecentlySignedIn`].
#[derive(Clone, Copy)]
pub struct RecentAdministrator;

pub fn signed_in() -> SignedIn {
    SignedIn
}

pub fn recently_signed_in() -> RecentlySignedIn {
    RecentlySignedIn
}

pub fn administrator() -> Administrator {
    Administrator
}

pub fn recent_administrator() -> RecentAdministrator {
    RecentAdministrator
}

impl Rule<Web> for SignedIn {
    type Permission = Visitor;

    fn requirement(self) -> Requirement {
        Requirement::none("a browser that is signed in")
    }

    async fn permit(self, web: &Web, request: &mut Request) -> Result<Visitor, Failure> {
        let session = verified(web, request).await?;
        Ok(Visitor { access: access::oneself(&session.actor, Scope::Api)?, session })
    }
}

impl Rule<Web> for RecentlySignedIn {
    type Permission = Visitor;

    fn requirement(self) -> Requirement {
        Requirement::none("a browser that signed in within the last ten minutes")
    }

    async fn permit(self, web: &Web, request: &mut Request) -> Result<Visitor, Failure> {
        let session = verified(web, request).await?;
        let access = web.app.accounts.oneself_recently(&session.actor, Scope::Api)?;
        Ok(Visitor { session, access })
    }
}

impl Rule<Web> for Administrator {
    type Permission = (Session, Admin);

    fn requirement(self) -> Requirement {
        Requirement::none("the browser of an administrator")
    }

    async fn permit(self, web: &Web, request: &mut Request) -> Result<(Session, Admin), Failure> {
        let session = verified(web, request).await?;
        let admin = access::admin(&session.actor, Scope::Api)?;
        Ok((session, admin))
    }
}

impl Rule<Web> for RecentAdministrator {
    type Permission = (Session, Admin);

    fn requirement(self) -> Requirement {
        Requirement::none("the browser of an administrator who signed in within the last ten minutes")
    }

    async fn permit(self, web: &Web, request: &mut Request) -> Result<(Session, Admin), Failure> {
        let session = verified(web, request).await?;
        let admin = web.app.accounts.admin_recently(&session.actor, Scope::Api)?;
        Ok((session, admin))
    }
}

/// The session of the request, whose form it has verified.
async fn verified(web: &Web, request: &mut Request) -> Result<Session, Failure> {
    let session = session(&web.app, request)?.ok_or(Error::Unauthenticated)?;
    if request.method == Method::POST {
        request.read_body().await.map_err(RequestError::Body)?;
        session.verify_form(&web.app, request)?;
    }
    Ok(session)
}
