//! The headers that GitLab sends when a rate limit is exceeded (`doc/administration/settings/user_and_ip_rate_limits.md`,
//! "Response headers").

use hyper::header::{HeaderName, HeaderValue, RETRY_AFTER};
use jiff::Timestamp;

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
