//! The HTTP client of a recording: reads pages of GitLab's API v4, within limits of time, size and attempts.
//!
//! The token goes to the host that was named and to no other: redirects are not followed, and of the link to the next
//! page only the query is used.

use super::entities::Object;
use super::walk::CONCURRENCY;
use crate::cli::outcome::Failure;
use crate::domain::Token;
use serde_json::Value;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};
use ureq::http::header::{AUTHORIZATION, HeaderName, LINK, LOCATION, RETRY_AFTER};
use ureq::http::{HeaderMap, StatusCode};
use ureq::tls::{RootCerts, TlsConfig};
use url::{Host, Url};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// For one request with its answer.
const TIMEOUT: Duration = Duration::from_secs(60);
/// A hundred keys of 16 KiB are less.
const MAX_BYTES: u64 = 8 << 20;

const MAX_ATTEMPTS: u32 = 8;
/// After the first failure. It triples each time.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// GitLab's limits are per minute, or per ten minutes.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(15 * 60);

/// The URL of a GitLab, without a final slash: `https://gitlab.example.com`.
#[derive(Clone, Debug)]
pub struct BaseUrl(Url);

impl BaseUrl {
    pub fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|error| error.to_string())?;
        let is_plain = url.username().is_empty() && url.password().is_none();
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err("must be http or https".into());
        }
        if !is_plain || url.query().is_some() || url.fragment().is_some() {
            return Err("must be only a host and, if necessary, a path".into());
        }
        Ok(Self(url))
    }

    /// Whether only the server can read what is sent there.
    pub fn is_private(&self) -> bool {
        self.0.scheme() == "https" || self.is_loopback()
    }

    fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }

    fn as_str(&self) -> &str {
        let base = self.0.as_str().trim_end_matches('/');
        base.strip_suffix("/api/v4").unwrap_or(base)
    }
}

pub struct Gitlab {
    base: BaseUrl,
    agent: ureq::Agent,
    token: Token,
    /// Until then, no request is sent: GitLab counts all of them together.
    paused_until: Mutex<Instant>,
    /// A host that has never answered is more likely misspelt than overloaded.
    has_answered: AtomicBool,
}

/// A page of a list.
pub struct Page {
    url: String,
    pub objects: Vec<Object>,
    /// The query of the next page.
    pub next: Option<String>,
}

/// Each names the URL.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    #[error("{0} answered 404 Not Found: is this the URL of a GitLab?")]
    NotFound(String),
    #[error("{0} answered 405 Method Not Allowed")]
    MethodNotAllowed(String),
    #[error("{0} {1}")]
    Failed(String, String),
}

impl From<RequestError> for Failure {
    fn from(error: RequestError) -> Self {
        Self::new(error)
    }
}

/// Why one attempt gave no answer that can be used.
enum Attempt {
    /// Another one may succeed, after that time if GitLab named one.
    Temporary(String, Option<Duration>),
    Final(String),
}

impl Page {
    /// An error about the contents of the page.
    pub fn error(&self, problem: &str) -> Failure {
        Failure::new(format!("the answer of {} {problem}", self.url))
    }
}

