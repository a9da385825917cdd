//! Request input: the body, received within its limits and parsed into fields, and the query.

mod body;
pub mod fields;
pub mod form;
mod json;
mod multipart;
mod reads;
mod receive;

pub use body::{BodyError, parse};
pub use fields::{FieldError, FieldErrorKind, Fields, Patch};
pub use reads::Reads;
pub use receive::TrustedBody;
pub(super) use receive::{Body, LARGE_BODY_MEMORY};
