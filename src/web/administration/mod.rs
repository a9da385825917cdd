//! The pages of administrators.

pub mod server;
