//! The pages of one's own account.

pub mod applications;
pub mod confirm_password;
pub mod keys;
pub mod overview;

use jiff::Timestamp;

/// The date in UTC, such as `5 March 2014`.
fn day(time: Timestamp) -> String {
    time.strftime("%-d %B %Y").to_string()
}
