//! SSH public keys (SPEC 6): one line in OpenSSH's format, validated completely before it is stored.
//!
//! Parsing has four steps, each with refusals of its own ([`Refusal`]):
//!
//! 1. `foreign` refuses other formats, private keys first, so that no later step ever handles one;
//! 2. `algorithm` checks the type at the start of the line against the accepted ones;
//! 3. `folded` decodes the base64 after it, across white space, to where the blob's own lengths end;
//! 4. `key_data` checks the contents of the blob.
//!
//! The rest of the line, after white space, is the comment.

mod algorithm;
mod fingerprint;
mod folded;
mod foreign;
mod key_data;
mod md5;
mod refusal;

use super::single_line_text::breaks_a_line;
use ::md5::Md5;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use folded::Folded;
use sha2::{Digest as _, Sha256};

pub use fingerprint::{Fingerprint, FingerprintError};
pub use md5::{AnyFingerprint, Md5Fingerprint};
pub use refusal::Refusal;

/// The longest accepted text, in bytes: five times a 16384-bit key in base64.
const MAX_BYTES: usize = 16 * 1024;

/// OpenSSH's own floor (`SSH_RSA_MINIMUM_MODULUS_SIZE`), in bits.
const OPENSSH_MIN_RSA_BITS: u32 = 1024;

/// White space around and inside a key. Other characters, such as a vertical tab or a no-break space, do not come from
/// wrapping a line.
const WHITE: [char; 4] = [' ', '\t', '\r', '\n'];

/// The rules of an install beyond the fixed ones.
#[derive(Clone, Copy, Debug)]
pub struct KeyPolicy {
    /// The shortest accepted RSA key. A value under 1024 means 1024.
    pub min_rsa_bits: u32,
}

impl Default for KeyPolicy {
    fn default() -> Self {
        Self { min_rsa_bits: OPENSSH_MIN_RSA_BITS }
    }
}

/// Whether the text contains a private key, as far as that can be recognized.
pub fn is_private_key(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim_matches(WHITE);
    matches!(foreign::refuse(text), Err(Refusal::PrivateKey | Refusal::PuttyPrivateKey))
}

/// A public key of an accepted type. Equality includes the comment; compare [`SshKey::fingerprint`] to find the same
/// key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SshKey {
    line: String,
    fingerprint: Fingerprint,
}

impl SshKey {
    /// Parses `type base64 [comment]`.
    ///
    /// - White space before and after is removed, as is a byte order mark. White space and line breaks inside the
    ///   base64
    ///   are removed too.
    /// - The blob contains its own lengths, which tell where it ends. The comment is the rest of that line after white
    ///   space; blanks within it stay. It must not contain a line break, a tab, another control character, or a
    ///   character that changes the direction of text. Further lines are refused: a second key as
    ///   [`Refusal::SeveralKeys`], other text as [`Refusal::CommentCharacters`].
    /// - The text has at most 16 KiB.
    ///
    /// # Errors
    /// The first broken rule. No [`Refusal`] contains the input, except for the name of an unknown type.
    pub fn parse(text: &str, policy: KeyPolicy) -> Result<Self, Refusal> {
        // First, so that the cost of everything below is bounded.
        if text.len() > MAX_BYTES {
            return Err(Refusal::TooLong);
        }
        // Editors on Windows write a byte order mark at the start of a file.
        let text = text.trim_start_matches('\u{feff}').trim_matches(WHITE);
        if text.is_empty() {
            return Err(Refusal::Empty);
        }
        foreign::refuse(text)?;
        let (algorithm, rest) = algorithm::split(text)?;
        let (blob, rest) = Folded::new(rest).read_blob(algorithm)?;
        key_data::bits(&blob, policy)?;
        let comment = comment(rest)?;

        let mut line = format!("{} {}", algorithm.name, BASE64_STANDARD.encode(&blob));
        if !comment.is_empty() {
            line.push(' ');
            line.push_str(comment);
        }
        Ok(Self { line, fingerprint: Fingerprint::from_bytes(Sha256::digest(&blob).into()) })
    }

    /// Rebuilds a key that the database holds, with the fingerprint that is stored beside it: reading a key needs no
    /// decoding.
    pub(crate) fn stored(line: String, fingerprint: Fingerprint) -> Self {
        Self { line, fingerprint }
    }

    /// The stored line: `type base64 [comment]`, without a line break.
    pub fn as_str(&self) -> &str {
        &self.line
    }

    /// `type base64`, as in `authorized_keys`.
    pub fn without_comment(&self) -> &str {
        let end = self.line.match_indices(' ').nth(1).map_or(self.line.len(), |(at, _)| at);
        &self.line[..end]
    }

    /// The comment, or `""`.
    pub fn comment(&self) -> &str {
        self.part(2)
    }

    /// The type, as in the line: `ssh-ed25519`.
    pub fn algorithm(&self) -> &str {
        self.part(0)
    }

    /// The type as `ssh-keygen -l` prints it: `ED25519`.
    pub fn kind(&self) -> &'static str {
        match self.algorithm() {
            "ssh-rsa" => "RSA",
            "ssh-ed25519" => "ED25519",
            "sk-ssh-ed25519@openssh.com" => "ED25519-SK",
            "sk-ecdsa-sha2-nistp256@openssh.com" => "ECDSA-SK",
            _ => "ECDSA",
        }
    }

    /// The picture of the fingerprint that `ssh-keygen -lv` prints, in eleven lines.
    pub fn randomart(&self) -> String {
        let fingerprint = ssh_key::Fingerprint::Sha256(*self.fingerprint.as_bytes());
        fingerprint.to_randomart(&format!("[{} {}]", self.kind(), self.bits()))
    }

    fn part(&self, index: usize) -> &str {
        self.line.splitn(3, ' ').nth(index).unwrap_or("")
    }

    fn blob(&self) -> Vec<u8> {
        BASE64_STANDARD.decode(self.part(1)).unwrap_or_default()
    }

    /// The size as `ssh-keygen -l` prints it: the modulus of an RSA key, the field of a curve.
    pub fn bits(&self) -> u32 {
        // Cannot fail: the blob was checked when the key was parsed.
        key_data::bits(&self.blob(), KeyPolicy::default()).unwrap_or(0)
    }

    /// The MD5 hash of the blob.
    pub fn md5_fingerprint(&self) -> Md5Fingerprint {
        Md5Fingerprint::from_bytes(Md5::digest(self.blob()).into())
    }

    /// The SHA-256 hash of the blob.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }
}

/// The comment in the text after the base64. Line breaks are refused like other control characters: in a stored line,
/// one of them would forge a line for sshd.
fn comment(rest: &str) -> Result<&str, Refusal> {
    let comment = rest.trim_start_matches([' ', '\t']).trim_end_matches(WHITE);
    if comment.contains(breaks_a_line) {
        return Err(Refusal::CommentCharacters);
    }
    Ok(comment)
}

#[cfg(test)]
mod tests;
