//! The form for a new access token.

use super::tokens::LIST;
use crate::accounts::{Error, NewPersonalToken};
use crate::domain::{Field, Problem, Scope, Scopes, SingleLineText, TokenKind, TokenPrefix, timestamp};
use crate::http::RequestContext;
use crate::http::input::{Fields, Patch};
use crate::web::equivalent::Equivalent;
use crate::web::form::{FormField, place_problems};
use crate::web::navigation::Section;
use crate::web::scopes::in_short;
use crate::web::{Session, Shell, Web};
use askama::Template;
use hyper::StatusCode;
use jiff::{SignedDuration, Timestamp};
use warp::reply::Response;

/// The lifetime that the form suggests.
const SUGGESTED_LIFETIME: SignedDuration = SignedDuration::from_hours(90 * 24);

pub struct TokenForm {
    name: FormField,
    /// Its value is not used.
    scopes: FormField,
    chosen: Vec<String>,
    expires_at: FormField,
}

/// A scope to choose.
struct Choice {
    name: &'static str,
    description: &'static str,
    is_chosen: bool,
}

impl TokenForm {
    fn empty() -> Self {
        Self {
            name: FormField::new("name", "Name"),
            scopes: FormField::new("scopes", "Scopes"),
            chosen: Vec::new(),
            expires_at: FormField::new("expires_at", "Expiry date"),
        }
    }

    pub fn new(now: Timestamp) -> Self {
        let mut form = Self::empty();
        form.expires_at.value = (now + SUGGESTED_LIFETIME).strftime("%Y-%m-%d").to_string();
        form
    }

    pub fn read(body: &Fields) -> Self {
        let Self { name, scopes, expires_at, .. } = Self::empty();
        let chosen = body.text_list("scopes").ok().and_then(Patch::value).unwrap_or_default();
        Self { name: name.read(body), scopes, chosen, expires_at: expires_at.read(body) }
    }

    /// None if a field was refused.
    pub fn parse(&mut self, web: &Web) -> Option<NewPersonalToken> {
        let name = self.name.parse(SingleLineText::required);
        let parsed = Scopes::parse(self.chosen.iter().map(String::as_str));
        let parsed = parsed.and_then(|scopes| if scopes.is_empty() { Err(Problem::Blank) } else { Ok(scopes) });
        let scopes = parsed.map_err(|problem| self.scopes.refuse(&problem)).ok();
        let expires_at = self.expires_at.optional(|text| timestamp::future(text.trim(), web.app.accounts.now()));
        Some(NewPersonalToken {
            kind: TokenKind::Personal,
            prefix: TokenPrefix::Own,
            name: name?,
            description: SingleLineText::default(),
            scopes: scopes?,
            expires_at: expires_at?,
        })
    }

    /// Shows why the use case refused the token.
    pub fn refuse(&mut self, error: Error) -> Result<(), Error> {
        place_problems(error, |field, problem| match field {
            Field::ExpiresAt => self.expires_at.refuse(problem),
            Field::Scopes => self.scopes.refuse(problem),
            _ => self.name.refuse(problem),
        })
    }

    fn is_refused(&self) -> bool {
        [&self.name, &self.scopes, &self.expires_at].iter().any(|field| field.problem.is_some())
    }

    fn choices(&self) -> Vec<Choice> {
        let choice = |scope: &Scope| Choice {
            name: scope.name(),
            description: in_short(*scope),
            is_chosen: self.chosen.iter().any(|chosen| chosen == scope.name()),
        };
        Scope::ALL.iter().map(choice).collect()
    }
}

#[derive(Template)]
#[template(path = "token_new.html", config = "src/web/askama.toml")]
struct NewTokenPage<'a> {
    shell: &'a Shell,
    form: &'a TokenForm,
    list: &'static str,
    equivalent: Equivalent,
}

pub fn form_page(
    web: &Web,
    request: &RequestContext,
    session: Session,
    status: StatusCode,
    form: &TokenForm,
) -> Response {
    let user = &session.user.username;
    let command = format!("accountd token create {user} --name ci --scope read_user --expires 90d");
    let shell = Shell::signed_in(&web.app, request, session, Section::Tokens);
    let arguments = " -d name=ci -d 'scopes[]=read_user' -d expires_at=2030-01-01";
    let equivalent = web.equivalent(&shell, command, arguments, "/api/v4/user/personal_access_tokens");
    shell.page(status, &NewTokenPage { shell: &shell, form, list: LIST, equivalent })
}
