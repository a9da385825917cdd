//! Rate limits on wrong passwords, and the client addresses they count by.

mod addresses_and_names;
mod login_rate;
mod trusted_proxies;

use crate::harness::{Request, Response, Server};
use serde_json::json;

/// A server with this login rate that trusts a proxy on this host to name the client's address.
pub fn limited(rate: &str) -> Server {
    Server::demo_with(&["--login-rate", rate, "--trusted-proxy", "127.0.0.1"])
}

/// A `GET` of John's profile with these credentials.
pub fn basic(server: &Server, login: &str, password: &str) -> Request {
    server.get("/api/v1.1/users/john_smith/").basic(login, password)
}

/// A `POST /session` with these credentials.
pub fn session(server: &Server, login: &str, password: &str) -> Request {
    server.post("/api/v3/session").json(json!({"login": login, "password": password}))
}

pub trait CalledFrom {
    /// As if the proxy forwarded the request of a client at this address.
    fn called_from(self, address: &str) -> Self;
}

impl CalledFrom for Request {
    fn called_from(self, address: &str) -> Self {
        self.header("X-Forwarded-For", address)
    }
}

/// Sends the same request this many times and returns the statuses.
pub fn statuses(count: usize, call: &Request) -> Vec<u16> {
    (0..count).map(|_| call.clone().send().status).collect()
}

/// Checks for a complete 429 of the docker dialect, and returns the seconds to wait.
#[track_caller]
pub fn assert_docker_throttled(answer: &Response) -> u64 {
    assert_eq!(answer.status, 429, "{answer:?}");
    let seconds = retry_after(answer);
    let unit = if seconds == 1 { "second" } else { "seconds" };
    let detail = format!("Request was throttled. Expected available in {seconds} {unit}.");
    assert_eq!(answer.json(), json!({"detail": detail}));
    seconds
}

/// Checks for a complete 429 of the GitLab dialect, and returns the seconds to wait.
#[track_caller]
pub fn assert_gitlab_throttled(answer: &Response) -> u64 {
    assert_eq!(answer.status, 429, "{answer:?}");
    assert_eq!(answer.json(), json!({"message": "429 Too Many Requests"}));
    retry_after(answer)
}

#[track_caller]
fn retry_after(answer: &Response) -> u64 {
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    // Another credential would not help, so there is no challenge.
    assert_eq!(answer.header("www-authenticate"), None);
    let [seconds] = answer.all("retry-after")[..] else { panic!("{answer:?}") };
    seconds.parse().unwrap()
}
