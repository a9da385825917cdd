//! Who vouched for an email address, and whose word counts.

use jiff::Timestamp;

/// The party that declared an address to be the user's own. No mail is sent, so nothing proves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum VerifiedBy {
    /// The user, which docker's API allows.
    #[strum(serialize = "self")]
    User,
    Administrator,
}

impl VerifiedBy {
    /// The name in the database and in archives.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// How an address was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verification {
    pub at: Timestamp,
    pub by: VerifiedBy,
}

/// Whose word makes an address the user's identity outside docker's API: in v4's `confirmed_at` and in the file of
/// allowed signers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EmailTrust {
    #[default]
    Administrators,
    /// Also the users' own word.
    Everyone,
}

impl EmailTrust {
    /// When the address was confirmed by a party whose word counts.
    pub fn confirmed_at(self, verification: Option<Verification>) -> Option<Timestamp> {
        let counts = |by| by == VerifiedBy::Administrator || self == Self::Everyone;
        verification.filter(|verification| counts(verification.by)).map(|verification| verification.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_users_own_word_counts_only_if_everyone_is_trusted() {
        let by = |by| Some(Verification { at: Timestamp::UNIX_EPOCH, by });
        let confirmed = Some(Timestamp::UNIX_EPOCH);
        for trust in [EmailTrust::Administrators, EmailTrust::Everyone] {
            assert_eq!(trust.confirmed_at(by(VerifiedBy::Administrator)), confirmed);
            assert_eq!(trust.confirmed_at(None), None);
        }
        assert_eq!(EmailTrust::Everyone.confirmed_at(by(VerifiedBy::User)), confirmed);
        assert_eq!(EmailTrust::default().confirmed_at(by(VerifiedBy::User)), None);
    }
}
