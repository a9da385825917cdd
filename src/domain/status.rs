//! The status that users give themselves: GitLab's `doc/api/users.md`, "Set your user status".

use super::{Problem, SingleLineText};
use jiff::{SignedDuration, Timestamp};

const MAX_MESSAGE: usize = 100;
const MAX_EMOJI: usize = 64;

/// The name of an emoji, such as `coffee`. Which names there are depends on the client's set of emoji.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emoji(String);

text_value!(Emoji);

impl Emoji {
    /// # Errors
    /// `Malformed` for text that is not in the form of such a name.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-' | '+');
        if text.is_empty() || text.len() > MAX_EMOJI || !text.chars().all(is_name) {
            return Err(Problem::Malformed("is not included in the list"));
        }
        Ok(Self(text.to_owned()))
    }
}

/// GitLab's default.
impl Default for Emoji {
    fn default() -> Self {
        Self("speech_balloon".to_owned())
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Availability {
    #[default]
    NotSet,
    Busy,
}

impl Availability {
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// How long a status lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumString)]
pub enum ClearAfter {
    #[strum(serialize = "30_minutes")]
    ThirtyMinutes,
    #[strum(serialize = "3_hours")]
    ThreeHours,
    #[strum(serialize = "8_hours")]
    EightHours,
    #[strum(serialize = "1_day")]
    OneDay,
    #[strum(serialize = "3_days")]
    ThreeDays,
    #[strum(serialize = "7_days")]
    SevenDays,
    #[strum(serialize = "30_days")]
    ThirtyDays,
}

impl ClearAfter {
    pub fn duration(self) -> SignedDuration {
        const HOUR: i64 = 60;
        SignedDuration::from_mins(match self {
            Self::ThirtyMinutes => 30,
            Self::ThreeHours => 3 * HOUR,
            Self::EightHours => 8 * HOUR,
            Self::OneDay => 24 * HOUR,
            Self::ThreeDays => 3 * 24 * HOUR,
            Self::SevenDays => 7 * 24 * HOUR,
            Self::ThirtyDays => 30 * 24 * HOUR,
        })
    }
}

/// What a user shows of their situation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserStatus {
    pub emoji: Emoji,
    /// May be empty.
    pub message: SingleLineText,
    pub availability: Availability,
    /// When the status ends.
    pub clear_at: Option<Timestamp>,
}

impl UserStatus {
    /// # Errors
    /// `TooLong`, or `Malformed` for a forbidden character.
    pub fn parse_message(text: &str) -> Result<SingleLineText, Problem> {
        if text.chars().count() > MAX_MESSAGE {
            Err(Problem::TooLong(MAX_MESSAGE))
        } else {
            SingleLineText::parse(text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emoji_is_a_name() {
        for good in ["coffee", "thumbsup", "+1", "100", "non-potable_water"] {
            assert_eq!(Emoji::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "Coffee", ":coffee:", "☕", "<b>", &"x".repeat(65)] {
            assert!(Emoji::parse(bad).is_err(), "{bad}");
        }
    }
}
