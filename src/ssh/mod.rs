//! What sshd and git read: `authorized_keys` lines, `allowed_signers` files, and for hosts that have no database what
//! a server answered, kept for the time when it doesn't.

pub mod cache;
mod entry;
mod line;
pub mod remote;
mod signers;
pub mod spool;

pub use entry::{Entry, EntryError};
pub use line::{LineOptions, OptionError, Template};
pub use signers::push_signer;
