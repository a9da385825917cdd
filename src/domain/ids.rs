//! Row ids. Each kind is a type of its own, so that one cannot be passed for another.

/// The text is not a positive whole number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a positive whole number")]
pub struct NotAnId;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident,)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, derive_more::Display)]
        pub struct $name(pub i64);

        impl std::str::FromStr for $name {
            type Err = NotAnId;

            /// Accepts decimal digits only, from 1 to 2^63 - 1.
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let digits = text.bytes().all(|b| b.is_ascii_digit());
                match text.parse::<i64>() {
                    Ok(id) if digits && id > 0 => Ok(Self(id)),
                    _ => Err(NotAnId),
                }
            }
        }
    )*};
}

ids! {
    /// The id of a user; never used again after the user is deleted.
    UserId,
    /// The id of an SSH key; never used again after the key is deleted.
    KeyId,
    /// The id of an email address.
    EmailId,
    /// The id of a token (not the secret).
    TokenId,
    /// The id of a registered application (not its client id).
    ApplicationId,
    /// The id of a row of the audit log.
    AuditEventId,
    /// The id of a link with which a user sets a password.
    PasswordLinkId,
    /// The id of a user's grant to an application.
    GrantId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_positive_number_in_decimal_digits() {
        assert_eq!("42".parse(), Ok(UserId(42)));
        for bad in ["", "0", "-1", "+1", "1.0", " 1", "1e3", "9223372036854775808", "٣"] {
            assert_eq!(bad.parse::<UserId>(), Err(NotAnId), "{bad:?}");
        }
    }
}
