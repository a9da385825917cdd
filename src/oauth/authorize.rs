//! The authorization endpoint: shows the consent page, then redirects the browser to the application with a code or an
//! error (RFC 6749, section 4.1.2).

use super::OAuth;
use super::approver::Decision;
use super::error::Failure;
use super::request::{AuthorizationError, AuthorizationRequest, PARAMETERS, RedirectTarget, broken_link};
use crate::accounts::Error;
use crate::accounts::access::{AccountAccess, oneself};
use crate::domain::{Scope, SingleLineText, Token};
use crate::http::reference::Requirement;
use crate::http::router::Rule;
use crate::http::{Request, RequestContext, reply};
use crate::web::{self, FormAction, Permission, Session, Shell, permissions};
use askama::Template;
use hyper::header::{CACHE_CONTROL, HeaderValue, LOCATION, REFERRER_POLICY};
use hyper::{Method, StatusCode};
use std::sync::Arc;
use warp::reply::Response;

/// Shows the consent page. A browser without a session is redirected to sign in first.
pub async fn show(oauth: Arc<OAuth>, request: Request, _anyone: ()) -> Result<Response, Failure> {
    let endpoint = Endpoint { oauth: &oauth, request: &request };
    let authorization_request = endpoint.parse()?;
    if let Some(approver) = oauth.approver.as_ref().filter(|approver| approver.is_ready()) {
        if !oauth.app.hosts().accept(&request) {
            return Err(foreign_host().into());
        }
        match approver.decide() {
            Some(Decision::Allow(access)) => return endpoint.allow(authorization_request, &access).await,
            Some(Decision::Refuse(error)) => {
                return Ok(endpoint.redirect(&authorization_request.target, &[("error", error)]));
            }
            // Another request was faster.
            None => {}
        }
    }
    let session = endpoint.session(&authorization_request.target)?;
    match endpoint.code_unasked(&authorization_request, &session).await? {
        Some(code) => Ok(endpoint.redirect(&authorization_request.target, &[("code", code.expose())])),
        None => Ok(endpoint.consent_page(authorization_request, session)),
    }
}

/// A web page that reaches this server under a host name of its own (DNS rebinding) must not get a code.
fn foreign_host() -> web::Failure {
    let text = "Without a page for the user, this server answers only under a loopback name, the address that it listens \
                on, and the host of --base-url.";
    web::Failure::problem(StatusCode::MISDIRECTED_REQUEST, "This is not the server's address", text)
}

/// Requires a valid authorization request and a session. A browser without one is redirected to sign in before its form
/// is read. The request is parsed from the query, so nothing that the form repeats is trusted.
#[derive(Clone, Copy)]
pub struct SignedIn;

impl Rule<OAuth> for SignedIn {
    type Permission = (AuthorizationRequest, Session);

    fn requirement(self) -> Requirement {
        Requirement::none("a browser that is signed in, with the form of the consent page")
    }

    async fn permit(self, oauth: &OAuth, request: &mut Request) -> Result<Self::Permission, Failure> {
        let endpoint = Endpoint { oauth, request };
        let authorization_request = endpoint.parse()?;
        let session = endpoint.session(&authorization_request.target)?;
        // Here, because an error of the router's own reading is JSON.
        request.read_body().await.map_err(|error| web::Failure::Request(error.into()))?;
        Ok((authorization_request, session))
    }
}

/// Handles the user's decision.
pub async fn decide(
    oauth: Arc<OAuth>,
    request: Request,
    (authorization_request, session): (AuthorizationRequest, Session),
) -> Result<Response, Failure> {
    let endpoint = Endpoint { oauth: &oauth, request: &request };
    session.verify_form(&oauth.app, &request)?;
    match web::field(request.body(), "decision").as_deref() {
        Some("allow") => {
            let access = oneself(&session.actor, Scope::Api);
            let access = access.map_err(|error| endpoint.fail(&authorization_request.target, &error))?;
            endpoint.allow(authorization_request, &access).await
        }
        Some("deny") => {
            let denied = [("error", "access_denied"), ("error_description", "the user denied the request")];
            Ok(endpoint.redirect(&authorization_request.target, &denied))
        }
        _ => {
            let text = "Please go back and choose Allow or Deny.";
            Err(web::Failure::problem(StatusCode::BAD_REQUEST, "No decision", text).into())
        }
    }
}

/// Shows the application, the host that the response goes to, and the requested permissions, as RFC 9700, section
/// 4.2.4, and RFC 6749, section 10.2, recommend.
#[derive(Template)]
#[template(path = "consent.html", config = "src/web/askama.toml")]
struct ConsentPage<'a> {
    shell: &'a Shell,
    application: SingleLineText,
    /// The host of the callback.
    host: String,
    permissions: Vec<Permission>,
    /// The URL of the authorization request, which is parsed again when the form is submitted.
    action: String,
}

