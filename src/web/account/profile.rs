//! The user's profile.

use crate::accounts::{Error, ProfileChange};
use crate::domain::{Field, SingleLineText, User, WebUrl};
use crate::http::input::Fields;
use crate::http::{Request, RequestContext};
use crate::web::equivalent::Equivalent;
use crate::web::form::{FormField, place_problems};
use crate::web::navigation::Section;
use crate::web::rules::Visitor;
use crate::web::{Failure, Message, Session, Shell, Web, shell};
use askama::Template;
use hyper::StatusCode;
use std::sync::Arc;
use warp::reply::Response;

const PAGE: &str = "/account/profile";

struct ProfileForm {
    name: FormField,
    location: FormField,
    company: FormField,
    profile_url: FormField,
    bio: FormField,
}

impl ProfileForm {
    fn empty() -> Self {
        Self {
            name: FormField::new("name", "Name"),
            location: FormField::new("location", "Location"),
            company: FormField::new("company", "Company"),
            profile_url: FormField::new("profile_url", "Web site"),
            bio: FormField::new("bio", "About you"),
        }
    }

    fn of(user: &User) -> Self {
        let mut form = Self::empty();
        user.name.as_str().clone_into(&mut form.name.value);
        user.location.as_str().clone_into(&mut form.location.value);
        user.company.as_str().clone_into(&mut form.company.value);
        user.profile_url.as_str().clone_into(&mut form.profile_url.value);
        user.bio.as_ref().map_or("", SingleLineText::as_str).clone_into(&mut form.bio.value);
        form
    }

    fn read(body: &Fields) -> Self {
        let Self { name, location, company, profile_url, bio } = Self::empty();
        Self {
            name: name.read(body),
            location: location.read(body),
            company: company.read(body),
            profile_url: profile_url.read(body),
            bio: bio.read(body),
        }
    }

    /// The profile and the biography; None if a field was refused.
    fn parse(&mut self) -> Option<(ProfileChange, Option<SingleLineText>)> {
        let (name, location) = (self.name.parse(SingleLineText::parse), self.location.parse(SingleLineText::parse));
        let (company, profile_url) = (self.company.parse(SingleLineText::parse), self.profile_url.parse(WebUrl::parse));
        let bio = self.bio.optional(SingleLineText::parse);
        let change = ProfileChange {
            name: Some(name?),
            location: Some(location?),
            company: Some(company?),
            profile_url: Some(profile_url?),
            gravatar_email: None,
        };
        Some((change, bio?))
    }

    fn refuse(&mut self, error: Error) -> Result<(), Error> {
        place_problems(error, |field, problem| match field {
            Field::Location => self.location.refuse(problem),
            Field::Company => self.company.refuse(problem),
            Field::ProfileUrl => self.profile_url.refuse(problem),
            Field::Bio => self.bio.refuse(problem),
            _ => self.name.refuse(problem),
        })
    }

    fn is_refused(&self) -> bool {
        let fields = [&self.name, &self.location, &self.company, &self.profile_url, &self.bio];
        fields.iter().any(|field| field.problem.is_some())
    }
}

#[derive(Template)]
#[template(path = "profile.html", config = "src/web/askama.toml")]
struct ProfilePage<'a> {
    shell: &'a Shell,
    form: &'a ProfileForm,
    gravatar: String,
    equivalent: Equivalent,
}

/// `GET /account/profile`
pub async fn form(web: Arc<Web>, request: Request, visitor: Visitor) -> Result<Response, Failure> {
    let form = ProfileForm::of(&visitor.session.user);
    Ok(page(&web, &request, visitor.session, StatusCode::OK, &form))
}

/// `POST /account/profile`
pub async fn update(web: Arc<Web>, request: Request, visitor: Visitor) -> Result<Response, Failure> {
    let mut form = ProfileForm::read(request.body());
    if let Some((change, bio)) = form.parse() {
        match web.app.accounts.update_profile(&visitor.access, change, Some(bio)).await {
            Ok(_) => return Ok(shell::done(&web.app, &request, PAGE, Message::ProfileSaved)),
            Err(error) => form.refuse(error)?,
        }
    }
    Ok(page(&web, &request, visitor.session, StatusCode::UNPROCESSABLE_ENTITY, &form))
}

fn page(web: &Web, request: &RequestContext, session: Session, status: StatusCode, form: &ProfileForm) -> Response {
    let user = Arc::clone(&session.user);
    let shell = Shell::signed_in(&web.app, request, session, Section::Profile);
    let command = format!("accountd user update {} --location Berlin", user.username);
    let path = format!("/api/v1.1/users/{}/", user.username);
    let equivalent = web.equivalent(&shell, command, " -X PATCH -d location=Berlin", &path);
    // The page links to the picture and does not show it, so that Gravatar learns nothing of its visitors.
    let gravatar = format!("https://gravatar.com/{}", user.gravatar_hash());
    shell.page(status, &ProfilePage { shell: &shell, form, gravatar, equivalent })
}
