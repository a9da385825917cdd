//! The GitLab Users and SSH-keys API v3 (2013). README.md beside this file is its wire contract.

mod entity;
mod error;
mod fields;
mod keys;
mod session;
mod users;

pub use error::Manner;

use crate::http::Site;
use crate::http::routes::routes;
use warp::filters::BoxedFilter;
use warp::reply::Response;
use warp::{Filter, path};

/// Everything below `/api/v3`.
pub fn dialect(site: Site, manner: Manner) -> BoxedFilter<(Response,)> {
    let table = routes! { site, error::not_allowed;
        "user" => { GET: users::current }
        "user" / "keys" => { GET: keys::list_own, POST: keys::add_own }
        "user" / "keys" / key_id => { GET: keys::show_own, DELETE: keys::remove_own }
        "users" => { GET: users::list, POST: users::create }
        "users" / id => { GET: users::show, PUT: users::update, DELETE: users::remove }
        "users" / id / "block" => { PUT: users::block }
        "users" / id / "unblock" => { PUT: users::unblock }
        "users" / id / "keys" => { GET: keys::list, POST: keys::add }
        "users" / id / "keys" / key_id => { DELETE: keys::remove }
        "keys" => { GET: keys::find }
        "keys" / key_id => { GET: keys::show }
        "session" => { POST: session::create }
    };
    let answered = table.recover(error::rejected).unify().map(move |response| manner.settle(response));
    path("api").and(path("v3")).and(answered).boxed()
}

/// What is spoken of v4: the questions about keys, which git hosts' programs ask there.
pub fn keys_v4(site: Site) -> BoxedFilter<(Response,)> {
    let table = routes! { site, error::not_allowed;
        "keys" => { GET: keys::find }
        "keys" / key_id => { GET: keys::show }
    };
    path("api").and(path("v4")).and(table.recover(error::rejected).unify()).boxed()
}
