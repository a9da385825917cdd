//! Parsing costs time and memory in proportion to the input: each piece of a dictionary, repeated until the input is as
//! large as it can be.

use crate::dictionary;
use crate::targets::{bodies, credentials, paging, values};
use accountd::domain::{KeyPolicy, SshKey};
use std::time::{Duration, Instant};

/// The largest head and body that the server accepts. A key is parsed up to 16 KiB and refused unread beyond. An
/// archive comes from the operator and has no limit.
const HEAD: usize = 64 << 10;
const BODY: usize = 1 << 20;

/// The bytes that may be allocated per byte of input, and for an empty input. Many tiny fields cost most: each takes an
/// index entry, a copy and a decoded copy.
const BYTES_PER_BYTE: usize = 64;
const FIXED_BYTES: usize = 512 << 10;

/// Far longer than linear time takes on any machine; quadratic time would take hours.
const WATCHDOG: Duration = Duration::from_secs(20);

fn assert_linear_cost(what: &str, input: &[u8], check: impl Fn(&[u8])) {
    let start = Instant::now();
    // Counts this thread alone.
    let allocated = allocation_counter::measure(|| check(input)).bytes_total;
    let limit = (FIXED_BYTES + BYTES_PER_BYTE * input.len()) as u64;
    assert!(allocated <= limit, "{what}: {allocated} bytes for an input of {}", input.len());
    assert!(start.elapsed() < WATCHDOG, "{what}: {:?} for an input of {} bytes", start.elapsed(), input.len());
}

/// Repeats each piece, and each pair of a piece and another, until the input has `size` bytes.
fn check_repetitions(prefix: &str, pieces: &[&str], size: usize, check: impl Fn(&[u8])) {
    for (at, piece) in pieces.iter().enumerate() {
        let other = pieces[(at * 7 + 3) % pieces.len()];
        for unit in [(*piece).to_owned(), format!("{piece}{other}")] {
            let mut input = format!("{prefix}{}", unit.repeat(size / unit.len())).into_bytes();
            input.truncate(prefix.len() + size);
            assert_linear_cost(&format!("{prefix:?} and {unit:?} repeated"), &input, &check);
        }
    }
}

/// Without the counting allocator every cost would be zero.
#[test]
fn allocations_are_counted() {
    let counted = allocation_counter::measure(|| drop(Vec::<u8>::with_capacity(1 << 20)));
    assert_eq!(counted.bytes_total, 1 << 20);
}

#[test]
fn a_body_is_parsed_at_linear_cost() {
    for content_type in ["application/json\n{\"a\":", "application/x-www-form-urlencoded\n", "\n"] {
        check_repetitions(content_type, dictionary::BODY, BODY / 4, bodies::cost);
    }
    check_repetitions("multipart/form-data; boundary=B\n--B\r\n", dictionary::BODY, BODY / 4, bodies::cost);
}

#[test]
fn a_key_is_parsed_at_linear_cost() {
    // The longest key that is parsed, and one that must be refused unread.
    for size in [16 * 1024 - 200, BODY / 4] {
        check_repetitions("ssh-ed25519 ", dictionary::KEY, size, |input| {
            drop(SshKey::parse(&String::from_utf8_lossy(input), KeyPolicy::default()))
        });
    }
}

#[test]
fn a_header_is_parsed_at_linear_cost() {
    for scheme in ["Basic ", "Bearer "] {
        check_repetitions(scheme, dictionary::HEADER, HEAD, credentials::cost);
    }
}

#[test]
fn a_query_is_parsed_at_linear_cost() {
    check_repetitions("page=2&", dictionary::QUERY, HEAD, paging::cost);
}

#[test]
fn a_value_is_parsed_at_linear_cost() {
    check_repetitions("", dictionary::VALUE, HEAD, values::check);
}
