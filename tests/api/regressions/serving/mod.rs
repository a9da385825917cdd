//! Bugs in how the server reacts to signals.

mod shutdown_while_locked;
mod sighup_without_tls;
