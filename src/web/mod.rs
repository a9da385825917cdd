//! The pages that people see: signing in and out, and what they allowed applications. README.md beside this file says
//! what each is made of.
//!
//! Another dialect that shows pages asks here who is signed in ([`session()`]), sends who is not to sign in
//! ([`to_sign_in`]), holds a form's answer against its token ([`Session::confirm`]), and shows its own pages in the same
//! shell ([`Shell`], [`page`], [`problem`]).

mod applications;
mod cookie;
mod csrf;
mod failure;
mod links;
mod return_to;
mod scopes;
mod session;
mod shell;
mod sign_in;
mod sign_out;
mod style;

pub use csrf::{Csrf, Refusal};
pub use failure::{failure, problem};
pub use links::Links;
pub use scopes::{Permission, in_words};
pub use session::{Session, session, to_sign_in};
pub use shell::{FormAction, Shell, page};

use crate::http::AppState;
use crate::http::request::head_call;
use crate::http::routes::routes;
use failure::Failure;
use warp::filters::BoxedFilter;
use warp::reply::Response;
use warp::{Filter, path};

/// Everything below `/account`.
pub fn dialect(app: AppState) -> BoxedFilter<(Response,)> {
    let table = routes! { app.clone(), failure::not_allowed;
        "" => { GET: applications::index }
        "sign-in" => { GET: sign_in::show, POST: sign_in::submit }
        "sign-out" => { POST: sign_out::submit }
        "applications" => { GET: applications::list }
        "applications" / "revoke" => { POST: applications::revoke }
        "style.css" => { GET: style::sheet }
    };
    let answered = head_call().and(table.recover(failure::rejected).unify());
    let worded = answered.map(move |call, mut response: Response| match Failure::carried_by(&mut response) {
        Some(failure) => {
            let mut worded = failure.page(&app, &call);
            // Of a 405: `Allow`.
            worded.headers_mut().extend(response.headers_mut().drain());
            worded
        }
        None => response,
    });
    path("account").and(worded).boxed()
}
