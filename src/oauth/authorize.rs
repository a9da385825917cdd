//! The authorization endpoint: shows the consent page, then redirects the browser to the application with a code or an
//! error (RFC 6749, section 4.1.2).

use super::request::{AuthorizationError, AuthorizationRequest, RedirectTarget};
use super::{Authorize, OAuth, consent};
use crate::accounts::Error;
use crate::accounts::access::{AccountAccess, oneself};
use crate::domain::Scope;
use crate::http::router::Rule;
use crate::http::{Request, RequestContext, reply};
use crate::web::{self, Failure};
use hyper::StatusCode;
use hyper::header::{CACHE_CONTROL, HeaderName, HeaderValue, LOCATION};
use std::sync::Arc;
use warp::reply::Response;

static REFERRER_POLICY: HeaderName = HeaderName::from_static("referrer-policy");

/// Shows the consent page. A browser without a session is redirected to sign in first.
pub async fn show(authorize: Arc<Authorize>, request: Request, _anyone: ()) -> Result<Response, Failure> {
    let endpoint = Endpoint { oauth: &authorize.0, request: &request, redirect_status: StatusCode::FOUND };
    let authorization_request = match endpoint.parse() {
        Ok(authorization_request) => authorization_request,
        Err(error) => return endpoint.refuse(error),
    };
    if let Some(approver) = &endpoint.oauth.approver {
        return endpoint.allow(&authorization_request, approver).await;
    }
    match web::session(&endpoint.oauth.app, &request) {
        Ok(Some(session)) => Ok(consent::page(endpoint.oauth, &request, &authorization_request, &session)),
        Ok(None) => Ok(web::to_sign_in(&endpoint.oauth.app, &request)),
        Err(error) => endpoint.fail(&authorization_request.target, &error),
    }
}

/// Requires a session. A browser without one is redirected to sign in before its form is read, unless the authorization
/// request is invalid; the handler then shows that error.
#[derive(Clone, Copy)]
pub struct SignedIn;

impl Rule<Authorize> for SignedIn {
    type Permission = ();

    async fn permit(self, authorize: &Authorize, request: &mut Request) -> Result<(), Failure> {
        let endpoint = Endpoint { oauth: &authorize.0, request, redirect_status: StatusCode::SEE_OTHER };
        if endpoint.parse().is_ok() && matches!(web::session(&authorize.0.app, request), Ok(None)) {
            return Err(Error::Unauthenticated.into());
        }
        Ok(())
    }
}

/// Handles the user's decision. The authorization request is parsed again from the query, so nothing that the form
/// repeats is trusted.
pub async fn decide(authorize: Arc<Authorize>, request: Request, _signed_in: ()) -> Result<Response, Failure> {
    // RFC 9700, section 4.12: after 303, the browser does not post the form again to the redirect target.
    let endpoint = Endpoint { oauth: &authorize.0, request: &request, redirect_status: StatusCode::SEE_OTHER };
    let authorization_request = match endpoint.parse() {
        Ok(authorization_request) => authorization_request,
        Err(error) => return endpoint.refuse(error),
    };
    let target = &authorization_request.target;
    let session = match web::session(&endpoint.oauth.app, &request) {
        Ok(Some(session)) => session,
        Ok(None) => return Ok(web::to_sign_in(&endpoint.oauth.app, &request)),
        Err(error) => return endpoint.fail(target, &error),
    };
    session.verify_form(&endpoint.oauth.app, &request)?;
    let decision = request.body().text("decision").ok().and_then(|field| field.value());
    match decision.as_deref() {
        Some("allow") => match oneself(&session.actor, Scope::Api) {
            Ok(access) => endpoint.allow(&authorization_request, &access).await,
            Err(error) => endpoint.fail(target, &error),
        },
        Some("deny") => {
            let denied = [("error", "access_denied"), ("error_description", "the user denied the request")];
            endpoint.redirect(target, &denied)
        }
        _ => Err(Failure::Problem {
            status: StatusCode::BAD_REQUEST,
            title: "No decision",
            text: "Please go back and choose Allow or Deny.".into(),
        }),
    }
}

/// The endpoint while it answers one request.
struct Endpoint<'a> {
    oauth: &'a OAuth,
    request: &'a RequestContext,
    /// The status of a redirect to the application.
    redirect_status: StatusCode,
}

impl Endpoint<'_> {
    fn parse(&self) -> Result<AuthorizationRequest, AuthorizationError> {
        AuthorizationRequest::parse(&self.oauth.app.accounts, self.oauth.paths, self.request.raw_query())
    }

    async fn allow(&self, request: &AuthorizationRequest, access: &AccountAccess) -> Result<Response, Failure> {
        match self.oauth.app.accounts.authorize(access, request.consent()).await {
            Ok(code) => self.redirect(&request.target, &[("code", code.expose())]),
            // The application was deleted while the user decided, so its redirect URI is no longer registered.
            Err(Error::NotFound) => {
                self.refuse(AuthorizationError::Page("The application is no longer registered here."))
            }
            Err(error) => self.fail(&request.target, &error),
        }
    }

    fn refuse(&self, error: AuthorizationError) -> Result<Response, Failure> {
        match error {
            AuthorizationError::Page(reason) => Err(Failure::Problem {
                status: StatusCode::BAD_REQUEST,
                title: "This link does not work",
                text: format!("{reason} Nothing was sent to the application. Please tell the people who run it."),
            }),
            AuthorizationError::Redirect(target, error, description) => {
                self.redirect(&target, &[("error", error), ("error_description", &description)])
            }
            AuthorizationError::Accounts(error) => Err(error.into()),
        }
    }

    /// Reports a failure of the server to the application, with an error code of section 4.1.2.1.
    fn fail(&self, target: &RedirectTarget, error: &Error) -> Result<Response, Failure> {
        let error_code = match error {
            Error::Busy | Error::TooManyAttempts { .. } => "temporarily_unavailable",
            Error::Unauthenticated | Error::Forbidden(_) => "access_denied",
            Error::NotFound | Error::Invalid(_) | Error::Taken(_) | Error::Internal => "server_error",
        };
        self.redirect(target, &[("error", error_code)])
    }

    /// Redirects the browser to the application, with `state` unchanged and with `iss` (RFC 9207), so that the
    /// application cannot mistake another server's response for this one's.
    fn redirect(&self, target: &RedirectTarget, result: &[(&str, &str)]) -> Result<Response, Failure> {
        let issuer = self.oauth.app.base_url(self.request);
        let mut parameters = result.to_vec();
        if let Some(state) = &target.state {
            parameters.push(("state", state));
        }
        parameters.push(("iss", &issuer));
        let location = HeaderValue::try_from(target.uri.with(&parameters)).map_err(|_| Error::Internal)?;
        let headers = [
            (LOCATION, location),
            (CACHE_CONTROL, HeaderValue::from_static("no-store")),
            // The URL contains the code, which must not leak to other sites in `Referer`.
            (REFERRER_POLICY.clone(), HeaderValue::from_static("no-referrer")),
        ];
        Ok(reply::with_headers(reply::empty(self.redirect_status), headers))
    }
}
