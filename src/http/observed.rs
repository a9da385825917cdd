//! What an [`Interceptor`](super::Interceptor) learns of a request while it is handled: the token, the body, the fields
//! that were read; and the point at which it can still keep the handler from being called.

use super::input::{Fields, Reads};
use super::interceptor::Answering;
use crate::domain::TokenId;
use bytes::Bytes;
use serde_json::Value;
use std::future::poll_fn;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::Poll;
use warp::reply::Response;

/// The fields of a longer body are not observed, in bytes.
const MAX_BODY: usize = 64 << 10;

/// [`Observed::stage`], which is 0 at first: the router waits before it calls the handler; it may call it.
const WAITING: u8 = 1;
const ALLOWED: u8 = 2;

#[derive(Default)]
pub struct Observed {
    token: OnceLock<TokenId>,
    body: OnceLock<ObservedBody>,
    reads: Arc<Reads>,
    stage: AtomicU8,
}

/// A body that was received whole.
pub struct ObservedBody {
    /// In bytes.
    pub length: usize,
    /// As a JSON object; none if it could not be parsed, or is longer than 64 KiB.
    pub fields: Option<Value>,
}

impl Observed {
    /// The token that the caller authenticated with, if it was one.
    pub fn token(&self) -> Option<TokenId> {
        self.token.get().copied()
    }

    pub fn body(&self) -> Option<&ObservedBody> {
        self.body.get()
    }

    /// Whether a handler has read the field of this name, in the query or the body.
    pub fn has_read(&self, name: &str) -> bool {
        self.reads.contains(name)
    }

    /// Whether a handler was called.
    pub fn is_handled(&self) -> bool {
        self.stage.load(Ordering::Relaxed) == ALLOWED
    }

    /// Authenticates the caller and receives the body. None if that succeeded: the handler is called when the answer is
    /// polled after [`Observed::allow`], and never if it is dropped.
    pub async fn until_handler(&self, answer: &mut Answering<'_>) -> Option<Response> {
        poll_fn(|context| match answer.as_mut().poll(context) {
            Poll::Ready(response) => Poll::Ready(Some(response)),
            Poll::Pending if self.stage.load(Ordering::Relaxed) == WAITING => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        })
        .await
    }

    pub fn allow(&self) {
        self.stage.store(ALLOWED, Ordering::Relaxed);
    }

    /// Pending until [`Observed::allow`]. The task that waits is the one that allows it, so none is woken.
    pub(super) fn poll_allowed(&self) -> Poll<()> {
        if self.is_handled() {
            return Poll::Ready(());
        }
        self.stage.store(WAITING, Ordering::Relaxed);
        Poll::Pending
    }

    pub(super) fn set_token(&self, token: Option<TokenId>) {
        if let Some(token) = token {
            let _ = self.token.set(token);
        }
    }

    pub(super) fn set_body(&self, text: &Bytes, parsed: Option<&Fields>) {
        let fields = parsed.filter(|_| text.len() <= MAX_BODY).map(|fields| match serde_json::from_slice(text) {
            Ok(json @ Value::Object(_)) => json,
            Ok(_) | Err(_) => fields.to_json(),
        });
        let _ = self.body.set(ObservedBody { length: text.len(), fields });
    }

    /// Notes from now on which of these fields are read.
    pub(super) fn watch(&self, fields: Fields) -> Fields {
        fields.noting(&self.reads)
    }

    pub(super) fn note_reads(&self, names: &[&str]) {
        names.iter().for_each(|name| self.reads.note(name));
    }
}
