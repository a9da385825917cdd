//! Texts that are not OpenSSH's public key format but are known: each is told apart, so that its sender
//! learns how to convert it, and so that a private key goes no further than here.

use super::Refusal;

/// The first bytes of OpenSSH's private key format (`openssh-key-v1`) in base64, for a file whose first
/// line got lost.
const OPENSSH_PRIVATE: &str = "b3BlbnNzaC1rZXktdjE";

/// Refuses a trimmed text that holds a private key, or a public one in another format, wherever in the
/// text it stands and whatever became of its line breaks.
pub(super) fn refuse(text: &str) -> Result<(), Refusal> {
    let upper = text.to_ascii_uppercase();
    if upper.contains("PUTTY-USER-KEY-FILE") || upper.contains("PRIVATE-LINES:") {
        return Err(Refusal::PuttyPrivateKey);
    }
    if text.starts_with(OPENSSH_PRIVATE) || labels(&upper).any(|label| label.contains("PRIVATE")) {
        return Err(Refusal::PrivateKey);
    }
    for label in labels(&upper) {
        if label.starts_with("BEGIN SSH2 PUBLIC KEY") {
            return Err(Refusal::Rfc4716);
        }
        if label.starts_with("BEGIN RSA PUBLIC KEY") {
            return Err(Refusal::Pem);
        }
        if label.starts_with("BEGIN PUBLIC KEY") {
            return Err(Refusal::Pkcs8);
        }
    }
    Ok(())
}

/// What follows the dashes of `-----BEGIN … KEY-----` and `---- END … ----`. The dashes behind it may be
/// missing: half a private key is still one. Two dashes make a label, for one is in many comments
/// (`jane@front-end private`).
fn labels(upper: &str) -> impl Iterator<Item = &str> {
    upper
        .split("--")
        .map(|label| label.trim_start_matches(['-', ' ']))
        .filter(|label| label.starts_with("BEGIN") || label.starts_with("END"))
}
