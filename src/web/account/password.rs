//! The page on which users change their password.

use super::confirm_password::refusal;
use crate::domain::{Password, PasswordAttempt};
use crate::http::error::ErrorHead;
use crate::http::{Request, RequestContext};
use crate::web::equivalent::Equivalent;
use crate::web::form::FormField;
use crate::web::navigation::Section;
use crate::web::rules::Visitor;
use crate::web::{Failure, Message, Session, Shell, Web, field, shell};
use askama::Template;
use hyper::StatusCode;
use std::sync::Arc;
use warp::reply::Response;

const PAGE: &str = "/account/password";

/// The problems of the fields. Their values are not kept, because no page repeats a password.
struct PasswordForm {
    current: FormField,
    new: FormField,
    again: FormField,
}

impl PasswordForm {
    fn new() -> Self {
        Self {
            current: FormField::new("current_password", "Current password"),
            new: FormField::new("password", "New password"),
            again: FormField::new("password_confirmation", "New password again"),
        }
    }

    /// The new password; None if it was refused.
    fn parse(&mut self, request: &Request) -> Option<Password> {
        let text = |name| field(request.body(), name).unwrap_or_default();
        let new = Password::parse(&text("password")).map_err(|problem| self.new.refuse(&problem)).ok()?;
        if text("password_confirmation") != new.expose() {
            self.again.problem = Some("The two new passwords differ.".into());
            return None;
        }
        Some(new)
    }
}

#[derive(Template)]
#[template(path = "password.html", config = "src/web/askama.toml")]
struct PasswordPage<'a> {
    shell: &'a Shell,
    username: &'a str,
    form: &'a PasswordForm,
    equivalent: Equivalent,
}

/// `GET /account/password`
pub async fn form(web: Arc<Web>, request: Request, visitor: Visitor) -> Result<Response, Failure> {
    Ok(page(&web, &request, visitor.session, StatusCode::OK, &PasswordForm::new()))
}

/// `POST /account/password`: needs no recent sign-in, because it asks for the current password.
pub async fn change(web: Arc<Web>, request: Request, visitor: Visitor) -> Result<Response, Failure> {
    let mut form = PasswordForm::new();
    let mut head = ErrorHead::new(StatusCode::UNPROCESSABLE_ENTITY);
    if let Some(new) = form.parse(&request) {
        let old = PasswordAttempt::new(field(request.body(), "current_password").unwrap_or_default());
        match web.app.accounts.change_own_password(&visitor.access, &old, new, request.client()).await {
            Ok(()) => return Ok(shell::done(&web.app, &request, PAGE, Message::PasswordChanged)),
            Err(error) => {
                let (refused, problem) = refusal(error)?;
                head = refused;
                form.current.problem = Some(problem);
            }
        }
    }
    Ok(head.apply(page(&web, &request, visitor.session, head.status, &form)))
}

fn page(web: &Web, request: &RequestContext, session: Session, status: StatusCode, form: &PasswordForm) -> Response {
    let user = Arc::clone(&session.user);
    let shell = Shell::signed_in(&web.app, request, session, Section::Password);
    // No API changes one's own password.
    let equivalent = web.equivalent(&shell, format!("accountd user password {}", user.username), "", "");
    shell.page(status, &PasswordPage { shell: &shell, username: user.username.as_str(), form, equivalent })
}
