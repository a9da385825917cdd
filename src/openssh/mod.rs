//! What is asked for by programs around OpenSSH: `/USERNAME.keys` as GitHub and GitLab have it, the file of allowed
//! signers, and `authorized-keys --server`. README.md beside this file is its wire contract.

mod error;
mod handlers;

use crate::http::AppState;
use crate::http::routes::routes;
use warp::filters::BoxedFilter;
use warp::path::Peek;
use warp::reply::Response;
use warp::{Filter, Rejection};

/// The paths of this dialect, which has no prefix: what it does not know is rejected.
pub fn dialect(app: AppState, public_keys: bool) -> BoxedFilter<(Response,)> {
    let public = routes! { app.clone(), error::not_allowed;
        file => { GET: handlers::public_keys }
    };
    let private = routes! { app, error::not_allowed;
        "allowed_signers" => { GET: handlers::allowed_signers }
        "api" / "accountd" / "authorized_keys" => { GET: handlers::authorized_keys }
    };
    let public = a_file_of_keys(public_keys).and(public);
    private.or(public).unify().boxed()
}

/// Lets `/USERNAME.keys` pass, if it is answered at all: no other file at the top has any method.
fn a_file_of_keys(answered: bool) -> impl Filter<Extract = (), Error = Rejection> + Clone + Send + Sync {
    let is_one = move |path: Peek| async move {
        let found = answered && path.as_str().trim_end_matches('/').ends_with(handlers::SUFFIX);
        if found { Ok(()) } else { Err(warp::reject::not_found()) }
    };
    warp::path::peek().and_then(is_one).untuple_one()
}
