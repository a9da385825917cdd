//! What a stand-in puts between a router and its handlers: a journal, and faults on purpose.

use super::error::RequestError;
use super::request::RequestContext;
use hyper::StatusCode;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use warp::reply::Response;

pub type Answering<'a> = Pin<Box<dyn Future<Output = Response> + Send + 'a>>;

/// Sees every request of a [`Router`](super::router::Router) that has one.
pub trait Interceptor: Send + Sync {
    /// Answers the request: with [`Call::answer`], or in another way.
    fn intercept<'a>(&'a self, call: Call<'a>) -> Answering<'a>;
}

/// A request before it is answered.
pub struct Call<'a> {
    pub request: &'a Arc<RequestContext>,
    /// The operation name of its row; none if there is no row for it.
    pub operation: Option<&'a str>,
    /// The name of the dialect that answers it; none below no dialect's prefix.
    pub dialect: Option<&'static str>,
    pub refuse: Refuse<'a>,
    /// Authenticates the caller, receives the body, and calls the handler.
    pub answer: Answering<'a>,
}

/// Answers with an error, in the words of the dialect.
pub type Refuse<'a> = Box<dyn Fn(RequestError) -> Response + Send + Sync + 'a>;

/// An error that has no cause but the wish of a test suite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Injected {
    pub status: StatusCode,
    pub reason: Option<String>,
}

/// `503 Service Unavailable`, and the reason after a colon if there is one.
impl fmt::Display for Injected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status.as_u16())?;
        if let Some(name) = self.status.canonical_reason() {
            write!(f, " {name}")?;
        }
        self.reason.as_ref().map_or(Ok(()), |reason| write!(f, ": {reason}"))
    }
}

/// In the extensions of a response: no byte of it is sent, and the connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// As after the last response (FIN).
    Close,
    /// As after a failure (RST).
    Reset,
}
