//! What every HTTP dialect shares: the accept loop, the route table, reading a request, paging, and building responses.
//!
//! A request's way: [`server`] accepts the connection and bounds how long it may keep the server waiting; [`observe`]
//! gives the request an id, a log line and a 500 if a handler panics; [`router`] matches it, asks its dialect for the
//! permission, reads the body ([`input`]) and calls the handler, which builds its response with [`reply`].
//!
//! What warp does here: its response type is the one that handlers return. What it does not: accept connections, match
//! paths or carry the request. `warp::serve` has no TLS, no limit on connections and no timeouts. A warp filter sees a
//! request only through a task-local that each filter looks into, so every route costs a look for every request, and a
//! handler gets the headers only as a copy.

pub mod access_log;
mod app_state;
pub mod credentials;
pub mod error;
mod forwarded;
pub mod input;
pub mod metrics;
mod observe;
pub mod paging;
pub mod reply;
mod request;
pub mod router;
pub mod server;
mod unimplemented;

pub use app_state::AppState;
pub use forwarded::TrustedProxies;
pub use request::{Request, RequestContext, RequestId};

#[cfg(test)]
mod tests;
