//! What accounts are made of: values that are parsed once and cannot hold anything bad.
//!
//! Pure: no I/O, no SQL, no JSON names. A value that came through `parse` may be stored, printed and compared
//! without another check; `stored` rebuilds one from the database, which holds only what was parsed before.

mod caseless;
pub mod email;
pub mod field;
pub mod ids;
pub mod limit;
pub mod password;
pub mod pkce;
pub mod redirect_uri;
pub mod refresh_token;
pub mod scope;
pub mod single_line_text;
pub mod ssh_key;
pub mod state;
pub mod timestamp;
pub mod token;
pub mod user;
pub mod username;
pub mod web_url;

pub use email::{Email, EmailAddress};
pub use field::{Field, Invalid, Problem};
pub use ids::{ApplicationId, AuthorizationId, EmailId, KeyId, TokenId, UserId};
pub use limit::projects_limit;
pub use password::{Password, PasswordAttempt, PasswordHash};
pub use pkce::CodeChallenge;
pub use redirect_uri::RedirectUri;
pub use refresh_token::RefreshToken;
pub use scope::{Scope, Scopes};
pub use single_line_text::{SingleLineText, Title};
pub use ssh_key::{AnyFingerprint, Fingerprint, KeyPolicy, Md5Fingerprint, SshKey};
pub use state::{ModerationAction, NotFrom, State, Transition};
pub use token::{Token, TokenHash, TokenKind, TokenPrefix};
pub use user::{Activity, Identity, Key, KeyUsage, NewKey, TokenRecord, User};
pub use username::Username;
pub use web_url::WebUrl;
