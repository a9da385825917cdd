//! What must hold of any input, a file a place where input comes in. Each `check` panics where it does not.

pub mod bodies;
pub mod credentials;
pub mod fixtures;
pub mod paging;
pub mod ssh_keys;
pub mod values;

/// Stands for a secret in inputs: no text that says what was wrong may repeat it.
pub const CANARY: &str = "hunter2-hunter2";

/// A text for the caller: short, and without the secret.
#[track_caller]
pub fn is_fit_to_be_shown(text: &str) {
    assert!(!text.contains(CANARY), "the secret is in {text:?}");
    assert!(text.len() <= 600, "{} bytes of explanation: {text:?}", text.len());
    assert!(!text.chars().any(|c| c.is_control()), "control characters in {text:?}");
}
