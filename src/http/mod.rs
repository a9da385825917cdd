//! What every HTTP dialect shares: the accept loop, reading a request, its log line, paging,
//! replies.
//!
//! A request's way: [`server`] accepts the connection and bounds its waiting (`connection`);
//! [`observe`] gives it an id, a log line and a 500 if a handler panics, and asks `forwarded` who is
//! calling; warp finds the dialect, and its table the handler ([`routes`]); the body is read
//! ([`body`]) into [`fields`] before the handler runs, which answers through [`reply`].
//!
//! A dialect writes its routes as one table, from which `Allow` is derived, and words its own 404
//! and 405:
//!
//! ```text
//! let table = routes! { app, error::not_allowed;
//!     "users" / username => { GET: users::show, PATCH: users::update }
//!     "users" / username / "emails" => { GET: emails::list, POST: emails::add }
//! };
//! let dialect = warp::path!("api" / "v1.1" / ..).and(table.recover(error::rejected));
//!
//! async fn show(app: Arc<App>, call: Call, username: Segment) -> Result<Response, Error> { … }
//! ```

pub mod access_log;
mod app_state;
pub mod body;
mod branches;
mod connection;
pub mod credentials;
mod exchange;
pub mod fields;
pub mod form;
mod forwarded;
mod json;
pub mod metrics;
mod multipart;
pub mod observe;
pub mod paging;
pub mod reply;
pub mod request;
mod request_id;
pub mod routes;
pub mod server;
pub mod tls;

pub use app_state::AppState;
pub use branches::Branches;
pub use forwarded::TrustedProxies;
pub use request::Call;
pub use request_id::RequestId;

#[cfg(test)]
mod tests;
