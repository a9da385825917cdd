//! The MD5 fingerprint of a key, which older programs still look keys up by.

use super::{Fingerprint, FingerprintError};
use std::fmt;
use std::str::FromStr;

/// The MD5 hash of a key's blob, as `ssh-keygen -l -E md5` prints it: `MD5:` and 16 pairs of hexadecimal digits.
/// It can find a key, but does not rule out a forged one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Md5Fingerprint([u8; 16]);

impl Md5Fingerprint {
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for Md5Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MD5")?;
        self.0.iter().try_for_each(|byte| write!(f, ":{byte:02x}"))
    }
}

impl FromStr for Md5Fingerprint {
    type Err = FingerprintError;

    /// With or without `MD5:`, as GitLab takes it.
    fn from_str(text: &str) -> Result<Self, FingerprintError> {
        let pairs = text.strip_prefix("MD5:").unwrap_or(text).split(':');
        let byte = |pair: &str| {
            let digits = pair.len() == 2 && pair.bytes().all(|digit| digit.is_ascii_hexdigit());
            digits.then(|| u8::from_str_radix(pair, 16).ok()).flatten().ok_or(FingerprintError)
        };
        let bytes = pairs.map(byte).collect::<Result<Vec<u8>, _>>()?;
        bytes.try_into().map(Self).map_err(|_| FingerprintError)
    }
}

/// A fingerprint of either kind, as a client sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnyFingerprint {
    Sha256(Fingerprint),
    Md5(Md5Fingerprint),
}

impl FromStr for AnyFingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Self, FingerprintError> {
        match text.parse() {
            Ok(fingerprint) => Ok(Self::Sha256(fingerprint)),
            Err(error) => text.parse().map(Self::Md5).map_err(|_| error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // `ssh-keygen -l -E md5` of fixtures/keys/accepted/ed25519.pub.
    const TEXT: &str = "MD5:ff:32:37:04:87:b7:6e:e2:4f:06:b7:7a:53:1a:3e:98";

    #[test]
    fn a_printed_fingerprint_can_be_parsed() {
        assert_eq!(TEXT.parse::<Md5Fingerprint>().unwrap().to_string(), TEXT);
        assert_eq!(TEXT[4..].parse::<Md5Fingerprint>().unwrap().to_string(), TEXT);
        assert!(matches!(TEXT.parse(), Ok(AnyFingerprint::Md5(_))));
    }

    #[test]
    fn refuses_other_texts() {
        for text in ["", "MD5:", &TEXT[..TEXT.len() - 3], "MD5:zz", "MD5:+1:27", "sha256:x"] {
            assert!(text.parse::<AnyFingerprint>().is_err(), "{text}");
        }
    }
}
