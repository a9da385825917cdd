//! What is asked for by programs around OpenSSH: `/USERNAME.keys` as GitHub and GitLab have it, the file of allowed
//! signers, and `authorized-keys --server`. README.md beside this file is its wire contract.

mod error;
mod handlers;

use crate::http::Site;
use crate::http::routes::routes;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

/// Everything that is no other dialect's: put it last.
pub fn dialect(site: Site, public_keys: bool) -> BoxedFilter<(Response,)> {
    let public = routes! { (site.clone(), public_keys), error::not_allowed;
        file => { GET: handlers::public_keys }
    };
    let private = routes! { site, error::not_allowed;
        "allowed_signers" => { GET: handlers::allowed_signers }
        "api" / "accountd" / "authorized_keys" => { GET: handlers::authorized_keys }
    };
    private.or(public).unify().recover(error::rejected).unify().boxed()
}
