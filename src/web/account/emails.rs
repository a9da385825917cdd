//! The user's email addresses.

use crate::accounts::{AccountAccess, EmailChange, EmailRow, Error};
use crate::domain::{Email, EmailAddress, EmailId, EmailTrust, VerifiedBy};
use crate::http::{Request, RequestContext};
use crate::web::confirm::Confirm;
use crate::web::equivalent::{Equivalent, quoted};
use crate::web::form::{FormField, place_problems};
use crate::web::navigation::Section;
use crate::web::pager::Pager;
use crate::web::rules::Visitor;
use crate::web::{Failure, Message, Session, Shell, Web, field, shell};
use askama::Template;
use hyper::StatusCode;
use std::sync::Arc;
use warp::reply::Response;

const LIST: &str = "/account/emails";

/// An address as the pages show it.
struct AddressRow {
    id: EmailId,
    address: String,
    is_primary: bool,
    status: Status,
}

/// Whose word makes the address the user's.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Status {
    Verified,
    /// The user's own, which counts in docker's API only.
    Confirmed,
    Unverified,
}

impl Status {
    fn of(email: &Email, trust: EmailTrust) -> Self {
        match email.verification.map(|verification| verification.by) {
            None => Self::Unverified,
            Some(VerifiedBy::User) if trust == EmailTrust::Administrators => Self::Confirmed,
            Some(VerifiedBy::User | VerifiedBy::Administrator) => Self::Verified,
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Verified => "Verified",
            Self::Confirmed => "Confirmed by you",
            Self::Unverified => "Not verified",
        }
    }
}

impl AddressRow {
    fn of(row: &EmailRow, trust: EmailTrust) -> Self {
        let email = &row.email;
        Self {
            id: row.id,
            address: email.address.as_str().to_owned(),
            is_primary: email.primary,
            status: Status::of(email, trust),
        }
    }
}

#[derive(Template)]
#[template(path = "emails.html", config = "src/web/askama.toml")]
struct AddressList<'a> {
    shell: &'a Shell,
    addresses: Vec<AddressRow>,
    pager: Pager,
    equivalent: Equivalent,
}

/// `GET /account/emails`
pub async fn list(web: Arc<Web>, request: Request, visitor: Visitor) -> Result<Response, Failure> {
    let accounts = &web.app.accounts;
    let all = accounts.email_rows(&visitor.access)?;
    let pager = Pager::of(&request, all.len() as u64);
    let addresses = pager.slice(&all).iter().map(|row| AddressRow::of(row, accounts.email_trust())).collect();
    let command = format!("accountd email list {}", visitor.session.user.username);
    let shell = shell_of(&web, &request, visitor.session);
    let equivalent = web.equivalent(&shell, command, "", "/api/v4/user/emails");
    Ok(shell.page(StatusCode::OK, &AddressList { shell: &shell, addresses, pager, equivalent }))
}

#[derive(Template)]
#[template(path = "email_new.html", config = "src/web/askama.toml")]
struct NewAddressPage<'a> {
    shell: &'a Shell,
    field: &'a FormField,
    equivalent: Equivalent,
}

/// `GET /account/emails/new`
pub async fn new(web: Arc<Web>, request: Request, visitor: Visitor) -> Result<Response, Failure> {
    Ok(form_page(&web, &request, visitor.session, StatusCode::OK, &new_field()))
}

/// `POST /account/emails/new`
pub async fn create(web: Arc<Web>, request: Request, visitor: Visitor) -> Result<Response, Failure> {
    let mut field = new_field().read(request.body());
    if let Some(address) = field.parse(|text| EmailAddress::parse(text.trim())) {
        match web.app.accounts.add_email(&visitor.access, address, false).await {
            Ok(_) => return Ok(shell::done(&web.app, &request, LIST, Message::AddressAdded)),
            Err(error) => place_problems(error, |_, problem| field.refuse(problem))?,
        }
    }
    Ok(form_page(&web, &request, visitor.session, StatusCode::UNPROCESSABLE_ENTITY, &field))
}

