//! The pages of one's own account.

pub mod applications;
mod browser_name;
pub mod confirm_password;
pub mod emails;
pub mod keys;
pub mod overview;
pub mod password;
pub mod profile;
pub mod sessions;
mod token_form;
pub mod tokens;

use jiff::Timestamp;

/// The date in UTC, such as `5 March 2014`.
pub fn day(time: Timestamp) -> String {
    time.strftime("%-d %B %Y").to_string()
}

/// The time in UTC, such as `5 March 2014, 09:07 UTC`.
fn minute(time: Timestamp) -> String {
    time.strftime("%-d %B %Y, %H:%M UTC").to_string()
}
