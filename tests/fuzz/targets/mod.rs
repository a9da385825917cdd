//! The fuzz targets, one for each kind of input. `check` panics if a property does not hold.

pub mod archives;
pub mod bodies;
pub mod credentials;
pub mod paging;
pub mod ssh_keys;
pub mod values;

/// The secret in the inputs. No error message may repeat it.
pub const CANARY: &str = "hunter2-hunter2";

/// Checks an error message that the client sees: short, on one line and without the secret.
#[track_caller]
pub fn assert_safe_message(text: &str) {
    assert!(!text.contains(CANARY), "{text:?} contains the secret");
    assert!(text.len() <= 600, "{} bytes of error message: {text:?}", text.len());
    assert!(!text.chars().any(|c| c.is_control()), "control characters in {text:?}");
}
