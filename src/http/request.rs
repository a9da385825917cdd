//! A request as a handler sees it.

use std::str::FromStr;
use std::sync::Arc;

use hyper::header::{AsHeaderName, HOST, HeaderValue};
use hyper::{HeaderMap, Method};
use percent_encoding::percent_decode_str;
use std::net::IpAddr;
use warp::{Filter, Rejection};

use super::body::{self, BodyError};
use super::exchange::RequestContext;
use super::fields::Fields;
use super::form;
use super::request_id::RequestId;

tokio::task_local! {
    /// The request that the current task answers. Warp sees no more of it than method and address:
    /// its own request extensions would cost three allocations a request.
    pub(super) static EXCHANGE: Arc<RequestContext>;
}

/// One request, its body read.
pub struct Call {
    exchange: Arc<RequestContext>,
    body: Result<Fields, BodyError>,
}

/// Extracts the [`Call`], for a route outside a table. Put it after the path: it reads the body,
/// which can be read only once.
///
/// What is served by anything but [`serve`](super::server::serve) has no call, and is not found.
pub fn call() -> impl Filter<Extract = (Call,), Error = Rejection> + Copy + Send + Sync {
    warp::any().and_then(|| async {
        let head = Head::current().ok_or_else(warp::reject::not_found)?;
        Ok::<_, Rejection>(head.call().await)
    })
}

/// Extracts the [`Call`] without its body, beside a route that reads that.
pub fn head_call() -> impl Filter<Extract = (Call,), Error = Rejection> + Copy + Send + Sync {
    warp::any().and_then(|| async {
        let head = Head::current().ok_or_else(warp::reject::not_found)?;
        Ok::<_, Rejection>(Call { exchange: head.0, body: Ok(Fields::default()) })
    })
}

/// A request whose body is still to be read.
pub struct Head(Arc<RequestContext>);

impl Head {
    /// The one that the current task answers.
    pub(super) fn current() -> Option<Head> {
        EXCHANGE.try_with(Arc::clone).ok().map(Head)
    }

    pub fn method(&self) -> &Method {
        &self.0.method
    }

    /// Reads the body. SPEC 2: a body on GET is no body.
    pub async fn call(self) -> Call {
        let body = match self.0.method {
            Method::GET | Method::HEAD => Ok(Fields::default()),
            // Apart, so that a request without a body does not pay for a future that large.
            _ => Box::pin(read(&self.0)).await,
        };
        Call { exchange: self.0, body }
    }
}

async fn read(exchange: &RequestContext) -> Result<Fields, BodyError> {
    let (bytes, _place) = exchange.read_body().await?;
    body::parse(&exchange.headers, bytes).await
}

impl Call {
    pub fn method(&self) -> &Method {
        &self.exchange.method
    }

    /// The whole path, prefix included, as it was sent: still percent-encoded.
    pub fn path(&self) -> &str {
        self.exchange.uri.path()
    }

    /// The query as it was sent, without its `?`; empty if there is none.
    pub fn raw_query(&self) -> &str {
        self.exchange.uri.query().unwrap_or_default()
    }

    /// The parameters of the query, decoded.
    pub fn query(&self) -> Fields {
        form::parse_query(self.raw_query())
    }

    /// The fields of the body; none if there was no body or the method is GET or HEAD.
    ///
    /// A body that cannot be read is an error here and not earlier, since who asks is settled
    /// first.
    pub fn body(&self) -> Result<&Fields, &BodyError> {
        self.body.as_ref()
    }

    pub fn headers(&self) -> &HeaderMap {
        &self.exchange.headers
    }

    /// The first header of this name.
    pub fn header(&self, name: impl AsHeaderName) -> Option<&HeaderValue> {
        self.exchange.headers.get(name)
    }

    pub fn request_id(&self) -> &RequestId {
        &self.exchange.id
    }

    /// The client's address: the peer's, or what a trusted proxy says.
    pub fn client(&self) -> IpAddr {
        self.exchange.caller.address
    }

    /// Names the user in the access log. The first name given stays.
    pub fn set_user(&self, name: &str) {
        if self.exchange.logged {
            let _ = self.exchange.user.set(name.into());
        }
    }

    /// What absolute URLs begin with, without a final slash: the configured one, else the address
    /// that the caller used (SPEC 1: clients compare `Link` with it). Of the proxy headers only the
    /// scheme counts, and only a trusted proxy's.
    pub fn base_url(&self, configured: Option<&str>) -> String {
        if let Some(configured) = configured {
            return configured.trim_end_matches('/').to_owned();
        }
        let host = match self.exchange.uri.authority() {
            Some(authority) => Some(authority.as_str()),
            None => self.header(HOST).and_then(|value| value.to_str().ok()),
        };
        let scheme = self.exchange.caller.scheme.name();
        [scheme, "://", host.filter(|host| is_sane_host(host)).unwrap_or("127.0.0.1")].concat()
    }
}

fn is_sane_host(host: &str) -> bool {
    let sane = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b':' | b'[' | b']' | b'_' | b'-');
    (1..=255).contains(&host.len()) && host.bytes().all(sane)
}

/// One segment of a path, percent-decoded. As a type of its own so that it is decoded exactly once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment(String);

impl Segment {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

/// Fails, and so is not found, if the segment is empty or not UTF-8.
impl FromStr for Segment {
    type Err = ();

    fn from_str(raw: &str) -> Result<Self, ()> {
        segment(raw).filter(|text| !text.is_empty()).map(Segment).ok_or(())
    }
}

/// Percent-decodes one segment of a path; nothing if the result is not UTF-8. A `+` stays one.
pub fn segment(raw: &str) -> Option<String> {
    percent_decode_str(raw).decode_utf8().ok().map(|text| text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_decoded_once() {
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
            assert!(raw.parse::<Segment>().is_err());
        }
        assert!("".parse::<Segment>().is_err());
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
