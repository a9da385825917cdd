//! The accepted types of keys, and the types that are refused with an explanation.

use super::{Refusal, WHITE};
use std::fmt;

/// An accepted type of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Rsa,
    EcdsaP256,
    EcdsaP384,
    EcdsaP521,
    Ed25519,
    SkEcdsaP256,
    SkEd25519,
}

impl Algorithm {
    const ALL: [Self; 7] = [
        Self::Rsa,
        Self::EcdsaP256,
        Self::EcdsaP384,
        Self::EcdsaP521,
        Self::Ed25519,
        Self::SkEcdsaP256,
        Self::SkEd25519,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Rsa => "ssh-rsa",
            Self::EcdsaP256 => "ecdsa-sha2-nistp256",
            Self::EcdsaP384 => "ecdsa-sha2-nistp384",
            Self::EcdsaP521 => "ecdsa-sha2-nistp521",
            Self::Ed25519 => "ssh-ed25519",
            Self::SkEcdsaP256 => "sk-ecdsa-sha2-nistp256@openssh.com",
            Self::SkEd25519 => "sk-ssh-ed25519@openssh.com",
        }
    }

    /// How many length-prefixed fields the blob has after the name of the type: RFC 4253 section 6.6 (exponent, modulus),
    /// RFC 5656 section 3.1 (curve, point), RFC 8709 section 4 (point) and OpenSSH's PROTOCOL.u2f (the same, then the
    /// application).
    pub(super) fn fields(self) -> usize {
        match self {
            Self::Ed25519 => 1,
            Self::Rsa | Self::EcdsaP256 | Self::EcdsaP384 | Self::EcdsaP521 => 2,
            Self::SkEd25519 => 2,
            Self::SkEcdsaP256 => 3,
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Splits a trimmed text into the type and the rest. Refuses texts without a key, with several keys, or with other text
/// before the key.
pub(super) fn split(text: &str) -> Result<(Algorithm, &str), Refusal> {
    let (name, rest) = text.split_once(WHITE).unwrap_or((text, ""));
    if holds_key(rest) {
        return Err(if is_type(name) { Refusal::SeveralKeys } else { Refusal::TextBeforeKey });
    }
    match Algorithm::named(name) {
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
    Algorithm::named(name).is_some() || name == DSA || is_certificate(name)
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
