//! The page that asks for the password again, because the sign-in is too old for what comes next.

use crate::accounts::Error;
use crate::domain::PasswordAttempt;
use crate::http::error::ErrorHead;
use crate::http::input::Fields;
use crate::http::{Request, RequestContext};
use crate::web::return_to::ReturnTo;
use crate::web::rules::Visitor;
use crate::web::sign_in::in_words;
use crate::web::{Failure, Links, Session, Shell, Web, field, shell};
use askama::Template;
use hyper::StatusCode;
use std::sync::Arc;
use warp::reply::Response;

#[derive(Template)]
#[template(path = "confirm_password.html", config = "src/web/askama.toml")]
struct ConfirmPassword<'a> {
    shell: &'a Shell,
    return_to: &'a ReturnTo,
    /// Why the previous attempt failed.
    problem: Option<&'a str>,
}

/// `GET /account/confirm-password?return_to=…`
pub async fn form(web: Arc<Web>, request: Request, visitor: Visitor) -> Result<Response, Failure> {
    Ok(page(&web, &request, visitor.session, request.query(), StatusCode::OK, None))
}

/// `POST /account/confirm-password`
pub async fn submit(web: Arc<Web>, request: Request, visitor: Visitor) -> Result<Response, Failure> {
    let app = &web.app;
    let body = request.body();
    let password = PasswordAttempt::new(field(body, "password").unwrap_or_default());
    let (head, problem) = match app.accounts.reauthenticate(&visitor.access, &password, request.client()).await {
        Ok(()) => return Ok(shell::redirect(&Links::of(app, &request).to(ReturnTo::of(body).as_str()))),
        Err(error) => refusal(error)?,
    };
    Ok(head.apply(page(&web, &request, visitor.session, body, head.status, Some(&problem))))
}

/// Why the user's own password was refused.
///
/// # Errors
/// Any other error.
pub fn refusal(error: Error) -> Result<(ErrorHead, String), Error> {
    match error {
        Error::Unauthenticated => Ok((ErrorHead::new(StatusCode::UNPROCESSABLE_ENTITY), "Wrong password.".into())),
        Error::TooManyAttempts { retry_after } => {
            let problem = format!("Too many wrong passwords. Please try again {}.", in_words(retry_after));
            Ok((ErrorHead::of(&error, &[]), problem))
        }
        other => Err(other),
    }
}

fn page(
    web: &Web,
    request: &RequestContext,
    session: Session,
    fields: &Fields,
    status: StatusCode,
    problem: Option<&str>,
) -> Response {
    let shell = Shell { session: Some(session), ..Shell::new(&web.app, request) };
    let page = ConfirmPassword { shell: &shell, return_to: &ReturnTo::of(fields), problem };
    shell.page(status, &page)
}

/// The address of this page for a request that needs it first.
pub fn address(links: &Links, request: &RequestContext) -> String {
    let return_to = ReturnTo::of_request(request);
    let return_to = return_to.as_ref().map_or("/account", ReturnTo::as_str);
    let mut query = form_urlencoded::Serializer::new(String::new());
    let query = query.append_pair(ReturnTo::NAME, return_to).finish();
    format!("{}?{query}", links.to("/account/confirm-password"))
}