/// The endpoint while it answers one request.
struct Endpoint<'a> {
    oauth: &'a OAuth,
    request: &'a RequestContext,
}

impl Endpoint<'_> {
    fn parse(&self) -> Result<AuthorizationRequest, Failure> {
        self.request.note_reads(&PARAMETERS);
        AuthorizationRequest::parse(&self.oauth.app.accounts, self.oauth.paths, self.request.raw_query()).map_err(
            |error| match error {
                AuthorizationError::Page(failure) => failure.into(),
                AuthorizationError::Redirect(target, error, description) => {
                    let result = [("error", error), ("error_description", &*description)];
                    Failure::Redirect(self.redirect(&target, &result).into())
                }
            },
        )
    }

    fn session(&self, target: &RedirectTarget) -> Result<Session, Failure> {
        let session = web::session(&self.oauth.app, self.request).map_err(|error| self.fail(target, &error))?;
        Ok(session.ok_or(web::Failure::Accounts(Error::Unauthenticated))?)
    }

    fn consent_page(&self, request: AuthorizationRequest, session: Session) -> Response {
        let [authorize, ..] = self.oauth.paths.all();
        let path = format!("{authorize}?{}", self.request.raw_query());
        let shell = Shell {
            session: Some(session),
            return_to: Some(path.clone()),
            form_action: FormAction::EXTERNAL,
            ..Shell::new(&self.oauth.app, self.request)
        };
        let page = ConsentPage {
            shell: &shell,
            application: request.application.registration.name,
            host: request.target.uri.host(),
            permissions: permissions(request.consent.scopes),
            action: shell.to(&path),
        };
        shell.page(StatusCode::OK, &page)
    }

    /// A code for which the user need not be asked.
    async fn code_unasked(&self, request: &AuthorizationRequest, session: &Session) -> Result<Option<Token>, Failure> {
        if request.must_ask {
            return Ok(None);
        }
        let access = oneself(&session.actor, Scope::Api).map_err(|error| self.fail(&request.target, &error))?;
        let (accounts, uri) = (&self.oauth.app.accounts, &request.target.uri);
        let code = accounts.authorize_unasked(&access, &request.application, uri, &request.consent).await;
        code.map_err(|error| self.refused(&request.target, &error))
    }

    async fn allow(&self, request: AuthorizationRequest, access: &AccountAccess) -> Result<Response, Failure> {
        let code = self.oauth.app.accounts.authorize(access, request.consent).await;
        let code = code.map_err(|error| self.refused(&request.target, &error))?;
        Ok(self.redirect(&request.target, &[("code", code.expose())]))
    }

    /// Why there is no code.
    fn refused(&self, target: &RedirectTarget, error: &Error) -> Failure {
        match error {
            // The application was deleted while the user decided, so its redirect URI is no longer registered.
            Error::NotFound => broken_link("The application is no longer registered here.").into(),
            error => self.fail(target, error),
        }
    }

    /// Reports a failure of the server to the application, with an error code of section 4.1.2.1.
    fn fail(&self, target: &RedirectTarget, error: &Error) -> Failure {
        let error_code = match error {
            Error::Busy | Error::TooManyAttempts { .. } | Error::TooManyChanges { .. } => "temporarily_unavailable",
            Error::Unauthenticated | Error::TokenEnded(_) | Error::Forbidden(_) => "access_denied",
            Error::NotFound | Error::Invalid(_) | Error::Taken(_) | Error::EmailTakenBy(_) | Error::Internal => {
                "server_error"
            }
        };
        Failure::Redirect(self.redirect(target, &[("error", error_code)]).into())
    }

    /// Redirects the browser to the application, with `state` unchanged and with `iss` (RFC 9207), so that the
    /// application cannot mistake another server's response for this one's.
    fn redirect(&self, target: &RedirectTarget, result: &[(&str, &str)]) -> Response {
        let issuer = self.oauth.app.issuer(self.request);
        let mut parameters = result.to_vec();
        if let Some(state) = &target.state {
            parameters.push(("state", state));
        }
        parameters.push(("iss", &issuer));
        // A URL is ASCII, so this never fails.
        let location = HeaderValue::try_from(target.uri.with(&parameters)).unwrap_or(HeaderValue::from_static("/"));
        let headers = [
            (LOCATION, location),
            (CACHE_CONTROL, HeaderValue::from_static("no-store")),
            // The URL contains the code, which must not leak to other sites in `Referer`.
            (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        ];
        // RFC 9700, section 4.12: after 303, the browser does not post the form again to the redirect target.
        let is_form = self.request.method == Method::POST;
        let status = if is_form { StatusCode::SEE_OTHER } else { StatusCode::FOUND };
        reply::with_headers(reply::empty(status), headers)
    }
}
