//! What is known of one request while it is answered, shared by the server and the handler.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use hyper::header::EXPECT;
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method, Uri};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::body::BodyError;
use super::forwarded::Caller;
use super::request_id::RequestId;

/// SPEC 2: over 1 MiB is 413.
const MAX_BODY: usize = 1 << 20;

/// A larger body waits for its permit in [`LARGE_BODY_MEMORY`]. Nothing that the dialects take is larger.
const SMALL_BODY: usize = 16 << 10;

/// Places for all larger bodies together, in KiB: so much memory they may take, however many clients send them.
static LARGE_BODY_MEMORY: Semaphore = Semaphore::const_new(8 << 10);

/// A permit in [`LARGE_BODY_MEMORY`], if the body was large: to be kept for as long as the body is.
pub(super) type BodyPermit = Option<SemaphorePermit<'static>>;

/// How much of a body nobody wants is read all the same: a client that is still sending when the
/// connection closes loses the answer.
const MAX_DRAINED: usize = 4 << 20;

const DRAIN_TIME: Duration = Duration::from_secs(5);

/// How a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Http,
    Https,
}

impl Scheme {
    pub(super) fn name(self) -> &'static str {
        match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }
}

/// From where a request came, and how.
#[derive(Clone, Copy, Debug)]
pub(super) struct PeerInfo {
    pub(super) peer: SocketAddr,
    pub(super) scheme: Scheme,
}

/// One request: all of it but the body is there from the start.
pub(super) struct RequestContext {
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    pub(super) caller: Caller,
    pub(super) id: RequestId,
    /// Whether anybody will read the user's name: without an access log it need not be kept.
    pub(super) logged: bool,
    pub(super) user: OnceLock<Box<str>>,
    body: Mutex<Option<Incoming>>,
    body_time: Duration,
    unread: AtomicBool,
}

impl RequestContext {
    pub(super) fn new(
        parts: Parts,
        body: Incoming,
        caller: Caller,
        body_time: Duration,
        logged: bool,
    ) -> RequestContext {
        RequestContext {
            id: RequestId::of(&parts.headers),
            method: parts.method,
            uri: parts.uri,
            headers: parts.headers,
            caller,
            logged,
            user: OnceLock::new(),
            body: Mutex::new((!body.is_end_stream()).then_some(body)),
            body_time,
            unread: AtomicBool::new(false),
        }
    }

    /// The whole body; empty when there is none or it was taken before.
    pub(super) async fn read_body(&self) -> Result<(Bytes, BodyPermit), BodyError> {
        let Some(mut body) = self.take_body() else {
            return Ok((Bytes::new(), None));
        };
        if body.size_hint().lower() > MAX_BODY as u64 && self.client_waits() {
            self.unread.store(true, Ordering::Relaxed);
            return Err(BodyError::TooLarge);
        }
        let received = timeout(self.body_time, collect(&mut body)).await.unwrap_or(Err(BodyError::TimedOut));
        let ended = match &received {
            Ok(_) => true,
            Err(BodyError::TooLarge) => drain(&mut body).await,
            Err(_) => false,
        };
        self.unread.store(!ended, Ordering::Relaxed);
        received
    }

    /// Ends the exchange after the handler, by reading what it left of the body. False if some is
    /// still to come, so that the connection is good for no other request.
    pub(super) async fn drain_body(&self) -> bool {
        if let Some(mut body) = self.take_body() {
            let drained = !self.client_waits() && Box::pin(drain(&mut body)).await;
            self.unread.store(!drained, Ordering::Relaxed);
        }
        !self.unread.load(Ordering::Relaxed)
    }

    fn take_body(&self) -> Option<Incoming> {
        self.body.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Whether the client sends the body only after a `100 Continue`, which hyper sends on the
    /// first read.
    fn client_waits(&self) -> bool {
        self.headers.get(EXPECT).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"))
    }
}

async fn collect(body: &mut Incoming) -> Result<(Bytes, BodyPermit), BodyError> {
    let mut whole = BytesMut::new();
    let mut permit = None;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| BodyError::Incomplete)?.into_data() else {
            continue;
        };
        if whole.len() + data.len() > MAX_BODY {
            return Err(BodyError::TooLarge);
        }
        if whole.is_empty() && body.is_end_stream() {
            return Ok((data, permit));
        }
        if permit.is_none() && whole.len() + data.len() > SMALL_BODY {
            permit = Some(permit_for(whole.len() + data.len(), body.size_hint().upper()).await?);
        }
        whole.extend_from_slice(&data);
    }
    Ok((whole.freeze(), permit))
}

/// All that the body may take, at once: bodies that grow side by side would wait for each other. `left` is what is still
/// to come, if that was said.
async fn permit_for(received: usize, left: Option<u64>) -> Result<SemaphorePermit<'static>, BodyError> {
    let left = left.and_then(|left| usize::try_from(left).ok()).unwrap_or(MAX_BODY);
    let size = received.saturating_add(left).min(MAX_BODY);
    LARGE_BODY_MEMORY.acquire_many(size.div_ceil(1 << 10) as u32).await.map_err(|_| BodyError::Incomplete)
}

/// Reads and forgets. True if the end was reached.
async fn drain(body: &mut Incoming) -> bool {
    let reading = async {
        let mut left = MAX_DRAINED;
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else { return false };
            match left.checked_sub(frame.data_ref().map_or(0, Bytes::len)) {
                Some(rest) => left = rest,
                None => return false,
            }
        }
        true
    };
    timeout(DRAIN_TIME, reading).await.unwrap_or(false)
}
