//! Refuses texts in other known formats: the sender learns how to convert them, and a private key gets no further.

use super::Refusal;

/// The first bytes of OpenSSH's private key format (`openssh-key-v1`) in base64, for a file that lost its first line.
const OPENSSH_PRIVATE: &str = "b3BlbnNzaC1rZXktdjE";

/// Refuses a trimmed text that contains a private key, or a public key in another format, anywhere and with any line
/// breaks.
pub(super) fn refuse(text: &str) -> Result<(), Refusal> {
    let upper = text.to_ascii_uppercase();
    if upper.contains("PUTTY-USER-KEY-FILE") || upper.contains("PRIVATE-LINES:") {
        return Err(Refusal::PuttyPrivateKey);
    }
    // The label of a mangled file may be interrupted by other text.
    let interrupted = upper.split_once("--BEGIN").is_some_and(|(_, rest)| rest.contains("PRIVATE KEY"));
    if text.starts_with(OPENSSH_PRIVATE) || interrupted || labels(&upper).any(|label| label.contains("PRIVATE")) {
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

/// The texts after the dashes of `-----BEGIN … KEY-----` and `---- END … ----`. The dashes after them may be missing,
/// because a part of a private key must be recognized too. Two dashes are needed: many comments have one
/// (`jane@front-end private`).
fn labels(upper: &str) -> impl Iterator<Item = &str> {
    upper
        .split("--")
        .map(|label| label.trim_start_matches(['-', ' ']))
        .filter(|label| label.starts_with("BEGIN") || label.starts_with("END"))
}
