//! The form for the user name and the profile of a user.

use super::{named_user, path_of};
use crate::accounts::{Admin, ProfileChange, UpdateUser, UserAttributes};
use crate::domain::{SingleLineText, User, Username, WebUrl};
use crate::http::input::Fields;
use crate::http::{Request, RequestContext};
use crate::web::form::{FormField, place_problems};
use crate::web::navigation::Section;
use crate::web::{Failure, Message, Session, Shell, Web, field, shell};
use askama::Template;
use hyper::StatusCode;
use std::sync::Arc;
use warp::reply::Response;

struct Profile {
    username: FormField,
    name: FormField,
    location: FormField,
    company: FormField,
    profile_url: FormField,
    bio: FormField,
    note: FormField,
}

impl Profile {
    /// The fields with these values.
    fn with(value: impl Fn(&'static str) -> String) -> Self {
        let with = |name, label| FormField { value: value(name), ..FormField::new(name, label) };
        Self {
            username: with("username", "User name"),
            name: with("name", "Name"),
            location: with("location", "Location"),
            company: with("company", "Company"),
            profile_url: with("profile_url", "Web site"),
            bio: with("bio", "Biography"),
            note: with("note", "Note"),
        }
    }

    fn of(user: &User) -> Self {
        let optional = |text: &Option<SingleLineText>| text.as_ref().map_or("", SingleLineText::as_str).to_owned();
        Self::with(|name| match name {
            "username" => user.username.to_string(),
            "name" => user.name.as_str().to_owned(),
            "location" => user.location.as_str().to_owned(),
            "company" => user.company.as_str().to_owned(),
            "profile_url" => user.profile_url.as_str().to_owned(),
            "bio" => optional(&user.bio),
            _ => optional(&user.note),
        })
    }

    fn read(body: &Fields) -> Self {
        Self::with(|name| field(body, name).unwrap_or_default())
    }

    /// None if a field was refused.
    fn parse(&mut self) -> Option<UpdateUser> {
        let username = self.username.parse(|text| Username::parse(text.trim()));
        let [name, location, company] =
            [&mut self.name, &mut self.location, &mut self.company].map(|field| field.parse(SingleLineText::parse));
        let profile_url = self.profile_url.parse(|text| WebUrl::parse(text.trim()));
        let [bio, note] = [&mut self.bio, &mut self.note].map(|field| field.optional(SingleLineText::parse));
        let profile = ProfileChange {
            name: Some(name?),
            location: Some(location?),
            company: Some(company?),
            profile_url: Some(profile_url?),
            gravatar_email: None,
        };
        let attributes = UserAttributes { bio: Some(bio?), note: Some(note?), profile, ..UserAttributes::default() };
        Some(UpdateUser { username: Some(username?), email: None, attributes })
    }

    fn fields(&self) -> [&FormField; 7] {
        [&self.username, &self.name, &self.location, &self.company, &self.profile_url, &self.bio, &self.note]
    }

    fn is_refused(&self) -> bool {
        self.fields().iter().any(|field| field.problem.is_some())
    }
}

#[derive(Template)]
#[template(path = "admin_user_edit.html", config = "src/web/askama.toml")]
struct EditPage<'a> {
    shell: &'a Shell,
    user: &'a User,
    path: String,
    form: &'a Profile,
}

/// `GET /admin/users/{id}/edit`
pub async fn edit(web: Arc<Web>, request: Request, (session, admin): (Session, Admin)) -> Result<Response, Failure> {
    let user = named_user(&web, &request, &admin)?;
    Ok(edit_page(&web, &request, session, StatusCode::OK, &user, &Profile::of(&user)))
}

/// `POST /admin/users/{id}/edit`
pub async fn update(web: Arc<Web>, request: Request, (session, admin): (Session, Admin)) -> Result<Response, Failure> {
    let user = named_user(&web, &request, &admin)?;
    let mut form = Profile::read(request.body());
    if let Some(change) = form.parse() {
        match web.app.accounts.update_user(&admin, user.id, change).await {
            Ok(user) => return Ok(shell::done(&web.app, &request, &path_of(&user), Message::UserChanged)),
            Err(error) => place_problems(error, |_, problem| form.username.refuse(problem))?,
        }
    }
    Ok(edit_page(&web, &request, session, StatusCode::UNPROCESSABLE_ENTITY, &user, &form))
}

fn edit_page(
    web: &Web,
    request: &RequestContext,
    session: Session,
    status: StatusCode,
    user: &User,
    form: &Profile,
) -> Response {
    let shell = Shell::signed_in(&web.app, request, session, Section::Users);
    shell.page(status, &EditPage { shell: &shell, user, path: path_of(user), form })
}
