//! One request: what is known of it from the start ([`RequestContext`]), and what a handler is given ([`Request`]).

use super::forwarded::Caller;
use super::input::{Body, BodyError, Fields, TrustedBody, form};
use super::observed::Observed;
use super::permits::Permit;
use super::request_id::{RequestId, RequestIds};
use super::server::ConnectionState;
use crate::domain::client_prefix;
use hyper::body::{Body as _, Incoming};
use hyper::header::{AsHeaderName, HOST, HeaderValue};
use hyper::http::request::Parts;
use hyper::http::uri::Scheme;
use hyper::{HeaderMap, Method, Uri};
use percent_encoding::percent_decode_str;
use std::future::poll_fn;
use std::net::IpAddr;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};
use std::task::Poll;
use std::time::Duration;

/// Everything but the body, shared by the handler, the access log and the words of an error.
pub struct RequestContext {
    pub method: Method,
    pub uri: Uri,
    pub headers: HeaderMap,
    pub id: RequestId,
    pub(super) caller: Caller,
    pub(super) body: Option<Body>,
    pub(super) connection: Arc<ConnectionState>,
    /// The caller is signed in.
    is_authenticated: AtomicBool,
    /// Whether the access log will read the user's name.
    pub(super) is_logged: bool,
    user: OnceLock<Box<str>>,
    /// Only in a stand-in.
    observed: OnceLock<Box<Observed>>,
}

impl RequestContext {
    pub(super) fn new(
        ids: &RequestIds,
        parts: Parts,
        body: Incoming,
        caller: Caller,
        connection: Arc<ConnectionState>,
        body_time: Duration,
        is_logged: bool,
    ) -> Self {
        Self {
            id: ids.of(&parts.headers),
            body: (!body.is_end_stream()).then(|| Body::new(body, &parts.headers, caller.address, body_time)),
            method: parts.method,
            uri: parts.uri,
            headers: parts.headers,
            caller,
            connection,
            is_authenticated: AtomicBool::new(false),
            is_logged,
            user: OnceLock::new(),
            observed: OnceLock::new(),
        }
    }

    /// The whole path as it was sent: still percent-encoded.
    pub fn path(&self) -> &str {
        self.uri.path()
    }

    /// The query as it was sent, without its `?`; empty if there is none.
    pub fn raw_query(&self) -> &str {
        self.uri.query().unwrap_or_default()
    }

    /// The first header of this name.
    pub fn header(&self, name: impl AsHeaderName) -> Option<&HeaderValue> {
        self.headers.get(name)
    }

    /// The client's address: the peer's, or the one that a trusted proxy names.
    pub fn client(&self) -> IpAddr {
        self.caller.address
    }

    /// Notes that the caller is signed in, and names the user in the access log. The first name stays.
    pub fn set_user(&self, name: &str) {
        self.is_authenticated.store(true, Ordering::Relaxed);
        if self.is_logged || self.observed().is_some() {
            let _ = self.user.set(name.into());
        }
    }

    /// Notes from now on what is learned of this request.
    pub fn observe(&self) -> &Observed {
        self.observed.get_or_init(Box::default)
    }

    pub(super) fn observed(&self) -> Option<&Observed> {
        self.observed.get().map(|observed| &**observed)
    }

    /// Notes the names of parameters that are read from [`RequestContext::raw_query`].
    pub fn note_reads(&self, names: &[&str]) {
        if let Some(observed) = self.observed() {
            observed.note_reads(names);
        }
    }

    /// Ready when the interceptor, if there is one, allows that the handler is called.
    pub(super) fn poll_allowed(&self) -> Poll<()> {
        self.observed().map_or(Poll::Ready(()), Observed::poll_allowed)
    }

    /// Ready when the server stops, or the connection should end for another reason. To be polled by the task of the
    /// connection, as handlers and response bodies are.
    pub async fn closing(&self) {
        poll_fn(|_| if self.connection.is_closing() { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    /// Waits until few enough requests of callers from this address who are not signed in are handled. None if this
    /// caller is signed in.
    pub(super) async fn anonymous_permit(&self) -> Option<Permit<'_, IpAddr>> {
        if self.is_authenticated.load(Ordering::Relaxed) {
            return None;
        }
        // Boxed, so that the request of a signed-in caller does not carry the future.
        Some(Box::pin(self.connection.shared.anonymous.permit(client_prefix(self.client()))).await)
    }

    /// The name of the signed-in caller, where the access log or an interceptor needs it.
    pub fn user(&self) -> Option<&str> {
        self.user.get().map(|name| &**name)
    }

    /// What absolute URLs begin with, without a final slash: the configured base URL, else the scheme and host that the
    /// caller used (clients compare `Link` with the address they called). Of the proxy headers only the scheme counts,
    /// and only from a trusted proxy.
    pub fn base_url<'a>(&'a self, configured: Option<&'a str>) -> BaseUrl<'a> {
        match configured {
            Some(configured) => BaseUrl { scheme: "", rest: configured.trim_end_matches('/') },
            None => {
                let scheme = if self.caller.scheme == Scheme::HTTPS { "https://" } else { "http://" };
                BaseUrl { scheme, rest: self.host().unwrap_or("127.0.0.1") }
            }
        }
    }

    /// The host that the request is addressed to, with the port if it has one. None without a host, and for one that is
    /// not plain.
    pub(super) fn host(&self) -> Option<&str> {
        let host = match self.uri.authority() {
            Some(authority) => Some(authority.as_str()),
            None => self.header(HOST).and_then(|value| value.to_str().ok()),
        };
        host.filter(|host| is_sane_host(host))
    }

    pub(super) fn has_no_host(&self) -> bool {
        self.uri.authority().is_none() && self.header(HOST).is_none()
    }

    /// `http` or `https`, as the caller used it.
    pub(super) fn scheme(&self) -> &str {
        self.caller.scheme.as_str()
    }
}

/// What absolute URLs begin with. It is in two pieces, because a cached response is found by them, and joining them takes
/// longer than finding it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, derive_more::Display)]
#[display("{scheme}{rest}")]
pub struct BaseUrl<'a> {
    /// With `://`; empty if `rest` has it.
    pub(super) scheme: &'static str,
    pub(super) rest: &'a str,
}

/// Whether a byte may be part of a host. A table, because each request with a cached response asks for all bytes of one:
/// it takes a third of the instructions of the comparisons.
static SANE_IN_HOST: [bool; 256] = {
    let mut sane = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let ascii = byte as u8;
        sane[byte] = ascii.is_ascii_alphanumeric() || matches!(ascii, b'.' | b':' | b'[' | b']' | b'_' | b'-');
        byte += 1;
    }
    sane
};

