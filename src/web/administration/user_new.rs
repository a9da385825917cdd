//! The form for a new user.

use super::{links, path_of};
use crate::accounts::{Admin, CreateUser, Error, ProfileChange, UserAttributes};
use crate::domain::{EmailAddress, Field, Password, SingleLineText, Username};
use crate::http::input::Fields;
use crate::http::{Request, RequestContext};
use crate::web::form::{FormField, place_problems};
use crate::web::navigation::Section;
use crate::web::{Failure, Message, Session, Shell, Web, shell};
use askama::Template;
use hyper::StatusCode;
use std::sync::Arc;
use warp::reply::Response;

struct NewUser {
    username: FormField,
    name: FormField,
    email: FormField,
    password: FormField,
}

impl NewUser {
    fn new() -> Self {
        Self {
            username: FormField::new("username", "User name"),
            name: FormField::new("name", "Name"),
            email: FormField::new("email", "Email address"),
            password: FormField::new("password", "Password"),
        }
    }

    fn read(body: &Fields) -> Self {
        let Self { username, name, email, password } = Self::new();
        let [username, name, email, password] = [username, name, email, password].map(|field| field.read(body));
        Self { username, name, email, password }
    }

    /// None if a field was refused.
    fn parse(&mut self) -> Option<CreateUser> {
        let username = self.username.parse(|text| Username::parse(text.trim()));
        let name = self.name.parse(SingleLineText::parse);
        let email = self.email.parse(|text| EmailAddress::parse(text.trim()));
        let password =
            if self.password.value.is_empty() { Some(None) } else { self.password.parse(Password::parse).map(Some) };
        let profile = ProfileChange { name: Some(name?), ..ProfileChange::default() };
        let attributes = UserAttributes { password: password?, profile, ..UserAttributes::default() };
        // As on the command line, the administrator vouches for the address.
        Some(CreateUser { username: username?, email: email?, verified: true, attributes })
    }

    fn refuse(&mut self, error: Error) -> Result<(), Error> {
        place_problems(error, |field, problem| match field {
            Field::Email => self.email.refuse(problem),
            Field::Name => self.name.refuse(problem),
            Field::Password => self.password.refuse(problem),
            _ => self.username.refuse(problem),
        })
    }

    fn is_refused(&self) -> bool {
        [&self.username, &self.name, &self.email, &self.password].iter().any(|field| field.problem.is_some())
    }
}

#[derive(Template)]
#[template(path = "admin_user_new.html", config = "src/web/askama.toml")]
struct NewUserPage<'a> {
    shell: &'a Shell,
    form: &'a NewUser,
}

/// `GET /admin/users/new`
pub async fn new(web: Arc<Web>, request: Request, (session, _): (Session, Admin)) -> Result<Response, Failure> {
    Ok(new_page(&web, &request, session, StatusCode::OK, &NewUser::new()))
}

/// `POST /admin/users/new`: without a password, the answer shows a link with which the user sets one.
pub async fn create(web: Arc<Web>, request: Request, (session, admin): (Session, Admin)) -> Result<Response, Failure> {
    let mut form = NewUser::read(request.body());
    if let Some(new) = form.parse() {
        let has_password = new.attributes.password.is_some();
        match web.app.accounts.create_user(&admin, new).await {
            Ok(user) if has_password => {
                return Ok(shell::done(&web.app, &request, &path_of(&user), Message::UserAdded));
            }
            Ok(user) => return links::show_invitation(&web, &request, session, &admin, &user).await,
            Err(error) => form.refuse(error)?,
        }
    }
    Ok(new_page(&web, &request, session, StatusCode::UNPROCESSABLE_ENTITY, &form))
}

fn new_page(web: &Web, request: &RequestContext, session: Session, status: StatusCode, form: &NewUser) -> Response {
    let shell = Shell::signed_in(&web.app, request, session, Section::Users);
    shell.page(status, &NewUserPage { shell: &shell, form })
}
