//! One user, with everything that an administrator may see of it and the links to what an administrator may do.

use super::user_action::{self, Action};
use super::{named_user, path_of, state_text};
use crate::accounts::Admin;
use crate::domain::{Email, User};
use crate::http::Request;
use crate::web::account::day;
use crate::web::navigation::Section;
use crate::web::{Failure, Session, Shell, Web};
use askama::Template;
use hyper::StatusCode;
use std::sync::Arc;
use warp::reply::Response;

#[derive(Template)]
#[template(path = "admin_user.html", config = "src/web/askama.toml")]
struct UserPage<'a> {
    shell: &'a Shell,
    user: &'a User,
    path: String,
    state: &'static str,
    created: String,
    creator: Option<User>,
    last_active: Option<String>,
    signed_in: Option<String>,
    is_email_verified: bool,
    holdings: Holdings,
    actions: Vec<&'static Action>,
}

/// How much belongs to an account.
pub struct Holdings {
    pub addresses: usize,
    pub keys: u64,
    /// Personal and impersonation tokens and sessions of API clients, expired ones included.
    pub tokens: usize,
    pub applications: usize,
}

impl Holdings {
    pub async fn of(web: &Web, admin: &Admin, user: &User) -> Result<(Self, Vec<Email>), Failure> {
        let (accounts, access) = (&web.app.accounts, admin.access_to(user.id));
        let emails = accounts.emails(&access)?;
        let grants = accounts.granted(&access).await?;
        let holdings = Self {
            addresses: emails.len(),
            keys: accounts.count_keys(&accounts.key_list(&access))?,
            tokens: super::tokens::listed(&web.app, &access)?.len(),
            applications: grants.chunk_by(|one, next| one.client_id == next.client_id).count(),
        };
        Ok((holdings, emails))
    }

    /// In words, such as `2 SSH keys`; nothing for what the account does not have.
    pub fn sentences(&self) -> Vec<String> {
        let count = |number: u64, one: &str, many: &str| match number {
            0 => None,
            1 => Some(format!("1 {one}")),
            number => Some(format!("{number} {many}")),
        };
        let parts = [
            count(self.addresses as u64, "email address, which becomes free", "email addresses, which become free"),
            count(self.keys, "SSH key", "SSH keys"),
            count(self.tokens as u64, "access token or session", "access tokens and sessions"),
            count(self.applications as u64, "application with access", "applications with access"),
        ];
        parts.into_iter().flatten().map(|part| format!("{part}.")).collect()
    }
}

/// `GET /admin/users/{id}`
pub async fn show(web: Arc<Web>, request: Request, (session, admin): (Session, Admin)) -> Result<Response, Failure> {
    let user = named_user(&web, &request, &admin)?;
    let _slot = web.app.list_slot(&request, Some(session.user.id)).await?;
    let (holdings, emails) = Holdings::of(&web, &admin, &user).await?;
    let is_oneself = session.user.id == user.id;
    let shell = Shell::signed_in(&web.app, &request, session, Section::Users);
    let page = UserPage {
        shell: &shell,
        path: path_of(&user),
        state: state_text(user.state),
        created: day(user.created_at),
        creator: web.app.accounts.creator_of(&admin, &user)?,
        last_active: user.activity.last_active_at.map(day),
        signed_in: user.activity.current_sign_in_at.map(day),
        is_email_verified: emails.iter().any(|email| email.primary && email.is_verified()),
        holdings,
        actions: user_action::applicable(&user, is_oneself, web.app.accounts.now()),
        user: &user,
    };
    Ok(shell.page(StatusCode::OK, &page))
}
