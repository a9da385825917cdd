//! The route table of the pages. [`crate::http::router`] explains the rows. The handlers check the session cookie
//! themselves, because each page treats a missing session differently.

use super::{Web, applications, sign_in, sign_out, style};
use crate::http::router::{Route, anyone, get, post};

#[rustfmt::skip]
pub fn routes() -> Vec<Route<Web>> {
    vec![
        get ("",                     "index",               anyone(), applications::index),
        get ("/sign-in",             "sign_in.form",        anyone(), sign_in::form),
        post("/sign-in",             "sign_in.submit",      anyone(), sign_in::submit),
        post("/sign-out",            "sign_out.submit",     anyone(), sign_out::submit),
        get ("/applications",        "applications.list",   anyone(), applications::list),
        post("/applications/revoke", "applications.revoke", anyone(), applications::revoke),
        get ("/style.css",           "style",               anyone(), style::sheet),
    ]
}
