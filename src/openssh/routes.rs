//! The route table of this dialect. [`crate::http::router`] explains the rows.

use super::{AdminRule, Openssh, ReaderRule, handlers};
use crate::http::router::{Route, anyone, get};

/// Without `public_keys`, `/USERNAME.keys` is an unknown path.
#[rustfmt::skip]
pub fn routes(public_keys: bool) -> Vec<Route<Openssh>> {
    let mut routes = vec![
        get("/allowed_signers",               "allowed_signers",  ReaderRule, handlers::allowed_signers),
        get("/api/accountd/authorized_keys",  "authorized_keys",  AdminRule,  handlers::authorized_keys),
    ];
    if public_keys {
        routes.push(get("/{username}.keys",   "public_keys",      anyone(),   handlers::public_keys));
    }
    routes
}
