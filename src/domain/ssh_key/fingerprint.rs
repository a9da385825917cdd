//! The SHA-256 fingerprint of a key.

use base64::prelude::{BASE64_STANDARD_NO_PAD, Engine as _};
use std::fmt;
use std::str::FromStr;

const PREFIX: &str = "SHA256:";

/// The SHA-256 hash of a key's blob, printed as `ssh-keygen -l` and sshd's log do: `SHA256:` and 43 characters of base64
/// without padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint([u8; 32]);

/// The text is not a fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a fingerprint is `SHA256:` and 43 characters of base64, as `ssh-keygen -l -f FILE` prints it")]
pub struct FingerprintError;

impl Fingerprint {
    /// Wraps a hash that was computed earlier.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The hash itself.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", BASE64_STANDARD_NO_PAD.encode(self.0))
    }
}

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Self, FingerprintError> {
        let base64 = text.strip_prefix(PREFIX).ok_or(FingerprintError)?;
        let bytes = BASE64_STANDARD_NO_PAD.decode(base64).map_err(|_| FingerprintError)?;
        bytes.try_into().map(Self).map_err(|_| FingerprintError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "SHA256:MQHWhS9nhzUezUdD42ytxubZoBKrZLbyBZzxCkmnxXc";

    #[test]
    fn a_printed_fingerprint_can_be_parsed() {
        let fingerprint: Fingerprint = TEXT.parse().unwrap();
        assert_eq!(fingerprint.to_string(), TEXT);
        assert_eq!(Fingerprint::from_bytes(*fingerprint.as_bytes()), fingerprint);
    }

    #[test]
    fn refuses_other_texts() {
        let hex = "MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48";
        let padded = format!("{TEXT}=");
        // The last character encodes four bits of the hash, so its two low bits must be zero.
        let stray_bits = format!("{}d", &TEXT[..TEXT.len() - 1]);
        let lower = TEXT.to_lowercase();
        for text in ["", "SHA256:", &TEXT[..40], &TEXT[7..], hex, &padded, &stray_bits, &lower] {
            assert_eq!(text.parse::<Fingerprint>(), Err(FingerprintError), "{text}");
        }
    }
}
