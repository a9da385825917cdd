//! Guessing passwords, and what the server believes about who is guessing.

mod limits;
mod proxies;
mod sources;

use crate::harness::{Answer, Call, Server};
use serde_json::json;

/// With a proxy on this host that says where calls come from.
pub fn limited(rate: &str) -> Server {
    Server::demo_with(&["--login-rate", rate, "--trusted-proxy", "127.0.0.1"])
}

/// `GET` of an own profile with a password.
pub fn basic(server: &Server, login: &str, password: &str) -> Call {
    server.get("/api/v1.1/users/john_smith/").basic(login, password)
}

/// `POST /session`.
pub fn session(server: &Server, login: &str, password: &str) -> Call {
    server.post("/api/v3/session").json(json!({"login": login, "password": password}))
}

pub trait CalledFrom {
    /// As the proxy hands it on.
    fn called_from(self, address: &str) -> Self;
}

impl CalledFrom for Call {
    fn called_from(self, address: &str) -> Self {
        self.header("X-Forwarded-For", address)
    }
}

/// So often the same, and the statuses.
pub fn statuses(count: usize, call: &Call) -> Vec<u16> {
    (0..count).map(|_| call.clone().send().status).collect()
}

/// Checks that it is docker's refusal, whole, and gives the seconds to wait.
#[track_caller]
pub fn docker_throttled(answer: &Answer) -> u64 {
    assert_eq!(answer.status, 429, "{answer:?}");
    let seconds = retry_after(answer);
    let unit = if seconds == 1 { "second" } else { "seconds" };
    let detail = format!("Request was throttled. Expected available in {seconds} {unit}.");
    assert_eq!(answer.json(), json!({"detail": detail}));
    seconds
}

/// The same for gitlab's.
#[track_caller]
pub fn gitlab_throttled(answer: &Answer) -> u64 {
    assert_eq!(answer.status, 429, "{answer:?}");
    assert_eq!(answer.json(), json!({"message": "429 Too Many Requests"}));
    retry_after(answer)
}

#[track_caller]
fn retry_after(answer: &Answer) -> u64 {
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    // Nobody is asked for another credential.
    assert_eq!(answer.header("www-authenticate"), None);
    let [seconds] = answer.all("retry-after")[..] else { panic!("{answer:?}") };
    seconds.parse().unwrap()
}
