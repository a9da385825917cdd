//! The authorization endpoint: the user is asked, and sent back with a code or an error (RFC 6749 section 4.1.2).

use super::OAuth;
use super::consent;
use super::request::{AuthorizationError, AuthorizationRequest, RedirectTarget};
use crate::accounts::Error;
use crate::accounts::access::{AccountAccess, oneself};
use crate::domain::Scope;
use crate::http::reply;
use crate::http::request::Call;
use crate::web;
use hyper::StatusCode;
use hyper::header::{CACHE_CONTROL, HeaderName, HeaderValue, LOCATION};
use warp::reply::Response;

static REFERRER_POLICY: HeaderName = HeaderName::from_static("referrer-policy");

/// Asks the user; without a session, to sign in first.
pub async fn ask(oauth: OAuth, call: Call) -> Response {
    let request = match AuthorizationRequest::parse(&oauth.app.accounts, oauth.paths, call.raw_query()) {
        Ok(request) => request,
        Err(bad) => return refuse(&oauth, &call, StatusCode::FOUND, bad),
    };
    if let Some(approver) = &oauth.approver {
        return allow(&oauth, &call, StatusCode::FOUND, &request, approver).await;
    }
    match web::session(&oauth.app, &call) {
        Ok(Some(session)) => consent::page(&oauth, &call, &request, &session),
        Ok(None) => web::to_sign_in(&oauth.app, &call),
        Err(error) => failed(&oauth, &call, StatusCode::FOUND, &request.back, &error),
    }
}

/// The user's answer. The request is read anew: nothing that the page repeated is believed.
pub async fn decide(oauth: OAuth, call: Call) -> Response {
    // RFC 9700 section 4.12: the browser must not post the form again to where it is sent.
    const STATUS: StatusCode = StatusCode::SEE_OTHER;
    let request = match AuthorizationRequest::parse(&oauth.app.accounts, oauth.paths, call.raw_query()) {
        Ok(request) => request,
        Err(bad) => return refuse(&oauth, &call, STATUS, bad),
    };
    let session = match web::session(&oauth.app, &call) {
        Ok(Some(session)) => session,
        Ok(None) => return web::to_sign_in(&oauth.app, &call),
        Err(error) => return failed(&oauth, &call, STATUS, &request.back, &error),
    };
    if let Err(refusal) = session.confirm(&oauth.app, &call) {
        return refusal.page(&oauth.app, &call);
    }
    let decision = call.body().ok().and_then(|body| body.text("decision").ok()?.value());
    match decision.as_deref() {
        Some("allow") => match oneself(&session.actor, Scope::Api) {
            Ok(access) => allow(&oauth, &call, STATUS, &request, &access).await,
            Err(error) => failed(&oauth, &call, STATUS, &request.back, &error),
        },
        Some("deny") => {
            let why = "the user said no";
            back(&oauth, &call, STATUS, &request.back, &[("error", "access_denied"), ("error_description", why)])
        }
        _ => web::problem(
            &oauth.app,
            &call,
            StatusCode::BAD_REQUEST,
            "No answer",
            "The form says neither allow nor deny. Go back and choose one.",
        ),
    }
}

async fn allow(
    oauth: &OAuth,
    call: &Call,
    status: StatusCode,
    request: &AuthorizationRequest,
    access: &AccountAccess,
) -> Response {
    match oauth.app.accounts.authorize(access, request.consent()).await {
        Ok(code) => back(oauth, call, status, &request.back, &[("code", code.expose())]),
        // It was deleted while the user thought about it: nobody is sent to what is registered no more.
        Err(Error::NotFound) => {
            refuse(oauth, call, status, AuthorizationError::Page("The application is no longer registered here."))
        }
        Err(error) => failed(oauth, call, status, &request.back, &error),
    }
}

fn refuse(oauth: &OAuth, call: &Call, status: StatusCode, bad: AuthorizationError) -> Response {
    match bad {
        AuthorizationError::Page(why) => {
            let text = format!("{why} Nothing was sent to anybody. Tell the people who run the application.");
            web::problem(&oauth.app, call, StatusCode::BAD_REQUEST, "This link does not work", &text)
        }
        AuthorizationError::Redirect(to, error, why) => {
            back(oauth, call, status, &to, &[("error", error), ("error_description", &why)])
        }
        AuthorizationError::Accounts(error) => web::failure(&oauth.app, call, &error),
    }
}

/// The application learns of our failures by the words that section 4.1.2.1 has for them.
fn failed(oauth: &OAuth, call: &Call, status: StatusCode, to: &RedirectTarget, error: &Error) -> Response {
    let word = match error {
        Error::Busy | Error::TooManyAttempts { .. } => "temporarily_unavailable",
        Error::Unauthenticated | Error::Forbidden(_) => "access_denied",
        Error::NotFound | Error::Invalid(_) | Error::Taken(_) | Error::Internal => "server_error",
    };
    back(oauth, call, status, to, &[("error", word)])
}

/// Sends the browser back to the application, with `state` as it came and with `iss` (RFC 9207), so that the application
/// cannot take another server's answer for ours.
fn back(oauth: &OAuth, call: &Call, status: StatusCode, to: &RedirectTarget, answer: &[(&str, &str)]) -> Response {
    let issuer = oauth.app.base_url(call);
    let mut parameters = answer.to_vec();
    if let Some(state) = &to.state {
        parameters.push(("state", state));
    }
    parameters.push(("iss", &issuer));
    let Ok(location) = HeaderValue::try_from(to.uri.with(&parameters)) else {
        return web::failure(&oauth.app, call, &Error::Internal);
    };
    let mut response = Response::new(None::<bytes::Bytes>.into());
    *response.status_mut() = status;
    reply::with_headers(
        response,
        [
            (LOCATION, location),
            (CACHE_CONTROL, HeaderValue::from_static("no-store")),
            // The code must not go on to where the application's page links.
            (REFERRER_POLICY.clone(), HeaderValue::from_static("no-referrer")),
        ],
    )
}
