//! The authorization endpoint: asks the user, and sends the browser back with a code or an error (RFC 6749, section
//! 4.1.2).

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

/// Shows the consent page; without a session, the browser has to sign in first.
pub async fn ask(authorize: Arc<Authorize>, request: Request, _anyone: ()) -> Result<Response, Failure> {
    let answer = Answer { oauth: &authorize.0, request: &request, status: StatusCode::FOUND };
    let asked = match answer.parse() {
        Ok(asked) => asked,
        Err(error) => return answer.refuse(error),
    };
    if let Some(approver) = &answer.oauth.approver {
        return answer.allow(&asked, approver).await;
    }
    match web::session(&answer.oauth.app, &request) {
        Ok(Some(session)) => Ok(consent::page(answer.oauth, &request, &asked, &session)),
        Ok(None) => Ok(web::to_sign_in(&answer.oauth.app, &request)),
        Err(error) => answer.failed(&asked.target, &error),
    }
}

/// Browsers with a session. One without is sent to sign in before its form is read, unless the authorization request is
/// not valid: the handler then says so.
#[derive(Clone, Copy)]
pub struct SignedIn;

impl Rule<Authorize> for SignedIn {
    type Permission = ();

    async fn permit(self, authorize: &Authorize, request: &mut Request) -> Result<(), Failure> {
        let answer = Answer { oauth: &authorize.0, request, status: StatusCode::SEE_OTHER };
        if answer.parse().is_ok() && matches!(web::session(&authorize.0.app, request), Ok(None)) {
            return Err(Error::Unauthenticated.into());
        }
        Ok(())
    }
}

/// Takes the user's decision. The authorization request is parsed again from the query: nothing that the page repeated
/// is trusted.
pub async fn decide(authorize: Arc<Authorize>, request: Request, _signed_in: ()) -> Result<Response, Failure> {
    // RFC 9700, section 4.12: the browser must not post the form again to the address it is sent to.
    let answer = Answer { oauth: &authorize.0, request: &request, status: StatusCode::SEE_OTHER };
    let asked = match answer.parse() {
        Ok(asked) => asked,
        Err(error) => return answer.refuse(error),
    };
    let session = match web::session(&answer.oauth.app, &request) {
        Ok(Some(session)) => session,
        Ok(None) => return Ok(web::to_sign_in(&answer.oauth.app, &request)),
        Err(error) => return answer.failed(&asked.target, &error),
    };
    session.confirm(&answer.oauth.app, &request)?;
    let decision = request.body().text("decision").ok().and_then(|given| given.value());
    match decision.as_deref() {
        Some("allow") => match oneself(&session.actor, Scope::Api) {
            Ok(access) => answer.allow(&asked, &access).await,
            Err(error) => answer.failed(&asked.target, &error),
        },
        Some("deny") => {
            let denied = [("error", "access_denied"), ("error_description", "the user denied the request")];
            answer.redirect(&asked.target, &denied)
        }
        _ => Err(Failure::Problem {
            status: StatusCode::BAD_REQUEST,
            title: "No decision",
            text: "The form says neither allow nor deny. Go back and choose one.".into(),
        }),
    }
}

/// The response to one request at this endpoint.
struct Answer<'a> {
    oauth: &'a OAuth,
    request: &'a RequestContext,
    /// Of a redirect to the application.
    status: StatusCode,
}

impl Answer<'_> {
    fn parse(&self) -> Result<AuthorizationRequest, AuthorizationError> {
        AuthorizationRequest::parse(&self.oauth.app.accounts, self.oauth.paths, self.request.raw_query())
    }

    async fn allow(&self, asked: &AuthorizationRequest, access: &AccountAccess) -> Result<Response, Failure> {
        match self.oauth.app.accounts.authorize(access, asked.consent()).await {
            Ok(code) => self.redirect(&asked.target, &[("code", code.expose())]),
            // It was deleted while the user decided: the browser is not sent to an address that is no longer registered.
            Err(Error::NotFound) => {
                self.refuse(AuthorizationError::Page("The application is no longer registered here."))
            }
            Err(error) => self.failed(&asked.target, &error),
        }
    }

    fn refuse(&self, error: AuthorizationError) -> Result<Response, Failure> {
        match error {
            AuthorizationError::Page(reason) => Err(Failure::Problem {
                status: StatusCode::BAD_REQUEST,
                title: "This link does not work",
                text: format!("{reason} Nothing was sent to anybody. Tell the people who run the application."),
            }),
            AuthorizationError::Redirect(target, error, description) => {
                self.redirect(&target, &[("error", error), ("error_description", &description)])
            }
            AuthorizationError::Accounts(error) => Err(error.into()),
        }
    }

    /// Tells the application of the server's failure, in the words of section 4.1.2.1.
    fn failed(&self, target: &RedirectTarget, error: &Error) -> Result<Response, Failure> {
        let word = match error {
            Error::Busy | Error::TooManyAttempts { .. } => "temporarily_unavailable",
            Error::Unauthenticated | Error::Forbidden(_) => "access_denied",
            Error::NotFound | Error::Invalid(_) | Error::Taken(_) | Error::Internal => "server_error",
        };
        self.redirect(target, &[("error", word)])
    }

    /// Sends the browser back to the application, with `state` as it came and with `iss` (RFC 9207), so that the
    /// application cannot mistake another server's response for this one's.
    fn redirect(&self, target: &RedirectTarget, answer: &[(&str, &str)]) -> Result<Response, Failure> {
        let issuer = self.oauth.app.base_url(self.request);
        let mut parameters = answer.to_vec();
        if let Some(state) = &target.state {
            parameters.push(("state", state));
        }
        parameters.push(("iss", &issuer));
        let location = HeaderValue::try_from(target.uri.with(&parameters)).map_err(|_| Error::Internal)?;
        let headers = [
            (LOCATION, location),
            (CACHE_CONTROL, HeaderValue::from_static("no-store")),
            // The code must not reach the pages that the application's page links to.
            (REFERRER_POLICY.clone(), HeaderValue::from_static("no-referrer")),
        ];
        Ok(reply::with_headers(reply::empty(self.status), headers))
    }
}
