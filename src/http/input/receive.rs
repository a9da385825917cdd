//! Receives request bodies within their limits of size, memory and time.

use super::super::memory_budget::{MemoryBudget, MemoryPermit};
use super::body::{self, BodyError};
use super::fields::Fields;
use crate::http::RequestContext;
use crate::http::server::ConnectionState;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::HeaderMap;
use hyper::body::{Body as _, Incoming};
use hyper::header::{EXPECT, HeaderValue};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::timeout;

/// SPEC 2: a body over 1 MiB is 413.
const MAX_BODY: usize = 1 << 20;

/// The memory of all large bodies and heads together. Only received bytes count, so a client that announces a large body and sends
/// nothing uses none of it.
pub(in crate::http) static LARGE_BODY_MEMORY: MemoryBudget = MemoryBudget::new(8 << 20, 2 << 20);

/// The same for the bodies of trusted callers, who control the server anyway: enough for two of the largest.
static TRUSTED_BODY_MEMORY: MemoryBudget = MemoryBudget::new(64 << 20, 64 << 20);

/// How many bytes of an unwanted body are read and discarded. A client that is still sending when the connection closes
/// would lose the response.
const MAX_DRAINED: usize = 4 << 20;
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// A trusted caller's body. Its memory counts as used for as long as it lives.
#[derive(Debug, Default, derive_more::Deref)]
pub struct TrustedBody {
    #[deref(forward)]
    bytes: Bytes,
    _permit: Option<MemoryPermit>,
}

/// The body of one request that has one, until it is read.
pub(in crate::http) struct Body {
    incoming: Mutex<Option<Incoming>>,
    /// The client sends the body only after a `100 Continue`, which hyper sends on the first read.
    expects_continue: bool,
    client: IpAddr,
    timeout: Duration,
    /// A part of the body was not read, so the connection cannot serve another request.
    unread: AtomicBool,
}

impl Body {
    pub(in crate::http) fn new(incoming: Incoming, headers: &HeaderMap, client: IpAddr, timeout: Duration) -> Self {
        let expect = headers.get(EXPECT).map(HeaderValue::as_bytes);
        Self {
            expects_continue: expect.is_some_and(|value| value.eq_ignore_ascii_case(b"100-continue")),
            incoming: Mutex::new(Some(incoming)),
            client,
            timeout,
            unread: AtomicBool::new(false),
        }
    }

    /// Reads and parses the body. If it was read before, there are no fields.
    pub(in crate::http) async fn read(&self, request: &RequestContext) -> Result<Fields, BodyError> {
        let (text, _) = self.bytes(MAX_BODY, &LARGE_BODY_MEMORY, &request.connection).await?;
        let Some(observed) = request.observed() else { return body::parse(&request.headers, text).await };
        let fields = body::parse(&request.headers, text.clone()).await;
        observed.set_body(&text, fields.as_ref().ok());
        fields.map(|fields| observed.watch(fields))
    }

    /// Reads a trusted caller's body. If it was read before, there are no bytes.
    pub(in crate::http) async fn trusted_bytes(
        &self,
        limit: usize,
        connection: &ConnectionState,
    ) -> Result<TrustedBody, BodyError> {
        let (bytes, permit) = self.bytes(limit, &TRUSTED_BODY_MEMORY, connection).await?;
        Ok(TrustedBody { bytes, _permit: Some(permit) })
    }

    async fn bytes(
        &self,
        limit: usize,
        memory: &'static MemoryBudget,
        connection: &ConnectionState,
    ) -> Result<(Bytes, MemoryPermit), BodyError> {
        let mut permit = memory.permit(self.client);
        let Some(mut incoming) = self.take() else { return Ok((Bytes::new(), permit)) };
        if incoming.size_hint().lower() > limit as u64 && self.expects_continue {
            self.unread.store(true, Ordering::Relaxed);
            return Err(BodyError::TooLarge);
        }
        let _waiting = connection.wait_for_body();
        let received = timeout(self.timeout, collect(&mut incoming, limit, &mut permit)).await;
        let received = received.unwrap_or(Err(BodyError::TimedOut));
        let ended = match &received {
            Ok(_) => true,
            Err(BodyError::TooLarge | BodyError::NoMemory) => drain(&mut incoming).await,
            Err(_) => false,
        };
        self.unread.store(!ended, Ordering::Relaxed);
        received.map(|bytes| (bytes, permit))
    }

    /// Discards the rest of the body that was not read. False if more is still to come.
    pub(in crate::http) async fn finish(&self, connection: &ConnectionState) -> bool {
        if let Some(mut incoming) = self.take() {
            let _waiting = connection.wait_for_body();
            let drained = !self.expects_continue && Box::pin(drain(&mut incoming)).await;
            self.unread.store(!drained, Ordering::Relaxed);
        }
        !self.unread.load(Ordering::Relaxed)
    }

    fn take(&self) -> Option<Incoming> {
        self.incoming.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

async fn collect(incoming: &mut Incoming, limit: usize, permit: &mut MemoryPermit) -> Result<Bytes, BodyError> {
    let mut body = BytesMut::new();
    while let Some(frame) = incoming.frame().await {
        let Ok(data) = frame.map_err(|_| BodyError::Incomplete)?.into_data() else {
            continue;
        };
        if body.len() + data.len() > limit {
            return Err(BodyError::TooLarge);
        }
        if body.is_empty() && incoming.is_end_stream() {
            return Ok(data);
        }
        if !permit.grow_to(body.len() + data.len()) {
            return Err(BodyError::NoMemory);
        }
        body.extend_from_slice(&data);
    }
    Ok(body.freeze())
}

/// Reads and discards the body. True if its end was reached.
async fn drain(incoming: &mut Incoming) -> bool {
    let reading = async {
        let mut left = MAX_DRAINED;
        while let Some(frame) = incoming.frame().await {
            let Ok(frame) = frame else { return false };
            match left.checked_sub(frame.data_ref().map_or(0, Bytes::len)) {
                Some(rest) => left = rest,
                None => return false,
            }
        }
        true
    };
    timeout(DRAIN_TIMEOUT, reading).await.unwrap_or(false)
}
