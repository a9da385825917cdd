//! The name of one request, in the answer's `X-Request-Id` and in the logs.

use std::fmt;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use hyper::HeaderMap;
use hyper::header::{HeaderName, HeaderValue};

pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The caller's own, if it is 1 to 128 of `[A-Za-z0-9._-]`, else a new one of 24 hexadecimal
/// digits.
///
/// Kept as the header value it becomes, so that neither a clone nor the answer's header copies it.
#[derive(Clone, PartialEq, Eq)]
pub struct RequestId(HeaderValue);

impl RequestId {
    pub(super) fn of(headers: &HeaderMap) -> RequestId {
        match headers.get(X_REQUEST_ID) {
            Some(given) if is_sane(given.as_bytes()) => RequestId(given.clone()),
            _ => RequestId::new(),
        }
    }

    fn new() -> RequestId {
        /// 48 random bits, so that two runs of the server do not give the same ids.
        static PROCESS: LazyLock<u64> = LazyLock::new(|| getrandom::u64().unwrap_or_default());
        static REQUESTS: AtomicU64 = AtomicU64::new(1);

        let number = REQUESTS.fetch_add(1, Ordering::Relaxed);
        let mut digits = [0; 24];
        write_hex(&mut digits[..12], *PROCESS);
        write_hex(&mut digits[12..], number);
        let value = HeaderValue::from_maybe_shared(Bytes::from_owner(digits));
        RequestId(value.unwrap_or(HeaderValue::from_static("unnamed")))
    }

    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    pub(super) fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn is_sane(id: &[u8]) -> bool {
    (1..=128).contains(&id.len()) && id.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte))
}

/// The lowest digits of the number, as many as there is room for.
fn write_hex(digits: &mut [u8], mut number: u64) {
    for digit in digits.iter_mut().rev() {
        *digit = b"0123456789abcdef"[(number & 0xf) as usize];
        number >>= 4;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(id: &[u8]) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(X_REQUEST_ID, HeaderValue::from_bytes(id).unwrap());
        RequestId::of(&headers).to_string()
    }

    #[test]
    fn a_sane_id_is_the_callers() {
        let longest = "x".repeat(128);
        for id in ["a", "7f3a-9c1e.B_2", longest.as_str()] {
            assert_eq!(given(id.as_bytes()), id);
        }
    }

    #[test]
    fn any_other_is_replaced() {
        let long = "x".repeat(129);
        for id in [&b""[..], b"a b", b"a\"b", b"a,b", b"<a>", b"caf\xe9", b"a\tb", long.as_bytes()] {
            let new = given(id);
            assert!(new.len() == 24 && new.bytes().all(|byte| byte.is_ascii_hexdigit()), "{new}");
        }
    }

    #[test]
    fn new_ids_differ_and_share_the_prefix_of_the_process() {
        let (first, second) = (RequestId::new(), RequestId::new());
        assert_ne!(first, second);
        assert_eq!(first.as_str()[..12], second.as_str()[..12]);
        assert_eq!(first.header().as_bytes(), first.as_str().as_bytes());
    }
}
