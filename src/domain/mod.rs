//! Value types of accounts, parsed once and valid from then on.
//!
//! This module does no I/O and knows neither SQL nor the JSON names of any dialect. A value that `parse` returned can
//! be stored, printed and compared without another check; `stored` rebuilds one from the database, which holds parsed
//! values only.

/// Text that its type has checked. The type is a tuple struct of a `String`, or of what the function makes of one.
macro_rules! text_value {
    ($name:ident $(, $wrap:path)?) => {
        impl $name {
            /// Rebuilds a value that the database holds.
            pub(crate) fn stored(text: String) -> Self {
                Self($($wrap)?(text))
            }

            /// As the user spells it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

/// A hash as the database stores it: a tuple struct of that many bytes.
macro_rules! hash_value {
    ($name:ident, $length:literal) => {
        impl $name {
            pub fn from_bytes(bytes: [u8; $length]) -> Self {
                Self(bytes)
            }

            pub fn as_bytes(&self) -> &[u8; $length] {
                &self.0
            }
        }
    };
}

pub mod client_prefix;
pub mod clock;
pub mod custom_attribute;
pub mod email;
pub mod field;
pub mod ids;
pub mod last_addresses;
pub mod limit;
pub mod password;
pub mod pkce;
pub mod preferences;
pub mod random;
pub mod redirect_uri;
pub mod refresh_token;
pub mod scope;
pub mod single_line_text;
pub mod ssh_key;
pub mod state;
pub mod status;
pub mod timestamp;
pub mod token;
pub mod user;
pub mod user_agent;
pub mod username;
pub mod verification;
pub mod web_url;

pub use client_prefix::client_prefix;
pub use clock::{Clock, ClockHandle, ClockMode, ClockSetting};
pub use custom_attribute::CustomAttribute;
pub use email::{Email, EmailAddress};
pub use field::{Field, Invalid, Problem};
pub use ids::{ApplicationId, AuditEventId, EmailId, GrantId, KeyId, PasswordLinkId, TokenId, UserId};
pub use last_addresses::LastAddresses;
pub use limit::projects_limit;
pub use password::{Password, PasswordAttempt, PasswordHash};
pub use pkce::CodeChallenge;
pub use preferences::Preferences;
pub use random::{NoRandomness, Random};
pub use redirect_uri::RedirectUri;
pub use refresh_token::RefreshToken;
pub use scope::{Scope, Scopes};
pub use single_line_text::SingleLineText;
pub use ssh_key::{AnyFingerprint, Fingerprint, KeyPolicy, Md5Fingerprint, SshKey};
pub use state::{ModerationAction, State, Transition};
pub use status::{Availability, ClearAfter, Emoji, UserStatus};
pub use token::{Token, TokenHash, TokenKind, TokenPrefix};
pub use user::{Activity, Identity, Key, KeyUsage, NewKey, TokenRecord, User};
pub use user_agent::UserAgent;
pub use username::Username;
pub use verification::{EmailTrust, Verification, VerifiedBy};
pub use web_url::WebUrl;