fn new_field() -> FormField {
    FormField::new("email", "Email")
}

fn form_page(web: &Web, request: &RequestContext, session: Session, status: StatusCode, field: &FormField) -> Response {
    let command = format!("accountd email add {} jane@work.example", session.user.username);
    let shell = shell_of(web, request, session);
    let equivalent = web.equivalent(&shell, command, " -d email=jane@work.example", "/api/v4/user/emails");
    shell.page(status, &NewAddressPage { shell: &shell, field, equivalent })
}

#[derive(Template)]
#[template(path = "email.html", config = "src/web/askama.toml")]
struct AddressPage<'a> {
    shell: &'a Shell,
    address: AddressRow,
    equivalent: Equivalent,
}

/// `GET /account/emails/{email_id}`
pub async fn show(web: Arc<Web>, request: Request, visitor: Visitor) -> Result<Response, Failure> {
    let address = AddressRow::of(&find(&web, &request, &visitor.access)?, web.app.accounts.email_trust());
    let user = Arc::clone(&visitor.session.user);
    let shell = shell_of(&web, &request, visitor.session);
    let text = quoted(&address.address);
    let command = format!("accountd email primary {} {text}", user.username);
    let arguments = format!(" -X PATCH -d primary=true --data-urlencode email={text}");
    let path = format!("/api/v1.1/users/{}/emails/", user.username);
    let equivalent = web.equivalent(&shell, command, &arguments, &path);
    Ok(shell.page(StatusCode::OK, &AddressPage { shell: &shell, address, equivalent }))
}

/// `POST /account/emails/{email_id}`: what docker's API allows users to change of an address.
pub async fn change(web: Arc<Web>, request: Request, visitor: Visitor) -> Result<Response, Failure> {
    let (change, message) = match field(request.body(), "change").as_deref() {
        Some("verify") => (EmailChange { verify: true, make_primary: false }, Message::AddressConfirmed),
        Some("primary") => (EmailChange { verify: false, make_primary: true }, Message::PrimaryAddressChanged),
        _ => return Err(Failure::problem(StatusCode::BAD_REQUEST, "The form could not be read", "Nothing was done.")),
    };
    let address = find(&web, &request, &visitor.access)?.email.address;
    web.app.accounts.change_email(&visitor.access, address, change).await?;
    Ok(shell::done(&web.app, &request, LIST, message))
}

/// `GET /account/emails/{email_id}/remove`
pub async fn confirm_remove(web: Arc<Web>, request: Request, visitor: Visitor) -> Result<Response, Failure> {
    let row = find(&web, &request, &visitor.access)?;
    let shell = shell_of(&web, &request, visitor.session);
    let address = row.email.address.as_str();
    let page = Confirm {
        title: format!("Remove the address {address}?"),
        losses: vec![
            format!("You can no longer sign in with {address}, and another user can add it."),
            "Commits that carry the address are no longer yours.".into(),
        ],
        action: shell.to(&format!("{LIST}/{}/remove", row.id)),
        button: "Remove the address",
        cancel: shell.to(LIST),
        shell: &shell,
    };
    Ok(shell.page(StatusCode::OK, &page))
}

/// `POST /account/emails/{email_id}/remove`
pub async fn remove(web: Arc<Web>, request: Request, visitor: Visitor) -> Result<Response, Failure> {
    web.app.accounts.remove_email_by_id(&visitor.access, email_id(&request)?).await?;
    Ok(shell::done(&web.app, &request, LIST, Message::AddressRemoved))
}

fn find(web: &Web, request: &Request, access: &AccountAccess) -> Result<EmailRow, Failure> {
    Ok(web.app.accounts.email(access, email_id(request)?)?)
}

/// Anything but a number is an unknown address.
fn email_id(request: &Request) -> Result<EmailId, Failure> {
    Ok(request.param("email_id").parse().map_err(|_| Error::NotFound)?)
}

fn shell_of(web: &Web, request: &RequestContext, session: Session) -> Shell {
    Shell::signed_in(&web.app, request, session, Section::Emails)
}
