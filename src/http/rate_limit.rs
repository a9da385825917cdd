//! The headers that GitLab sends when a rate limit is exceeded (`doc/administration/settings/user_and_ip_rate_limits.md`,
//! "Response headers").

use super::error::whole_seconds;
use hyper::header::{HeaderName, HeaderValue, RETRY_AFTER};
use jiff::Timestamp;
use std::time::Duration;
use warp::reply::Response;

/// A request beyond a limit.
pub struct Exceeded {
    /// GitLab's name of the limit.
    pub name: &'static str,
    /// Requests in a period.
    pub limit: u64,
    /// The requests of this period.
    pub observed: u64,
    /// Unix seconds, as the next.
    pub now: i64,
    /// When the next request is possible.
    pub reset: i64,
}

impl Exceeded {
    /// The first request beyond a limit that refuses without counting any further.
    pub fn after(name: &'static str, limit: u64, now: Timestamp, retry_after: Duration) -> Self {
        let now = now.as_second();
        let wait = whole_seconds(retry_after).try_into().unwrap_or(i64::MAX);
        Self { name, limit, observed: limit + 1, now, reset: now.saturating_add(wait) }
    }

    /// Sets the headers.
    pub fn add_to(&self, mut response: Response) -> Response {
        for (name, value) in self.headers() {
            response.headers_mut().insert(name, value);
        }
        response
    }

    pub fn headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        let time =
            Timestamp::from_second(self.reset).map(|time| time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string());
        let time = time.ok().and_then(|time| HeaderValue::try_from(time).ok());
        let header = |name: &'static str, value: HeaderValue| (HeaderName::from_static(name), value);
        let mut headers = vec![
            (RETRY_AFTER, HeaderValue::from(self.reset - self.now)),
            header("ratelimit-limit", self.limit.into()),
            header("ratelimit-name", HeaderValue::from_static(self.name)),
            header("ratelimit-observed", self.observed.into()),
            header("ratelimit-remaining", HeaderValue::from(0)),
            header("ratelimit-reset", self.reset.into()),
        ];
        headers.extend(time.map(|time| header("ratelimit-resettime", time)));
        headers
    }
}
