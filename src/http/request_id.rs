//! Names each request, in the response's `X-Request-Id` and in the logs.

use crate::domain::Random;
use bytes::Bytes;
use hyper::HeaderMap;
use hyper::header::{HeaderName, HeaderValue};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The name of one request, in the response's `X-Request-Id` and in the logs: the caller's own, if it is 1 to 128 of
/// `[A-Za-z0-9._-]`, else a new one of 24 hexadecimal digits.
///
/// It is kept as the header value that it becomes, so that neither a clone nor the response copies it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(HeaderValue);

/// Numbers requests. The ids begin with 48 random bits, so that two runs of the server do not give the same ones.
#[derive(Debug)]
pub struct RequestIds {
    prefix: [u8; 12],
    requests: AtomicU64,
}

impl RequestIds {
    pub fn new(random: &Random) -> Self {
        let mut start = [0; 8];
        // Ids that repeat those of another run are better than no requests.
        let _ = random.fill(&mut start);
        let mut prefix = [0; 12];
        write_hex(&mut prefix, u64::from_le_bytes(start));
        Self { prefix, requests: AtomicU64::new(1) }
    }

    pub(super) fn of(&self, headers: &HeaderMap) -> RequestId {
        match headers.get(X_REQUEST_ID) {
            Some(given) if is_sane_id(given.as_bytes()) => RequestId(given.clone()),
            _ => self.next(),
        }
    }

    fn next(&self) -> RequestId {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let mut digits = [0; 24];
        digits[..12].copy_from_slice(&self.prefix);
        write_hex(&mut digits[12..], number);
        let value = HeaderValue::from_maybe_shared(Bytes::from_owner(digits));
        RequestId(value.unwrap_or(HeaderValue::from_static("unnamed")))
    }
}

impl RequestId {
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

fn is_sane_id(id: &[u8]) -> bool {
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
        RequestIds::new(&Random::SYSTEM).of(&headers).to_string()
    }

    #[test]
    fn a_sane_request_id_of_the_caller_is_kept() {
        let longest = "x".repeat(128);
        for id in ["a", "7f3a-9c1e.B_2", longest.as_str()] {
            assert_eq!(given(id.as_bytes()), id);
        }
    }

    #[test]
    fn any_other_request_id_is_replaced() {
        let long = "x".repeat(129);
        for id in [&b""[..], b"a b", b"a\"b", b"a,b", b"<a>", b"caf\xe9", b"a\tb", long.as_bytes()] {
            let new = given(id);
            assert!(new.len() == 24 && new.bytes().all(|byte| byte.is_ascii_hexdigit()), "{new}");
        }
    }

    #[test]
    fn new_request_ids_differ_and_share_their_beginning() {
        let ids = RequestIds::new(&Random::SYSTEM);
        let (first, second) = (ids.next(), ids.next());
        assert_ne!(first, second);
        assert_eq!(first.as_str()[..12], second.as_str()[..12]);
        assert_eq!(first.header().as_bytes(), first.as_str().as_bytes());
    }
}
