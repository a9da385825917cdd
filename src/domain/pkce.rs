//! Proof Key for Code Exchange (RFC 7636): the client that redeems a code proves that it requested it.

use super::Problem;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The SHA-256 of a verifier (method `S256`).
#[derive(Clone, Copy, Debug)]
pub struct CodeChallenge([u8; 32]);

impl CodeChallenge {
    /// # Errors
    /// `Malformed` for anything but 32 bytes in base64url without padding (section 4.2).
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or(Problem::Malformed("must be a SHA-256 in base64url: 43 characters"))
    }

    pub(crate) fn stored(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether the challenge belongs to that verifier, which must have 43 to 128 of the characters of section 4.1.
    pub fn matches(&self, verifier: &str) -> bool {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        let well_formed = (43..=128).contains(&verifier.len()) && verifier.bytes().all(allowed);
        let same: bool = Sha256::digest(verifier.as_bytes()).ct_eq(&self.0).into();
        well_formed && same
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_example_of_the_rfc_matches() {
        let challenge = CodeChallenge::parse(CHALLENGE).unwrap();
        assert!(challenge.matches(VERIFIER));
        assert!(!challenge.matches(CHALLENGE) && !challenge.matches("") && !challenge.matches(&VERIFIER[1..]));
        assert!(!challenge.matches(&format!("{VERIFIER}=")));
    }

    #[test]
    fn a_short_verifier_never_matches() {
        let short = "short";
        let challenge = CodeChallenge(Sha256::digest(short).into());
        assert!(!challenge.matches(short));
    }

    #[test]
    fn a_challenge_is_32_bytes() {
        for bad in [
            "",
            "x",
            &CHALLENGE[1..],
            &format!("{CHALLENGE}="),
            &CHALLENGE.replace('-', "+"),
            VERIFIER.trim_end_matches('k'),
        ] {
            assert!(CodeChallenge::parse(bad).is_err(), "{bad:?}");
        }
    }
}
