//! The first page of an account: what is missing.

use super::day;
use crate::domain::{Email, User};
use crate::http::Request;
use crate::web::navigation::Section;
use crate::web::rules::Visitor;
use crate::web::{Failure, Shell, Web};
use askama::Template;
use hyper::StatusCode;
use std::sync::Arc;
use warp::reply::Response;

#[derive(Template)]
#[template(path = "overview.html", config = "src/web/askama.toml")]
struct Overview<'a> {
    shell: &'a Shell,
    user: &'a User,
    created: String,
    has_verified_address: bool,
    keys: u64,
    addresses: usize,
}

/// `GET /account`
pub async fn show(web: Arc<Web>, request: Request, visitor: Visitor) -> Result<Response, Failure> {
    let accounts = &web.app.accounts;
    let emails = accounts.emails(&visitor.access)?;
    let keys = accounts.count_keys(&accounts.key_list(&visitor.access))?;
    let user = Arc::clone(&visitor.session.user);
    let shell = Shell::signed_in(&web.app, &request, visitor.session, Section::Overview);
    let page = Overview {
        shell: &shell,
        user: &user,
        created: day(user.created_at),
        has_verified_address: emails.iter().any(Email::is_verified),
        keys,
        addresses: emails.len(),
    };
    Ok(shell.page(StatusCode::OK, &page))
}
