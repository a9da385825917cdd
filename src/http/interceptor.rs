//! What a stand-in puts between a router and its handlers: a journal, and faults on purpose.

use super::request::RequestContext;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use warp::reply::Response;

pub type Answering<'a> = Pin<Box<dyn Future<Output = Response> + Send + 'a>>;

/// Sees every request of a [`Router`](super::router::Router) that has one.
pub trait Interceptor: Send + Sync {
    /// Answers the request: with `answer`, which calls the handler, or in another way. `operation` is the name of its
    /// row; `None` if there is no row for it.
    fn intercept<'a>(
        &'a self,
        request: &'a Arc<RequestContext>,
        operation: Option<&'a str>,
        answer: Answering<'a>,
    ) -> Answering<'a>;
}
