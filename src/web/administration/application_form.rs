//! The forms that register and change an application.

use super::applications::{named, path_of, show_secret};
use crate::accounts::{Admin, Application, ApplicationChange, Error, NewApplication};
use crate::domain::{Field, Problem, RedirectUri, Scope, Scopes, SingleLineText, Token};
use crate::http::Request;
use crate::http::input::Fields;
use crate::web::form::{FormField, place_problems};
use crate::web::navigation::Section;
use crate::web::{Failure, Message, Session, Shell, Web, field, shell};
use askama::Template;
use hyper::StatusCode;
use std::sync::Arc;
use warp::reply::Response;

struct ApplicationForm {
    name: FormField,
    /// One on each line.
    redirect_uris: FormField,
    scopes: Scopes,
    scopes_problem: Option<&'static str>,
    is_public: bool,
}

impl ApplicationForm {
    fn new(name: String, redirect_uris: String, scopes: Scopes, is_public: bool) -> Self {
        Self {
            name: FormField { value: name, ..FormField::new("name", "Name") },
            redirect_uris: FormField { value: redirect_uris, ..FormField::new("redirect_uris", "Redirect URIs") },
            scopes,
            scopes_problem: None,
            is_public,
        }
    }

    fn of(application: &Application) -> Self {
        let registered = &application.registration;
        let uris: Vec<_> = registered.redirect_uris.iter().map(RedirectUri::as_str).collect();
        let name = registered.name.as_str().to_owned();
        Self::new(name, uris.join("\n"), registered.scopes, registered.secret_hash.is_none())
    }

    /// Each scope is a field of its own name.
    fn read(body: &Fields) -> Self {
        let text = |name| field(body, name).unwrap_or_default();
        let scopes = Scope::ALL.iter().copied().filter(|scope| body.contains(scope.name())).collect();
        Self::new(text("name"), text("redirect_uris"), scopes, body.contains("public"))
    }

    /// None if a field was refused.
    fn parse(&mut self) -> Option<(SingleLineText, Vec<RedirectUri>)> {
        let name = self.name.parse(SingleLineText::required);
        let uris = self.redirect_uris.parse(|text| {
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            let uris: Vec<_> = lines.map(RedirectUri::parse).collect::<Result<_, _>>()?;
            if uris.is_empty() { Err(Problem::Blank) } else { Ok(uris) }
        });
        if self.scopes.is_empty() {
            self.scopes_problem = Some("Scopes can't be blank.");
            return None;
        }
        name.zip(uris)
    }

    fn refuse(&mut self, error: Error) -> Result<(), Error> {
        place_problems(error, |field, problem| match field {
            Field::RedirectUri => self.redirect_uris.refuse(problem),
            _ => self.name.refuse(problem),
        })
    }

    fn has(&self, scope: &Scope) -> bool {
        self.scopes.iter().any(|chosen| chosen == *scope)
    }

    fn is_refused(&self) -> bool {
        self.name.problem.is_some() || self.redirect_uris.problem.is_some() || self.scopes_problem.is_some()
    }
}

#[derive(Template)]
#[template(path = "admin_application_form.html", config = "src/web/askama.toml")]
struct FormPage<'a> {
    shell: &'a Shell,
    title: String,
    button: &'static str,
    form: &'a ApplicationForm,
    scopes: &'static [Scope],
    is_new: bool,
    cancel: String,
}

/// `GET /admin/applications/new`
pub async fn new(web: Arc<Web>, request: Request, (session, _): (Session, Admin)) -> Result<Response, Failure> {
    let form = ApplicationForm::new(String::new(), String::new(), Scopes::SIGN_IN, false);
    Ok(page(&web, &request, session, StatusCode::OK, &form, None))
}

/// `POST /admin/applications/new`: the answer shows the secret, if there is one.
pub async fn create(web: Arc<Web>, request: Request, (session, admin): (Session, Admin)) -> Result<Response, Failure> {
    let mut form = ApplicationForm::read(request.body());
    if let Some((name, redirect_uris)) = form.parse() {
        let new = NewApplication { name, redirect_uris, scopes: form.scopes, public: form.is_public, trusted: false };
        match web.app.accounts.register_application(&admin, new).await {
            Ok((application, Some(secret))) => {
                return Ok(show_secret(&web, &request, session, &application, Token::expose(&secret)));
            }
            Ok((application, None)) => {
                return Ok(shell::done(&web.app, &request, &path_of(&application), Message::ApplicationAdded));
            }
            Err(error) => form.refuse(error)?,
        }
    }
    Ok(page(&web, &request, session, StatusCode::UNPROCESSABLE_ENTITY, &form, None))
}

/// `GET /admin/applications/{client_id}/edit`
pub async fn edit(web: Arc<Web>, request: Request, (session, _): (Session, Admin)) -> Result<Response, Failure> {
    let application = named(&web, &request)?;
    let form = ApplicationForm::of(&application);
    Ok(page(&web, &request, session, StatusCode::OK, &form, Some(&application)))
}

/// `POST /admin/applications/{client_id}/edit`
pub async fn update(web: Arc<Web>, request: Request, (session, admin): (Session, Admin)) -> Result<Response, Failure> {
    let application = named(&web, &request)?;
    let mut form = ApplicationForm::read(request.body());
    if let Some((name, uris)) = form.parse() {
        let change = ApplicationChange { name: Some(name), redirect_uris: Some(uris), scopes: Some(form.scopes) };
        let client_id = application.registration.client_id.as_str();
        match web.app.accounts.update_application(&admin, client_id, change).await {
            Ok(changed) => {
                return Ok(shell::done(&web.app, &request, &path_of(&changed), Message::ApplicationChanged));
            }
            Err(error) => form.refuse(error)?,
        }
    }
    Ok(page(&web, &request, session, StatusCode::UNPROCESSABLE_ENTITY, &form, Some(&application)))
}

fn page(
    web: &Web,
    request: &Request,
    session: Session,
    status: StatusCode,
    form: &ApplicationForm,
    application: Option<&Application>,
) -> Response {
    let shell = Shell::signed_in(&web.app, request, session, Section::AllApplications);
    let name = application.map(|application| application.registration.name.as_str());
    let page = FormPage {
        shell: &shell,
        title: name.map_or_else(|| "Add an application".to_owned(), |name| format!("Edit {name}")),
        button: if name.is_some() { "Save" } else { "Add the application" },
        form,
        scopes: Scope::ALL,
        is_new: name.is_none(),
        cancel: application.map_or_else(|| super::APPLICATIONS.to_owned(), path_of),
    };
    shell.page(status, &page)
}
