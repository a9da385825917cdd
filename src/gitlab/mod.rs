//! The GitLab Users and SSH-keys API: v3 (2013), and v4 as today's clients speak it. README.md beside this file is the
//! wire contract; [`version`] and [`entity`] hold what parts the two.

mod emails;
mod empty_lists;
mod entity;
mod error;
mod fields;
mod health;
mod impersonation;
mod keys;
mod moderation;
mod session;
mod signin;
mod tokens;
mod user_list;
mod users;
mod version;

pub use error::ErrorStatusMode;

use crate::http::paging::Page;
use crate::http::routes::routes;
use crate::http::{AppState, Call, reply};
use error::Failure;
use hyper::StatusCode;
use serde::Serialize;
use version::Version;
use warp::filters::BoxedFilter;
use warp::reply::Response;
use warp::{Filter, Rejection, path};

/// What a handler is given.
#[derive(Clone)]
struct Api {
    app: AppState,
    version: Version,
}

impl std::ops::Deref for Api {
    type Target = AppState;

    fn deref(&self) -> &AppState {
        &self.app
    }
}

/// Everything below `/api/v3`.
pub fn v3(app: AppState, manner: ErrorStatusMode) -> BoxedFilter<(Response,)> {
    let version = Version::V3;
    let table = routes! { Api { app, version }, error::not_allowed;
        "user" => { GET: users::current }
        "user" / "keys" => { GET: keys::list_own, POST: keys::add_own }
        "user" / "keys" / key_id => { GET: keys::show_own, DELETE: keys::remove_own }
        "users" => { GET: user_list::v3, POST: users::create }
        "users" / id => { GET: users::show, PUT: users::update, DELETE: users::remove }
        "users" / id / "block" => { PUT: users::block }
        "users" / id / "unblock" => { PUT: users::unblock }
        "users" / id / "keys" => { GET: keys::list, POST: keys::add }
        "users" / id / "keys" / key_id => { DELETE: keys::remove }
        "keys" => { GET: keys::find }
        "keys" / key_id => { GET: keys::show }
        "session" => { POST: session::create }
    };
    path("api").and(path("v3")).and(worded(table, version, manner)).boxed()
}

/// Everything below `/api/v4`.
pub fn v4(app: AppState) -> BoxedFilter<(Response,)> {
    let version = Version::V4;
    let table = routes! { Api { app, version }, error::not_allowed;
        "user" => { GET: users::current }
        "user" / "keys" => { GET: keys::list_own, POST: keys::add_own }
        "user" / "keys" / key_id => { GET: keys::show_own, DELETE: keys::remove_own }
        "user" / "emails" => { GET: emails::list_own, POST: emails::add_own }
        "user" / "emails" / email_id => { GET: emails::show_own, DELETE: emails::remove_own }
        "user" / "personal_access_tokens" => { POST: tokens::create_own }
        "user_counts" => { GET: empty_lists::user_counts }
        "users" => { GET: user_list::v4, POST: users::create }
        "users" / id => { GET: users::show, PUT: users::update, DELETE: users::remove }
        "users" / id / "block" => { POST: moderation::block }
        "users" / id / "unblock" => { POST: moderation::unblock }
        "users" / id / "ban" => { POST: moderation::ban }
        "users" / id / "unban" => { POST: moderation::unban }
        "users" / id / "deactivate" => { POST: moderation::deactivate }
        "users" / id / "activate" => { POST: moderation::activate }
        "users" / id / "approve" => { POST: moderation::approve }
        "users" / id / "reject" => { POST: moderation::reject }
        "users" / id / "keys" => { GET: keys::list_public, POST: keys::add }
        "users" / id / "keys" / key_id => { GET: keys::show_public, DELETE: keys::remove }
        "users" / id / "emails" => { GET: emails::list, POST: emails::add }
        "users" / id / "emails" / email_id => { GET: emails::show, DELETE: emails::remove }
        "users" / id / "identities" / provider => { DELETE: users::remove_identity }
        "users" / id / "personal_access_tokens" => { POST: tokens::create }
        "users" / id / "impersonation_tokens" => { GET: impersonation::list, POST: impersonation::create }
        "users" / id / "impersonation_tokens" / token_id => {
            GET: impersonation::show, DELETE: impersonation::revoke
        }
        "users" / id / "projects" => { GET: empty_lists::of_user }
        "users" / id / "contributed_projects" => { GET: empty_lists::of_user }
        "users" / id / "starred_projects" => { GET: empty_lists::of_user }
        "users" / id / "events" => { GET: empty_lists::of_user }
        "users" / id / "memberships" => { GET: empty_lists::memberships }
        "users" / id / "associations_count" => { GET: empty_lists::associations_count }
        "personal_access_tokens" => { GET: tokens::list }
        "personal_access_tokens" / token_id => { GET: tokens::show, DELETE: tokens::revoke }
        "personal_access_tokens" / token_id / "rotate" => { POST: tokens::rotate }
        "keys" => { GET: keys::find }
        "keys" / key_id => { GET: keys::show }
        "version" => { GET: health::version }
        "metadata" => { GET: health::metadata }
    };
    path("api").and(path("v4")).and(worded(table, version, ErrorStatusMode::default())).boxed()
}

/// `/-/health` and its like, which are asked without a credential.
pub fn probes(app: AppState) -> BoxedFilter<(Response,)> {
    let table = routes! { app, error::not_allowed;
        "health" => { GET: health::health }
        "liveness" => { GET: health::liveness }
        "readiness" => { GET: health::readiness }
    };
    path("-").and(worded(table, Version::V4, ErrorStatusMode::default())).boxed()
}

/// Gives every failure the words and the status of its version.
fn worded(
    table: impl Filter<Extract = (Response,), Error = Rejection> + Clone + Send + Sync + 'static,
    version: Version,
    manner: ErrorStatusMode,
) -> BoxedFilter<(Response,)> {
    let answered = table.recover(error::rejected).unify();
    let worded = answered.map(move |mut response: Response| match Failure::carried_by(&mut response) {
        Some(failure) => {
            let mut worded = version.refuse(manner, &failure);
            // Of a 405: `Allow`.
            worded.headers_mut().extend(response.headers_mut().drain());
            worded
        }
        None => response,
    });
    worded.boxed()
}

/// One page of a list that is known whole.
fn answer_page<'a, T, E: Serialize>(
    api: &Api,
    call: &Call,
    all: &'a [T],
    entity: impl Fn(&'a T) -> E,
) -> Result<Response, Failure> {
    let page = Page::parse(&call.query())?;
    let skipped = usize::try_from(page.offset()).unwrap_or(usize::MAX);
    let body: Vec<_> = all.iter().skip(skipped).take(page.per_page as usize).map(entity).collect();
    let headers = page.headers(all.len() as u64, &api.base_url(call), call.path(), call.raw_query());
    Ok(reply::with_headers(reply::json(StatusCode::OK, &body), headers))
}
