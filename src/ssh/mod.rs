//! What sshd and git read: `authorized_keys` lines and allowed signers files. Hosts without a database ask a server, and
//! cache its answers.

pub mod cache;
mod entry;
mod line;
pub mod remote;
mod signers;
pub mod spool;

pub use entry::{Entry, EntryError};
pub use line::{LineOptions, OptionError, Template};
pub use signers::push_signer;