fn is_sane_host(host: &str) -> bool {
    (1..=255).contains(&host.len()) && host.bytes().all(|byte| SANE_IN_HOST[usize::from(byte)])
}

/// A request that the route table has a handler for.
pub struct Request {
    context: Arc<RequestContext>,
    params: PathParams,
    query: OnceLock<Fields>,
    body: Option<Fields>,
}

impl Deref for Request {
    type Target = RequestContext;

    fn deref(&self) -> &RequestContext {
        &self.context
    }
}

impl Request {
    pub(super) fn new(context: Arc<RequestContext>, params: PathParams) -> Self {
        Self { context, params, query: OnceLock::new(), body: None }
    }

    pub fn context(&self) -> Arc<RequestContext> {
        Arc::clone(&self.context)
    }

    /// A path parameter of the route, percent-decoded; empty if the route has none of that name.
    pub fn param(&self, name: &str) -> &str {
        self.params.get(name)
    }

    /// The parameters of the query, decoded.
    pub fn query(&self) -> &Fields {
        self.query.get_or_init(|| {
            let query = form::parse_query(self.raw_query());
            match self.observed() {
                Some(observed) => observed.watch(query),
                None => query,
            }
        })
    }

    /// Reads and parses the body, unless that was done before. A body on GET or HEAD is no body.
    ///
    /// # Errors
    /// The body cannot be read, or has no known format.
    pub async fn read_body(&mut self) -> Result<(), BodyError> {
        if let Some(body) = &self.context.body
            && self.body.is_none()
            && !matches!(self.method, Method::GET | Method::HEAD)
        {
            // Boxed, so that a request without a body does not carry a future that large.
            self.body = Some(Box::pin(body.read(&self.context)).await?);
        }
        Ok(())
    }

    /// Reads the body of a trusted caller as it was sent, up to `limit` bytes. Empty if it was read before. Large ones
    /// share a memory of their own, so that they and the bodies of other callers do not keep each other out.
    ///
    /// # Errors
    /// The body is too large, or cannot be read.
    pub async fn trusted_body(&self, limit: usize) -> Result<TrustedBody, BodyError> {
        match &self.context.body {
            Some(body) => body.trusted_bytes(limit, &self.context.connection).await,
            None => Ok(TrustedBody::default()),
        }
    }

    /// The fields of the body; none if there was no body.
    pub fn body(&self) -> &Fields {
        static NONE: LazyLock<Fields> = LazyLock::new(Fields::default);
        self.body.as_ref().unwrap_or(&NONE)
    }
}

/// The parameters of a route's path with their decoded values. No route has more than three.
#[derive(Default)]
pub struct PathParams([Option<(&'static str, String)>; 3]);

impl PathParams {
    /// None if a value is empty, or not UTF-8 once decoded.
    pub(super) fn decode<'p>(params: impl Iterator<Item = (&'static str, &'p str)>) -> Option<Self> {
        let mut decoded = Self::default();
        for (slot, (name, raw)) in decoded.0.iter_mut().zip(params) {
            *slot = Some((name, segment(raw).filter(|text| !text.is_empty())?));
        }
        Some(decoded)
    }

    fn get(&self, name: &str) -> &str {
        let found = self.0.iter().flatten().find(|(known, _)| *known == name);
        found.map_or("", |(_, value)| value)
    }
}

/// Percent-decodes one segment of a path; None if the result is not UTF-8. `+` is not a space here.
fn segment(raw: &str) -> Option<String> {
    if !raw.as_bytes().contains(&b'%') {
        return Some(raw.to_owned());
    }
    percent_decode_str(raw).decode_utf8().ok().map(|text| text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_parameter_is_decoded_once() {
        for (raw, text) in [
            ("janedoe", "janedoe"),
            ("jane%20doe", "jane doe"),
            ("a+b", "a+b"),
            ("a%2Fb", "a/b"),
            ("%2525", "%25"),
            ("100%", "100%"),
            ("Se%C3%B1or", "Señor"),
            ("%00", "\0"),
        ] {
            assert_eq!(segment(raw).as_deref(), Some(text));
        }
        for raw in ["%ff", "a%C3", "%ED%A0%80"] {
            assert_eq!(segment(raw), None, "{raw}");
            assert!(PathParams::decode([("id", raw)].into_iter()).is_none());
        }
        assert!(PathParams::decode([("id", "")].into_iter()).is_none());
    }

    #[test]
    fn only_plain_hosts_are_repeated() {
        for host in ["localhost", "127.0.0.1:8080", "[::1]:8080", "my_host.example"] {
            assert!(is_sane_host(host), "{host}");
        }
        let long = "a".repeat(256);
        for host in ["", "a b", "a/b", "user@host", "<script>", "a,b", "a\"b", "é", "a%00", long.as_str()] {
            assert!(!is_sane_host(host), "{host}");
        }
    }
}
