//! What an input costs: a piece that means something, as often as fits into the largest input there can be. Neither the
//! memory nor the time may grow faster than the input.

use crate::targets::{bodies, credentials, paging, values};
use crate::{ALLOCATOR, alone};
use accountd::domain::{KeyPolicy, SshKey};
use stats_alloc::Region;
use std::time::{Duration, Instant};

pub const BODY_PIECES: &[&str] = &[
    "application/json\n",
    "application/x-www-form-urlencoded\n",
    "multipart/form-data; boundary=B\n",
    "; charset=utf-8",
    "{",
    "}",
    "[",
    "]",
    "\"a\":",
    "\"email\":",
    "\"",
    "\\u00e9",
    "\\ud83d",
    "\\\"",
    ",",
    "null",
    "true",
    "1e9",
    "-0",
    "9223372036854775808",
    "[1,",
    "{\"a\":",
    "\u{feff}",
    " ",
    "\n",
    "a=",
    "&",
    "=",
    "%41",
    "%ff",
    "%",
    "+",
    "a[]=x&",
    "--B\r\n",
    "\r\n--B--",
    "Content-Disposition: form-data; name=\"a\"\r\n\r\n",
    "; filename=\"x\"",
    "name*=utf-8''a",
    "\r\n",
    "\r\n\r\n",
    "hunter2-hunter2",
    "\u{0}",
    "é",
    "admin=1&",
    "Content-Transfer-Encoding: base64\r\n",
];

pub const KEY_PIECES: &[&str] = &[
    "ssh-rsa ",
    "ssh-ed25519 ",
    "ecdsa-sha2-nistp256 ",
    "sk-ssh-ed25519@openssh.com ",
    "-cert-v01@openssh.com ",
    "AAAA",
    "AAAAC3NzaC1lZDI1NTE5AAAAI",
    "AAAAB3NzaC1yc2EAAAADAQABAAAB",
    "=",
    "==",
    "+",
    "/",
    " ",
    "\n",
    "\r\n",
    "\t",
    "\u{a0}",
    "\u{b}",
    "\u{2028}",
    "\u{202e}",
    "-----BEGIN OPENSSH PRIVATE KEY-----\n",
    "--BEGIN",
    "-----END ",
    "PRIVATE KEY-----",
    "---- BEGIN SSH2 PUBLIC KEY ----\n",
    "PuTTY-User-Key-File-3: ",
    "from=\"10.0.0.0/8\" ",
    "command=\"x\" ",
    "#",
    "\u{0}",
    "hunter2-hunter2",
    "jane@laptop",
    "\u{feff}",
];

pub const HEADER_PIECES: &[&str] = &[
    "Basic ",
    "bearer ",
    "BASIC",
    "Bearer",
    " ",
    "\t",
    "=",
    "dXNlcm5hbWU6cGFzc3dvcmQ=",
    "Og==",
    "OmE=",
    "/zr/",
    ":",
    ",",
    "\n",
    "hunter2-hunter2",
    "aHVudGVyMi1odW50ZXIyOmh1bnRlcjItaHVudGVyMg==",
    "Digest ",
    "\"",
    "acd_",
    "glpat-",
    "é",
];

pub const QUERY_PIECES: &[&str] = &[
    "page=",
    "per_page=",
    "&",
    "=",
    "1",
    "0",
    "-1",
    "18446744073709551615",
    "99999999999999999999",
    "private_token=",
    "private%5Ftoken=",
    "access_token=hunter2-hunter2",
    "hunter2-hunter2",
    "%26",
    "%3D",
    "%",
    "%zz",
    "%ff",
    "+",
    "%2B",
    "page%3D2",
    "search=",
    "a=b&a=b",
    ">;rel=\"next\"",
    "<",
    ",",
    ";",
    "%0d%0a",
    "é",
    "%C3%A9",
    "?",
    "\"",
];

pub const VALUE_PIECES: &[&str] = &[
    "@",
    ".",
    "..",
    "-",
    "_",
    "a",
    "A",
    ".git",
    ".atom",
    "example.com",
    "jane@example.com",
    "https://",
    "http://",
    "javascript:",
    "//",
    "\\",
    "\u{0}",
    "\n",
    "\u{2028}",
    "\u{202e}",
    "é",
    "xn--",
    "[127.0.0.1]",
    "\"",
    "<",
    "api",
    " ",
    "read_user",
    "profile_read",
    "$argon2id$v=19$m=19456,t=2,p=1$",
    "SHA256:",
    "0123456789abcdef",
    "%41",
    ":80",
    "?",
    "#",
];

