//! The handlers of both versions. A handler parses the request into domain types, makes one call into `accounts`, and
//! returns the response that [`Version`](super::version::Version) builds from the result.

pub mod custom_attributes;
pub mod emails;
pub mod fixed;
pub mod keys;
pub mod preferences;
pub mod service_accounts;
pub mod session;
pub mod statuses;
pub mod tokens;
pub mod users;
