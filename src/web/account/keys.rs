//! The user's SSH keys.

use super::day;
use crate::accounts::{AccountAccess, Error};
use crate::domain::{Field, Key, KeyId, KeyUsage, NewKey, Problem, SingleLineText, SshKey, timestamp};
use crate::http::input::Fields;
use crate::http::{Request, RequestContext};
use crate::web::confirm::Confirm;
use crate::web::equivalent::Equivalent;
use crate::web::form::{FormField, place_problems};
use crate::web::navigation::Section;
use crate::web::pager::Pager;
use crate::web::rules::Visitor;
use crate::web::{Failure, Message, Session, Shell, Web, field, shell};
use askama::Template;
use hyper::StatusCode;
use jiff::Timestamp;
use std::sync::Arc;
use warp::reply::Response;

const LIST: &str = "/account/keys";

#[derive(Template)]
#[template(path = "keys.html", config = "src/web/askama.toml")]
struct KeyList<'a> {
    shell: &'a Shell,
    keys: Vec<KeyRow>,
    pager: Pager,
    equivalent: Equivalent,
}

/// A key as the pages show it.
pub struct KeyRow {
    pub id: KeyId,
    pub title: String,
    /// The bits and the type, as `ssh-keygen -l` prints them.
    pub kind: String,
    pub fingerprint: String,
    pub added: String,
    pub last_used: Option<String>,
    pub expires: Option<String>,
    pub is_expired: bool,
}

impl KeyRow {
    pub fn of(key: &Key, now: Timestamp) -> Self {
        Self {
            id: key.id,
            title: key.title.as_str().to_owned(),
            kind: format!("{} {}", key.key.kind(), key.key.bits()),
            fingerprint: key.key.fingerprint().to_string(),
            added: day(key.created_at),
            last_used: key.last_used_at.map(day),
            expires: key.expires_at.map(day),
            is_expired: key.expires_at.is_some_and(|end| end <= now),
        }
    }
}

/// The keys on the page of an account's list that was asked for.
pub async fn page_of_keys(
    web: &Web,
    request: &Request,
    session: &Session,
    access: &AccountAccess,
) -> Result<(Pager, Vec<KeyRow>), Failure> {
    let accounts = &web.app.accounts;
    let _slot = web.app.list_slot(request, Some(session.user.id)).await?;
    let all = accounts.key_list(access);
    let pager = Pager::of(request, accounts.count_keys(&all)?);
    let mut list = all.page(pager.offset(), Pager::ROWS);
    let mut keys = Vec::new();
    loop {
        let batch = accounts.next_keys(&mut list)?;
        keys.extend(batch.rows.iter().map(|key| KeyRow::of(key, accounts.now())));
        if batch.is_last || keys.len() as u64 >= Pager::ROWS {
            return Ok((pager, keys));
        }
    }
}

/// `GET /account/keys`
pub async fn list(web: Arc<Web>, request: Request, visitor: Visitor) -> Result<Response, Failure> {
    let (pager, keys) = page_of_keys(&web, &request, &visitor.session, &visitor.access).await?;
    let command = format!("accountd key list {}", visitor.session.user.username);
    let shell = shell_of(&web, &request, visitor.session);
    let equivalent = web.equivalent(&shell, command, "", "/api/v4/user/keys");
    Ok(shell.page(StatusCode::OK, &KeyList { shell: &shell, keys, pager, equivalent }))
}

#[derive(Template)]
#[template(path = "key.html", config = "src/web/askama.toml")]
struct KeyPage<'a> {
    shell: &'a Shell,
    key: KeyRow,
    line: &'a str,
    usage: &'static str,
    randomart: String,
    equivalent: Equivalent,
}

/// `GET /account/keys/{key_id}`
pub async fn show(web: Arc<Web>, request: Request, visitor: Visitor) -> Result<Response, Failure> {
    let key = web.app.accounts.key(&visitor.access, key_id(&request)?)?;
    let shell = shell_of(&web, &request, visitor.session);
    let path = format!("/api/v4/user/keys/{}", key.id);
    let page = KeyPage {
        equivalent: web.equivalent(&shell, format!("accountd key show {}", key.id), "", &path),
        shell: &shell,
        key: KeyRow::of(&key, web.app.accounts.now()),
        line: key.key.as_str(),
        usage: usage_text(key.usage),
        randomart: key.key.randomart(),
    };
    Ok(shell.page(StatusCode::OK, &page))
}

/// The form for a new key.
pub struct KeyForm {
    title: FormField,
    key: FormField,
    usage: FormField,
    expires_at: FormField,
}

impl KeyForm {
    pub fn new() -> Self {
        Self {
            title: FormField::new("title", "Title"),
            key: FormField::new("key", "Key"),
            usage: FormField::new("usage_type", "Use"),
            expires_at: FormField::new("expires_at", "Expiry date"),
        }
    }

    /// A file stands for the text, unless there is one.
    pub fn read(body: &Fields) -> Self {
        let Self { title, key, usage, expires_at } = Self::new();
        let mut key = key.read(body);
        if key.value.trim().is_empty() {
            key.value = field(body, "file").unwrap_or_default();
        }
        Self { title: title.read(body), key, usage: usage.read(body), expires_at: expires_at.read(body) }
    }