impl Gitlab {
    pub fn new(base: BaseUrl, token: Token) -> Self {
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_idle_connections_per_host(CONCURRENCY)
            .user_agent(concat!("accountd/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls);
        // A proxy would read the token of a request without TLS.
        let config = if base.0.scheme() == "http" { config.proxy(None) } else { config };
        let agent = ureq::Agent::new_with_config(config.build());
        Self { base, agent, token, paused_until: Mutex::new(Instant::now()), has_answered: AtomicBool::new(false) }
    }

    pub fn base(&self) -> &str {
        self.base.as_str()
    }

    /// Reads one page of a list, with the path below `/api/v4`.
    ///
    /// # Errors
    /// There is no answer, or one that is not such a page.
    pub fn page(&self, path: &str, query: &str) -> Result<Page, RequestError> {
        let url = format!("{}/api/v4{path}?{query}", self.base.as_str());
        let (status, headers, text) = self.send(&url)?;
        match status {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Err(RequestError::NotFound(url)),
            StatusCode::METHOD_NOT_ALLOWED => return Err(RequestError::MethodNotAllowed(url)),
            status => return Err(RequestError::Failed(url, refusal(status, &headers))),
        }
        let objects = serde_json::from_slice::<Vec<Object>>(&text).map_err(|error| {
            let what =
                if serde_json::from_slice::<Value>(&text).is_ok() { "not a list of objects" } else { "not JSON" };
            let problem = format!("answered with text that is {what} ({error}): is this the URL of a GitLab?");
            RequestError::Failed(url.clone(), problem)
        })?;
        Ok(Page { next: next_query(&headers), url, objects })
    }

    /// Sends a request until there is an answer that is not a temporary failure.
    fn send(&self, url: &str) -> Result<(StatusCode, HeaderMap, Vec<u8>), RequestError> {
        let failed = |problem| RequestError::Failed(url.to_owned(), problem);
        let mut pause = FIRST_PAUSE;
        for attempt in 1.. {
            self.wait_for_pause();
            let (problem, retry_after) = match self.attempt(url) {
                Ok(answer) => return Ok(answer),
                Err(Attempt::Final(problem)) => return Err(failed(problem)),
                Err(Attempt::Temporary(problem, retry_after)) => (problem, retry_after),
            };
            if attempt == MAX_ATTEMPTS {
                return Err(failed(format!("{problem}, {attempt} times in a row")));
            }
            let wait = retry_after.unwrap_or(pause);
            if wait > LONGEST_RETRY_AFTER {
                return Err(failed(format!("{problem} and asks to wait for {} s, which is too long", wait.as_secs())));
            }
            self.pause_for(wait);
            pause = (pause * 3).min(LONGEST_PAUSE);
        }
        Err(failed("was not sent".into()))
    }

    fn attempt(&self, url: &str) -> Result<(StatusCode, HeaderMap, Vec<u8>), Attempt> {
        let request = self.agent.get(url).header(AUTHORIZATION, format!("Bearer {}", self.token.expose()));
        let response = request.call().map_err(|error| self.no_answer(&error))?;
        let (parts, mut body) = response.into_parts();
        let text = body.with_config().limit(MAX_BYTES).read_to_vec().map_err(|error| self.no_answer(&error))?;
        self.has_answered.store(true, Ordering::Relaxed);
        match parts.status {
            StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => {
                let seconds = header(&parts.headers, &RETRY_AFTER).and_then(|text| text.parse().ok());
                Err(Attempt::Temporary(format!("answered {}", parts.status), seconds.map(Duration::from_secs)))
            }
            status => Ok((status, parts.headers, text)),
        }
    }

    fn no_answer(&self, error: &ureq::Error) -> Attempt {
        use ureq::Error::{BodyExceedsLimit, ConnectionFailed, HostNotFound, Io, Protocol, Timeout};
        match error {
            BodyExceedsLimit(_) => Attempt::Final(format!("answered with more than {} MiB", MAX_BYTES >> 20)),
            Io(_) | Timeout(_) | Protocol(_) | ConnectionFailed | HostNotFound
                if self.has_answered.load(Ordering::Relaxed) =>
            {
                Attempt::Temporary(format!("did not answer: {error}"), None)
            }
            error => Attempt::Final(format!("did not answer: {error}")),
        }
    }

    fn pause_for(&self, wait: Duration) {
        let mut until = self.paused_until.lock().unwrap_or_else(PoisonError::into_inner);
        *until = (*until).max(Instant::now() + wait);
    }

    fn wait_for_pause(&self) {
        loop {
            let until = *self.paused_until.lock().unwrap_or_else(PoisonError::into_inner);
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            sleep(left);
        }
    }
}

/// A header without anything that could act on a terminal.
fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// What a status means for a recording.
fn refusal(status: StatusCode, headers: &HeaderMap) -> String {
    match status {
        StatusCode::UNAUTHORIZED => format!("answered {status}: the token is wrong, expired or revoked"),
        StatusCode::FORBIDDEN => format!(
            "answered {status}: the token must be an administrator's, with the scope read_api (and admin_mode, where \
             GitLab's Admin Mode is on)"
        ),
        status if status.is_redirection() => {
            let to = header(headers, &LOCATION).unwrap_or("another URL");
            format!("answered {status} with a redirect to {to}: the token is sent to no other URL than --from-gitlab")
        }
        status => format!("answered {status}"),
    }
}

/// The query of the link to the next page (RFC 8288). The rest of the URL is what GitLab calls itself, which a proxy in
/// front of it may know better.
fn next_query(headers: &HeaderMap) -> Option<String> {
    let links = headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok());
    let next = links.flat_map(|links| links.split(",")).find_map(|link| {
        let (url, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let is_next = |parameter: &str| matches!(parameter.trim(), r#"rel="next""# | "rel=next");
        parameters.split(';').any(is_next).then_some(url)
    })?;
    let (_, query) = next.split_once('?')?;
    let is_plain = query.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"#\\^`{|}".contains(&byte));
    is_plain.then(|| query.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ureq::http::HeaderValue;

    fn next(link: &'static str) -> Option<String> {
        next_query(&HeaderMap::from_iter([(LINK, HeaderValue::from_static(link))]))
    }

    #[test]
    fn only_the_query_of_the_next_link_is_used() {
        let first = r#"<https://gitlab.example.com/api/v4/users?page=1>; rel="first""#;
        assert_eq!(next(first), None);
        assert_eq!(
            next(r#"<https://other.example/x?id_after=42&per_page=100>; rel="next""#).unwrap(),
            "id_after=42&per_page=100"
        );
        assert_eq!(
            next(
                r#"<http://h/u?page=1>; rel="prev", <http://h/u?page=3>; rel="next", <http://h/u?page=9>; rel="last""#
            )
            .unwrap(),
            "page=3"
        );
        for bad in ["", "<", "<http://h/u?page=2>", r#"<http://h/u>; rel="next""#, "http://h/u?page=2; rel=next"] {
            assert_eq!(next(bad), None, "{bad}");
        }
    }

    #[test]
    fn without_tls_the_token_goes_to_this_machine_only() {
        let base = |text| BaseUrl::parse(text).unwrap();
        for private in
            ["https://gitlab.example.com", "http://127.0.0.1:8080/", "http://[::1]", "http://localhost/gitlab"]
        {
            assert!(base(private).is_private(), "{private}");
        }
        for public in ["http://gitlab.example.com", "http://127.0.0.1.example.com", "http://localhost.example.com"] {
            assert!(!base(public).is_private(), "{public}");
        }
        for bad in [
            "gitlab.example.com",
            "ftp://x.example",
            "https://u:p@x.example",
            "https://x.example/?a",
            "https://x.example/#a",
        ] {
            assert!(BaseUrl::parse(bad).is_err(), "{bad}");
        }
        for spelling in ["https://x.example", "https://x.example/", "https://x.example/api/v4/"] {
            assert_eq!(base(spelling).as_str(), "https://x.example");
        }
        assert_eq!(base("https://x.example/gitlab/").as_str(), "https://x.example/gitlab");
    }
}
