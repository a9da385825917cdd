//! The access log: one line for each request.

use std::borrow::Cow;
use std::cell::RefCell;
use std::io::Write;
use std::net::IpAddr;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hyper::Method;
use jiff::Timestamp;

use super::request::RequestId;
use crate::logs::Lines;

/// The `tracing` target of the access log, so that filters can redirect or silence it.
pub const ACCESS_LOG: &str = "accountd::access";

/// The destination of JSON lines.
static JSON: OnceLock<Lines> = OnceLock::new();

/// Writes the access log as JSON lines from now on, in the format of every other event. Without this, and for people,
/// it goes through `tracing` like every other event, which takes an eighth of the time of a whole request.
pub fn write_json(lines: Lines) {
    let _ = JSON.set(lines);
}

/// Whether the log filter includes the access log.
pub(super) fn is_wanted() -> bool {
    tracing::enabled!(target: ACCESS_LOG, tracing::Level::INFO)
}

/// A request that has ended.
#[derive(Clone, Copy)]
pub(super) struct Request<'a> {
    pub(super) method: &'a Method,
    /// Unchanged, still percent-encoded.
    pub(super) path: &'a str,
    pub(super) status: u16,
    pub(super) took: Duration,
    pub(super) id: &'a RequestId,
    pub(super) client: IpAddr,
    pub(super) user: Option<&'a str>,
}

impl Request<'_> {
    pub(super) fn log(self) {
        match JSON.get() {
            Some(lines) => lines.push_with(|line| self.push_json(line)),
            None => tracing::info!(
                target: ACCESS_LOG,
                method = self.method.as_str(),
                path = &*printable(self.path),
                status = self.status,
                us = self.took.as_micros() as u64,
                id = self.id.as_str(),
                client = %self.client,
                user = self.user,
            ),
        }
    }

    /// Appends the line in `tracing_subscriber`'s JSON format.
    fn push_json(self, line: &mut Vec<u8>) {
        line.extend_from_slice(b"{\"timestamp\":\"");
        push_time(line);
        line.extend_from_slice(b"\",\"level\":\"INFO\",\"method\":");
        push(line, self.method.as_str());
        line.extend_from_slice(b",\"path\":");
        push(line, &printable(self.path));
        line.extend_from_slice(b",\"status\":");
        push_number(line, self.status.into());
        line.extend_from_slice(b",\"us\":");
        push_number(line, self.took.as_micros() as u64);
        line.extend_from_slice(b",\"id\":");
        push(line, self.id.as_str());
        line.extend_from_slice(b",\"client\":\"");
        push_address(line, self.client);
        line.push(b'"');
        if let Some(user) = self.user {
            line.extend_from_slice(b",\"user\":");
            push(line, user);
        }
        line.extend_from_slice(b"}\n");
    }
}

/// Appends a text as a JSON string. Most texts need no escaping.
fn push(line: &mut Vec<u8>, text: &str) {
    // Without an early exit, so that the compiler can check many bytes in one step.
    let plain = |byte: u8| matches!(byte, b' '..=b'~') & (byte != b'"') & (byte != b'\\');
    if text.bytes().fold(true, |all, byte| all & plain(byte)) {
        line.push(b'"');
        line.extend_from_slice(text.as_bytes());
        line.push(b'"');
    } else {
        // Every text can be serialized, and writing to a vector does not fail.
        let _ = serde_json::to_writer(line, text);
    }
}

fn push_number(line: &mut Vec<u8>, number: u64) {
    let _ = serde_json::to_writer(line, &number);
}

fn push_address(line: &mut Vec<u8>, address: IpAddr) {
    match address {
        IpAddr::V4(address) => {
            for (at, octet) in address.octets().into_iter().enumerate() {
                if at > 0 {
                    line.push(b'.');
                }
                push_number(line, octet.into());
            }
        }
        IpAddr::V6(address) => drop(write!(line, "{address}")),
    }
}

/// Appends the present time in microseconds. The digits up to the second are formatted once a second.
fn push_time(line: &mut Vec<u8>) {
    thread_local! {
        /// Seconds since 1970, and their formatted text.
        static SECOND: RefCell<(u64, String)> = const { RefCell::new((u64::MAX, String::new())) };
    }

    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    SECOND.with_borrow_mut(|(second, text)| {
        if *second != now.as_secs() {
            *second = now.as_secs();
            let time = Timestamp::try_from(UNIX_EPOCH + Duration::from_secs(*second)).unwrap_or_default();
            *text = format!("{time:.0}").trim_end_matches('Z').to_owned();
        }
        line.extend_from_slice(text.as_bytes());
    });
    let (mut fraction, mut rest) = (*b".000000Z", now.subsec_micros());
    for digit in fraction[1..7].iter_mut().rev() {
        *digit += (rest % 10) as u8;
        rest /= 10;
    }
    line.extend_from_slice(&fraction);
}

/// A path as a short text of printable ASCII, so that no caller can forge or flood the log.
fn printable(path: &str) -> Cow<'_, str> {
    const LONGEST: usize = 512;

    if path.len() <= LONGEST && path.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Cow::Borrowed(path);
    }
    let mut escaped: String = path.chars().take(LONGEST).flat_map(char::escape_default).collect();
    if path.chars().nth(LONGEST).is_some() {
        escaped.push_str("...");
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::HeaderMap;
    use serde_json::{Value, json};

    #[test]
    fn a_path_cannot_forge_a_line() {
        assert_eq!(printable("/api/v3/users/1%0A"), "/api/v3/users/1%0A");
        assert_eq!(printable("/a\nb\u{1b}[31m\u{202e}"), "/a\\nb\\u{1b}[31m\\u{202e}");
        assert_eq!(printable("/é"), "/\\u{e9}");
        let long = printable(&"x".repeat(60_000)).into_owned();
        assert!(long.len() == 515 && long.ends_with("x..."));
    }

    #[test]
    fn a_line_is_json_whatever_the_caller_sent() {
        let (id, method) = (RequestId::of(&HeaderMap::new()), Method::GET);
        let mut request = Request {
            method: &method,
            path: "/a\"b\\c",
            status: 404,
            took: Duration::from_micros(1_234_567),
            id: &id,
            client: IpAddr::from([192, 0, 2, 7]),
            user: Some("jane"),
        };
        let json = |request: Request<'_>| {
            let mut line = Vec::new();
            request.push_json(&mut line);
            String::from_utf8(line).unwrap()
        };
        let before = Timestamp::now();
        let line = json(request);
        let mut line: Value = serde_json::from_str(line.strip_suffix('\n').unwrap()).unwrap();
        let time = line["timestamp"].take();
        let time = time.as_str().unwrap();
        let at: Timestamp = time.parse().unwrap();
        assert!(time.len() == "2030-01-01T00:00:00.000000Z".len(), "{time}");
        assert!(before.as_microsecond() <= at.as_microsecond() && at <= Timestamp::now(), "{before} {time}");
        let expected = json!({
            "timestamp": null, "level": "INFO", "method": "GET", "path": "/a\"b\\c", "status": 404, "us": 1_234_567,
            "id": id.as_str(), "client": "192.0.2.7", "user": "jane",
        });
        assert_eq!(line, expected);
        request.user = None;
        assert!(!json(request).contains("user"));
    }
}