    /// None if a field was refused.
    pub fn parse(&mut self, web: &Web) -> Option<NewKey> {
        let policy = web.app.accounts.key_policy();
        let key = self.key.parse(|text| SshKey::parse(text, policy).map_err(Problem::Key));
        if let Some(key) = &key
            && self.title.value.trim().is_empty()
        {
            key.comment().clone_into(&mut self.title.value);
        }
        let title = self.title.parse(SingleLineText::required);
        let usage = self
            .usage
            .optional(|text| text.parse().map_err(|_| Problem::Malformed("must be auth_and_signing, auth or signing")));
        let expires_at = self.expires_at.optional(|text| timestamp::future(text.trim(), web.app.accounts.now()));
        Some(NewKey { title: title?, key: key?, usage: usage?.unwrap_or_default(), expires_at: expires_at? })
    }

    /// Shows why the use case refused the key.
    pub fn refuse(&mut self, error: Error) -> Result<(), Error> {
        place_problems(error, |field, problem| match field {
            Field::KeyTitle => self.title.refuse(problem),
            Field::ExpiresAt => self.expires_at.refuse(problem),
            _ => self.key.refuse(problem),
        })
    }

    fn is_refused(&self) -> bool {
        [&self.title, &self.key, &self.usage, &self.expires_at].iter().any(|field| field.problem.is_some())
    }

    /// The key for the page. Anything but a public key on one line may be a part of a private one, and is not repeated.
    fn shown_key(&self) -> &str {
        let text = self.key.shown().trim();
        let is_public = ["ssh-", "ecdsa-", "sk-"].iter().any(|start| text.starts_with(start));
        if is_public { text } else { "" }
    }
}

#[derive(Template)]
#[template(path = "key_new.html", config = "src/web/askama.toml")]
pub struct NewKeyPage<'a> {
    pub shell: &'a Shell,
    pub form: &'a KeyForm,
    /// The address of the list of keys.
    pub list: String,
    pub equivalent: Equivalent,
}

/// `GET /account/keys/new`
pub async fn new(web: Arc<Web>, request: Request, visitor: Visitor) -> Result<Response, Failure> {
    Ok(form_page(&web, &request, visitor.session, StatusCode::OK, &KeyForm::new()))
}

/// `POST /account/keys/new`
pub async fn create(web: Arc<Web>, request: Request, visitor: Visitor) -> Result<Response, Failure> {
    let mut form = KeyForm::read(request.body());
    if let Some(key) = form.parse(&web) {
        match web.app.accounts.add_key(&visitor.access, key).await {
            Ok(_) => return Ok(shell::done(&web.app, &request, LIST, Message::KeyAdded)),
            Err(error) => form.refuse(error)?,
        }
    }
    Ok(form_page(&web, &request, visitor.session, StatusCode::UNPROCESSABLE_ENTITY, &form))
}

fn form_page(web: &Web, request: &RequestContext, session: Session, status: StatusCode, form: &KeyForm) -> Response {
    let command = format!("accountd key add {} ~/.ssh/id_ed25519.pub", session.user.username);
    let shell = shell_of(web, request, session);
    let arguments = " -F title=laptop -F key=@$HOME/.ssh/id_ed25519.pub";
    let equivalent = web.equivalent(&shell, command, arguments, "/api/v4/user/keys");
    shell.page(status, &NewKeyPage { shell: &shell, form, list: shell.to(LIST), equivalent })
}

/// `GET /account/keys/{key_id}/remove`
pub async fn confirm_remove(web: Arc<Web>, request: Request, visitor: Visitor) -> Result<Response, Failure> {
    let key = web.app.accounts.key(&visitor.access, key_id(&request)?)?;
    let shell = shell_of(&web, &request, visitor.session);
    let page = Confirm {
        title: format!("Remove the key {}?", key.title.as_str()),
        losses: vec![
            format!("You can no longer sign in anywhere with the key {}.", key.key.fingerprint()),
            "Commits and tags that it signed are no longer verified.".into(),
        ],
        action: shell.to(&format!("{LIST}/{}/remove", key.id)),
        button: "Remove the key",
        cancel: shell.to(LIST),
        shell: &shell,
    };
    Ok(shell.page(StatusCode::OK, &page))
}

/// `POST /account/keys/{key_id}/remove`
pub async fn remove(web: Arc<Web>, request: Request, visitor: Visitor) -> Result<Response, Failure> {
    web.app.accounts.remove_key(&visitor.access, key_id(&request)?).await?;
    Ok(shell::done(&web.app, &request, LIST, Message::KeyRemoved))
}

fn shell_of(web: &Web, request: &RequestContext, session: Session) -> Shell {
    Shell::signed_in(&web.app, request, session, Section::Keys)
}

/// Anything but a number is an unknown key.
fn key_id(request: &Request) -> Result<KeyId, Failure> {
    Ok(request.param("key_id").parse().map_err(|_| Error::NotFound)?)
}

fn usage_text(usage: KeyUsage) -> &'static str {
    match usage {
        KeyUsage::Both => "Signing in and signing",
        KeyUsage::Auth => "Signing in only",
        KeyUsage::Signing => "Signing only",
    }
}
