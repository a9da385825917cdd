//! SSH public keys (SPEC 6): one line of OpenSSH's format, checked whole before anything keeps it.
//!
//! A text goes down four steps, and each refuses in its own words ([`Refusal`]):
//!
//! 1. `foreign`: other formats, private keys first, so that no later step ever works on one;
//! 2. `algorithm`: the type at the line's start, against the list of what is accepted;
//! 3. `folded`: the base64 after it, through white space, up to where the blob's own lengths end;
//! 4. `key_data`: what the blob holds.
//!
//! What then follows white space, up to the end of the line, is the comment.

mod algorithm;
mod fingerprint;
mod folded;
mod foreign;
mod key_data;
mod md5;
mod refusal;

use ::md5::Md5;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use sha2::{Digest as _, Sha256};

use folded::Folded;

use super::single_line_text::breaks_a_line;

pub use fingerprint::{Fingerprint, FingerprintError};
pub use md5::{AnyFingerprint, Md5Fingerprint};
pub use refusal::Refusal;

/// The longest text that is looked at, in bytes: five times a 16384-bit key in base64.
const MAX_BYTES: usize = 16 * 1024;

/// OpenSSH's own floor (`SSH_RSA_MINIMUM_MODULUS_SIZE`), in bits.
const OPENSSH_MIN_RSA_BITS: u32 = 1024;

/// What counts as white space around and inside a key. Others (vertical tab, no-break space) do not
/// come from wrapping a line.
const WHITE: [char; 4] = [' ', '\t', '\r', '\n'];

/// What an install demands beyond the fixed rules.
#[derive(Clone, Copy, Debug)]
pub struct KeyPolicy {
    /// The shortest RSA modulus accepted, in bits. A value under 1024 means 1024.
    pub min_rsa_bits: u32,
}

impl Default for KeyPolicy {
    fn default() -> Self {
        Self { min_rsa_bits: OPENSSH_MIN_RSA_BITS }
    }
}

/// One public key of an accepted type. Equality covers the comment; compare [`SshKey::fingerprint`]
/// to ask for the same key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SshKey {
    line: String,
    fingerprint: Fingerprint,
}

impl SshKey {
    /// Parses `type base64 [comment]`.
    ///
    /// - White space before and after is dropped, as is a byte order mark. White space inside the
    ///   base64 is folded away, line breaks too.
    /// - The blob knows its own length, so its end is known without the line's help. The comment is
    ///   what follows it after white space: to the end of that line, inner blanks kept as they are,
    ///   outer ones dropped. It holds no line break, tab or other control character, nor any that
    ///   turns the direction of text. Further lines are refused: a second key as
    ///   [`Refusal::SeveralKeys`], other text as [`Refusal::CommentCharacters`].
    /// - At most 16 KiB in all.
    ///
    /// # Errors
    /// The first rule broken. No [`Refusal`] carries the input, beyond the name of an unknown type.
    pub fn parse(text: &str, policy: KeyPolicy) -> Result<Self, Refusal> {
        // First, so that nothing below needs to mind how its cost grows.
        if text.len() > MAX_BYTES {
            return Err(Refusal::TooLong);
        }
        // Editors on Windows put the mark at the start of a saved file.
        let text = text.trim_start_matches('\u{feff}').trim_matches(WHITE);
        if text.is_empty() {
            return Err(Refusal::Empty);
        }
        foreign::refuse(text)?;
        let (algorithm, rest) = algorithm::split(text)?;
        let (blob, rest) = Folded::new(rest).read_blob(algorithm)?;
        key_data::bits(&blob, policy)?;
        let comment = comment(rest)?;

        let mut line = format!("{algorithm} {}", BASE64_STANDARD.encode(&blob));
        if !comment.is_empty() {
            line.push(' ');
            line.push_str(comment);
        }
        Ok(Self { line, fingerprint: Fingerprint::from_bytes(Sha256::digest(&blob).into()) })
    }

    /// A line that the database holds, with the fingerprint that is stored beside it: reading a key
    /// back costs no decoding.
    pub(crate) fn stored(line: String, fingerprint: Fingerprint) -> Self {
        Self { line, fingerprint }
    }

    /// The one line that is stored and answered: `type base64 [comment]`, without a line break.
    pub fn as_str(&self) -> &str {
        &self.line
    }

    /// `type base64`, as `authorized_keys` needs it.
    pub fn without_comment(&self) -> &str {
        &self.line[..self.line.len() - self.after_base64().len()]
    }

    /// The comment, or `""`.
    pub fn comment(&self) -> &str {
        // Without the one blank that parts the two.
        self.after_base64().get(1..).unwrap_or("")
    }

    fn after_base64(&self) -> &str {
        self.line.match_indices(' ').nth(1).map_or("", |(at, _)| &self.line[at..])
    }

    /// The type, as it stands in the line: `ssh-ed25519`.
    pub fn algorithm(&self) -> &str {
        self.line.split(' ').next().unwrap_or("")
    }

    fn blob(&self) -> Vec<u8> {
        let base64 = self.line.split(' ').nth(1).unwrap_or("");
        BASE64_STANDARD.decode(base64).unwrap_or_default()
    }

    /// The size as `ssh-keygen -l` prints it: the modulus of an RSA key, the field of a curve.
    pub fn bits(&self) -> u32 {
        // The blob was looked at when the key was parsed, so there is no failing here.
        key_data::bits(&self.blob(), KeyPolicy::default()).unwrap_or(0)
    }

    /// The MD5 hash of the blob, without comment.
    pub fn md5_fingerprint(&self) -> Md5Fingerprint {
        Md5Fingerprint::from_bytes(Md5::digest(self.blob()).into())
    }

    /// The SHA-256 hash of the blob, without comment.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }
}

/// Takes what follows the base64 as a comment. Line breaks are still in it, and refused with the other
/// control characters: one of them in a stored line would forge a line for sshd.
fn comment(rest: &str) -> Result<&str, Refusal> {
    let comment = rest.trim_start_matches([' ', '\t']).trim_end_matches(WHITE);
    if comment.contains(breaks_a_line) {
        return Err(Refusal::CommentCharacters);
    }
    Ok(comment)
}

#[cfg(test)]
mod tests;
