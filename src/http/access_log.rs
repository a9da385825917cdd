//! The access log: one line for each request.

use super::request_id::RequestId;
use crate::domain::Clock;
use crate::logs::LogWriter;
use hyper::Method;
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::OnceLock;
use std::time::Duration;

/// The `tracing` target of the access log, so that filters can redirect or silence it.
pub const ACCESS_LOG: &str = "accountd::access";

static JSON: OnceLock<LogWriter> = OnceLock::new();

/// Writes the access log as JSON from now on, in the form that `tracing_subscriber` gives all other events. Without this,
/// and for humans, its lines are events; that takes 0.7 µs more as JSON, and 0.3 µs as text.
pub fn write_json(writer: LogWriter) {
    let _ = JSON.set(writer);
}

/// Whether the log filter lets the access log through.
pub(super) fn is_enabled() -> bool {
    tracing::enabled!(target: ACCESS_LOG, tracing::Level::INFO)
}

/// A request that has ended.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) method: &'a Method,
    /// Unchanged, still percent-encoded.
    pub(super) path: &'a str,
    pub(super) status: u16,
    pub(super) took: Duration,
    pub(super) id: &'a RequestId,
    pub(super) client: IpAddr,
    pub(super) user: Option<&'a str>,
}

/// A line of JSON, in the order of `tracing_subscriber`'s own.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(serialize_with = "to_the_microsecond")]
    timestamp: Timestamp,
    level: &'static str,
    method: &'a str,
    path: &'a str,
    status: u16,
    us: u64,
    id: &'a str,
    client: IpAddr,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
}

fn to_the_microsecond<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{time:.6}"))
}

impl Entry<'_> {
    pub(super) fn write(self) {
        match JSON.get() {
            Some(writer) => writer.write_with(|line| self.push_json(line)),
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

    fn push_json(self, line: &mut Vec<u8>) {
        let entry = Line {
            timestamp: Clock::MACHINE.now(),
            level: "INFO",
            method: self.method.as_str(),
            path: &printable(self.path),
            status: self.status,
            us: self.took.as_micros() as u64,
            id: self.id.as_str(),
            client: self.client,
            user: self.user,
        };
        // Every text and number can be serialized, and writing to a vector does not fail.
        let _ = serde_json::to_writer(&mut *line, &entry);
        line.push(b'\n');
    }
}

/// Escapes and shortens a path to printable ASCII, so that no caller can forge a line or flood the log.
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
    use crate::domain::Random;
    use crate::http::request_id::RequestIds;
    use hyper::HeaderMap;
    use serde_json::Value;

    #[test]
    fn a_path_cannot_forge_a_line() {
        assert_eq!(printable("/api/v3/users/1%0A"), "/api/v3/users/1%0A");
        assert_eq!(printable("/a\nb\u{1b}[31m\u{202e}"), "/a\\nb\\u{1b}[31m\\u{202e}");
        assert_eq!(printable("/é"), "/\\u{e9}");
        let long = printable(&"x".repeat(60_000)).into_owned();
        assert!(long.len() == 515 && long.ends_with("x..."));
    }

    #[test]
    fn a_line_is_json_with_its_fields_in_order() {
        let (id, method) = (RequestIds::new(&Random::SYSTEM).of(&HeaderMap::new()), Method::GET);
        let mut entry = Entry {
            method: &method,
            path: "/a\"b\\c",
            status: 404,
            took: Duration::from_micros(1_234_567),
            id: &id,
            client: IpAddr::from([192, 0, 2, 7]),
            user: Some("jane"),
        };
        let json = |entry: Entry<'_>| {
            let mut line = Vec::new();
            entry.push_json(&mut line);
            String::from_utf8(line).unwrap()
        };
        let before = Clock::MACHINE.now();
        let line = json(entry);
        let parsed: Value = serde_json::from_str(&line).unwrap();
        let time = parsed["timestamp"].as_str().unwrap();
        let at: Timestamp = time.parse().unwrap();
        assert!(time.len() == "2030-01-01T00:00:00.000000Z".len(), "{time}");
        assert!(before.as_microsecond() <= at.as_microsecond() && at <= Clock::MACHINE.now(), "{before} {time}");
        let expected = format!(
            r#"{{"timestamp":"{time}","level":"INFO","method":"GET","path":"/a\"b\\c","status":404,"us":1234567,"id":"{}","client":"192.0.2.7","user":"jane"}}"#,
            id.as_str()
        );
        assert_eq!(line.strip_suffix('\n'), Some(&*expected));
        entry.user = None;
        assert!(!json(entry).contains("user"));
    }
}
