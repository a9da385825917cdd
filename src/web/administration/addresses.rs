//! The email addresses of a user.

use super::question::Question;
use super::{id, named_user, path_of};
use crate::accounts::{Admin, EmailChange, EmailRow, Error};
use crate::domain::{EmailAddress, EmailId, User, VerifiedBy};
use crate::http::Request;
use crate::web::form::{FormField, place_problems};
use crate::web::navigation::Section;
use crate::web::pager::Pager;
use crate::web::{Failure, Message, Session, Shell, Web, field, shell};
use askama::Template;
use hyper::StatusCode;
use std::sync::Arc;
use warp::reply::Response;

struct AddressRow {
    id: EmailId,
    address: String,
    is_primary: bool,
    /// Who vouched for it.
    verified_by: Option<VerifiedBy>,
}

impl AddressRow {
    fn of(row: &EmailRow) -> Self {
        Self {
            id: row.id,
            address: row.email.address.as_str().to_owned(),
            is_primary: row.email.primary,
            verified_by: row.email.verification.map(|verification| verification.by),
        }
    }
}

#[derive(Template)]
#[template(path = "admin_addresses.html", config = "src/web/askama.toml")]
struct Addresses<'a> {
    shell: &'a Shell,
    user: &'a User,
    path: String,
    addresses: Vec<AddressRow>,
    pager: Pager,
    form: &'a FormField,
    /// Whether the new address is to count as verified.
    is_verified: bool,
}

/// `GET /admin/users/{id}/addresses`
pub async fn list(web: Arc<Web>, request: Request, (session, admin): (Session, Admin)) -> Result<Response, Failure> {
    let form = FormField::new("email", "New address");
    page(&web, &request, (session, &admin), StatusCode::OK, &form, true)
}

/// `POST /admin/users/{id}/addresses`
pub async fn add(web: Arc<Web>, request: Request, (session, admin): (Session, Admin)) -> Result<Response, Failure> {
    let user = named_user(&web, &request, &admin)?;
    let mut form = FormField::new("email", "New address").read(request.body());
    let is_verified = field(request.body(), "verified").is_some();
    if let Some(address) = form.parse(|text| EmailAddress::parse(text.trim())) {
        match web.app.accounts.add_email(&admin.access_to(user.id), address, is_verified).await {
            Ok(_) => return Ok(shell::done(&web.app, &request, &list_of(&user), Message::AddressAdded)),
            Err(error) => place_problems(error, |_, problem| form.refuse(problem))?,
        }
    }
    page(&web, &request, (session, &admin), StatusCode::UNPROCESSABLE_ENTITY, &form, is_verified)
}

fn page(
    web: &Web,
    request: &Request,
    (session, admin): (Session, &Admin),
    status: StatusCode,
    form: &FormField,
    is_verified: bool,
) -> Result<Response, Failure> {
    let user = named_user(web, request, admin)?;
    let rows = web.app.accounts.email_rows(&admin.access_to(user.id))?;
    let pager = Pager::of(request, rows.len() as u64);
    let addresses = pager.slice(&rows).iter().map(AddressRow::of).collect();
    let shell = Shell::signed_in(&web.app, request, session, Section::Users);
    let page = Addresses { shell: &shell, user: &user, path: list_of(&user), addresses, pager, form, is_verified };
    Ok(shell.page(status, &page))
}

/// What can be done to an address; the end of its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumString)]
#[strum(serialize_all = "kebab-case")]
enum Change {
    Verify,
    MakePrimary,
    Remove,
}

/// `GET /admin/users/{id}/addresses/{email_id}/{change}`
pub async fn ask(web: Arc<Web>, request: Request, (session, admin): (Session, Admin)) -> Result<Response, Failure> {
    let (user, row, change) = named(&web, &request, &admin)?;
    let address = row.email.address.as_str();
    let (title, effect, button) = match change {
        Change::Verify => (format!("Verify {address}?"), "You vouch that the address belongs to the user.", "Verify"),
        Change::MakePrimary => (
            format!("Make {address} the main address?"),
            "Programs see it as the address of the user. The previous one stays as another address.",
            "Make it the main address",
        ),
        Change::Remove => (
            format!("Remove {address}?"),
            "The user can no longer sign in with it, and another account can have it.",
            "Remove the address",
        ),
    };
    let is_destructive = change == Change::Remove;
    let question = Question { title, effects: vec![effect.into()], button, is_destructive, cancel: list_of(&user) };
    Ok(question.page(&web, &request, session, Section::Users))
}

/// `POST /admin/users/{id}/addresses/{email_id}/{change}`
pub async fn act(web: Arc<Web>, request: Request, (_, admin): (Session, Admin)) -> Result<Response, Failure> {
    let (user, row, change) = named(&web, &request, &admin)?;
    let (accounts, access) = (&web.app.accounts, admin.access_to(user.id));
    let address = row.email.address;
    let message = match change {
        Change::Verify => {
            accounts.change_email(&access, address, EmailChange { verify: true, ..EmailChange::default() }).await?;
            Message::AddressVerified
        }
        Change::MakePrimary => {
            let change = EmailChange { make_primary: true, ..EmailChange::default() };
            accounts.change_email(&access, address, change).await?;
            Message::AddressMadePrimary
        }
        Change::Remove => match accounts.remove_email(&access, address).await {
            Err(Error::Invalid(_)) => {
                let text = "It is the main address. Make another one the main address first.";
                return Err(Failure::problem(StatusCode::CONFLICT, "The address was not removed", text));
            }
            removed => removed.map(|_| Message::AddressRemoved)?,
        },
    };
    Ok(shell::done(&web.app, &request, &list_of(&user), message))
}

fn named(web: &Web, request: &Request, admin: &Admin) -> Result<(User, EmailRow, Change), Failure> {
    let user = named_user(web, request, admin)?;
    let row = web.app.accounts.email(&admin.access_to(user.id), id(request, "email_id")?)?;
    let change = request.param("change").parse().map_err(|_| Error::NotFound)?;
    Ok((user, row, change))
}

fn list_of(user: &User) -> String {
    format!("{}/addresses", path_of(user))
}
