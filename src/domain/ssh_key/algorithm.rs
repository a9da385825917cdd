//! The accepted types of keys, and the types that are refused with an explanation.

use super::{Refusal, WHITE};

/// An accepted type of key.
pub(super) struct Algorithm {
    pub name: &'static str,
    /// How many length-prefixed fields the blob has after the name of the type.
    pub fields: usize,
}

/// The fields are those of RFC 4253 section 6.6 (exponent, modulus), RFC 5656 section 3.1 (curve, point), RFC 8709
/// section 4 (point) and OpenSSH's PROTOCOL.u2f (the same, then the application).
const ACCEPTED: [Algorithm; 7] = [
    Algorithm { name: "ssh-rsa", fields: 2 },
    Algorithm { name: "ecdsa-sha2-nistp256", fields: 2 },
    Algorithm { name: "ecdsa-sha2-nistp384", fields: 2 },
    Algorithm { name: "ecdsa-sha2-nistp521", fields: 2 },
    Algorithm { name: "ssh-ed25519", fields: 1 },
    Algorithm { name: "sk-ecdsa-sha2-nistp256@openssh.com", fields: 3 },
    Algorithm { name: "sk-ssh-ed25519@openssh.com", fields: 2 },
];

fn accepted(name: &str) -> Option<&'static Algorithm> {
    ACCEPTED.iter().find(|known| known.name == name)
}

/// Splits a trimmed text into the type and the rest. Refuses texts without a key, with several keys, or with other text
/// before the key.
pub(super) fn split(text: &str) -> Result<(&'static Algorithm, &str), Refusal> {
    let (name, rest) = text.split_once(WHITE).unwrap_or((text, ""));
    if holds_key(rest) {
        return Err(if is_type(name) { Refusal::SeveralKeys } else { Refusal::TextBeforeKey });
    }
    match accepted(name) {
        Some(algorithm) => Ok((algorithm, rest)),
        None if name == DSA => Err(Refusal::Dsa),
        None if is_certificate(name) => Err(Refusal::Certificate),
        None if may_be_repeated(name) && words(rest).next().is_some_and(begins_blob) => {
            Err(Refusal::UnknownType(name.to_owned()))
        }
        None => Err(Refusal::NotAKey),
    }
}

const DSA: &str = "ssh-dss";

/// Whether the text has a type followed by the start of a blob, also in the middle of a line: two lines may have lost
/// the break between them.
fn holds_key(text: &str) -> bool {
    words(text).zip(words(text).skip(1)).any(|(name, data)| is_type(name) && begins_blob(data))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(WHITE).filter(|word| !word.is_empty())
}

fn is_type(name: &str) -> bool {
    accepted(name).is_some() || name == DSA || is_certificate(name)
}

fn is_certificate(name: &str) -> bool {
    name.ends_with("-cert-v01@openssh.com") || name.ends_with("-cert-v00@openssh.com")
}

/// Whether the word looks like a blob. A blob begins with a small number in four bytes, the length of its type's name;
/// in base64 the three zero bytes are `AAAA`.
fn begins_blob(word: &str) -> bool {
    word.starts_with("AAAA")
}

/// Whether a message may repeat the word as the name of a type. Stricter than RFC 4251 section 6, so that no part of a
/// secret is repeated.
fn may_be_repeated(word: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.@".contains(&b);
    word.len() <= 48
        && word.starts_with(|first: char| first.is_ascii_lowercase())
        && word.contains('-')
        && word.bytes().all(allowed)
}
