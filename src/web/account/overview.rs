//! The first page of an account: what is missing, and recent sign-ins.

use super::{day, minute};
use crate::accounts::{AccountAccess, Accounts, AuditEvent, AuditQuery, AuditReader, Error};
use crate::domain::{Email, User};
use crate::http::Request;
use crate::web::navigation::Section;
use crate::web::rules::Visitor;
use crate::web::{Failure, Shell, Web};
use askama::Template;
use hyper::StatusCode;
use std::sync::Arc;
use warp::reply::Response;

/// How many sign-ins the page shows at most, and how many events it looks through.
const SIGN_INS: usize = 5;
const EVENTS: u64 = 50;

#[derive(Template)]
#[template(path = "overview.html", config = "src/web/askama.toml")]
struct Overview<'a> {
    shell: &'a Shell,
    user: &'a User,
    created: String,
    has_verified_address: bool,
    keys: u64,
    addresses: usize,
    sign_ins: Vec<SignIn>,
}

/// A sign-in, or an attempt.
struct SignIn {
    time: String,
    address: String,
    has_failed: bool,
}

/// `GET /account`
pub async fn show(web: Arc<Web>, request: Request, visitor: Visitor) -> Result<Response, Failure> {
    let accounts = &web.app.accounts;
    let emails = accounts.emails(&visitor.access)?;
    let keys = accounts.count_keys(&accounts.key_list(&visitor.access))?;
    let sign_ins = sign_ins(accounts, &visitor.access).await?;
    let user = Arc::clone(&visitor.session.user);
    let shell = Shell::signed_in(&web.app, &request, visitor.session, Section::Overview);
    let page = Overview {
        shell: &shell,
        user: &user,
        created: day(user.created_at),
        has_verified_address: emails.iter().any(Email::is_verified),
        keys,
        addresses: emails.len(),
        sign_ins,
    };
    Ok(shell.page(StatusCode::OK, &page))
}

/// The newest sign-ins among the user's recent events.
async fn sign_ins(accounts: &Accounts, access: &AccountAccess) -> Result<Vec<SignIn>, Error> {
    let query = AuditQuery { limit: EVENTS, ..AuditQuery::default() };
    let events = accounts.audit_log(&AuditReader::from(access), query).await?;
    Ok(events.iter().filter_map(sign_in).take(SIGN_INS).collect())
}

fn sign_in(event: &AuditEvent) -> Option<SignIn> {
    let has_failed = match event.event.as_str() {
        "session.started" => false,
        "sign_in.failed" => true,
        _ => return None,
    };
    Some(SignIn { time: minute(event.at), address: event.address.clone().unwrap_or_default(), has_failed })
}
