//! The docker.io Accounts API v1.1 (2014). README.md beside this file is its wire contract.

mod emails;
mod entity;
mod error;
mod signin;
mod users;

use crate::http::AppState;
use crate::http::routes::routes;
use warp::filters::BoxedFilter;
use warp::reply::Response;
use warp::{Filter, path};

/// Everything below `/api/v1.1`: the accounts, and `beside` them what is another's.
pub fn dialect(app: AppState, beside: BoxedFilter<(Response,)>) -> BoxedFilter<(Response,)> {
    let table = routes! { app, error::not_allowed;
        "users" / username => { GET: users::show, PATCH: users::update }
        "users" / username / "emails" => {
            GET: emails::list, POST: emails::add, PATCH: emails::change, DELETE: emails::remove
        }
    };
    path("api").and(path("v1.1")).and(table.or(beside).unify().recover(error::rejected).unify()).boxed()
}