pub const FIXTURE_PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "null",
    "true",
    "0",
    "-1",
    "4503599627370497",
    "9223372036854775807",
    "1e3",
    "\"id\": 7,",
    "\"username\": \"x\",",
    "\"emails\": [],",
    "\"primary\": true,",
    "\"verified\": false,",
    "\"state\": \"banned\",",
    "\"blocked\": true,",
    "\"token_hash\": \"00\",",
    "\"scopes\": [],",
    "\"api\"",
    "\"password\": \"hunter2-hunter2\",",
    "\"token\": \"hunter2-hunter2\",",
    "2014-02-12T17:58:01.431312Z",
    "9999-12-31T23:59:59Z",
    "-009999-01-01T00:00:00Z",
    "\\u0000",
    "\\u202e",
    "\\n",
    "é",
    "jane",
    "@example.com",
];

/// What hyper lets through: a head of 64 KiB, a body of 1 MiB. A key is looked at up to 16 KiB, and refused unseen
/// beyond that; a fixture is the operator's own.
const HEAD: usize = 64 << 10;
const BODY: usize = 1 << 20;

/// So many bytes for each byte of input, and as many for nothing. An index entry, a copy and a decoded copy of each of
/// many tiny fields is what costs most.
const BYTES_A_BYTE: usize = 64;
const BYTES_FOR_NOTHING: usize = 512 << 10;

/// No machine takes that long for what is linear; what is quadratic takes hours.
const WATCHDOG: Duration = Duration::from_secs(20);

fn costs_no_more_than_it_should(what: &str, input: &[u8], check: impl Fn(&[u8])) {
    let start = Instant::now();
    let region = Region::new(ALLOCATOR);
    check(input);
    let allocated = region.change().bytes_allocated;
    let most = BYTES_FOR_NOTHING + BYTES_A_BYTE * input.len();
    assert!(allocated <= most, "{what}: {allocated} bytes for an input of {}", input.len());
    assert!(start.elapsed() < WATCHDOG, "{what}: {:?} for an input of {} bytes", start.elapsed(), input.len());
}

/// Each piece, and each after another one, until `size` is reached.
fn repeated(prefix: &str, pieces: &[&str], size: usize, check: impl Fn(&[u8])) {
    let _alone = alone();
    for (at, piece) in pieces.iter().enumerate() {
        let other = pieces[(at * 7 + 3) % pieces.len()];
        for unit in [(*piece).to_owned(), format!("{piece}{other}")] {
            let mut input = format!("{prefix}{}", unit.repeat(size / unit.len())).into_bytes();
            input.truncate(prefix.len() + size);
            costs_no_more_than_it_should(&format!("{prefix:?} and {unit:?} again and again"), &input, &check);
        }
    }
}

#[test]
fn of_a_body() {
    for content_type in ["application/json\n{\"a\":", "application/x-www-form-urlencoded\n", "\n"] {
        repeated(content_type, BODY_PIECES, BODY / 4, bodies::cost);
    }
    repeated("multipart/form-data; boundary=B\n--B\r\n", BODY_PIECES, BODY / 4, bodies::cost);
}

#[test]
fn of_a_key() {
    // The longest that is looked at, and what must be refused before it is.
    for size in [16 * 1024 - 200, BODY / 4] {
        repeated("ssh-ed25519 ", KEY_PIECES, size, |input| {
            drop(SshKey::parse(&String::from_utf8_lossy(input), KeyPolicy::default()))
        });
    }
}

#[test]
fn of_a_header() {
    for scheme in ["Basic ", "Bearer "] {
        repeated(scheme, HEADER_PIECES, HEAD, credentials::cost);
    }
}

#[test]
fn of_a_query() {
    repeated("page=2&", QUERY_PIECES, HEAD, paging::cost);
}

#[test]
fn of_a_value() {
    repeated("", VALUE_PIECES, HEAD, values::check);
}
