//! Test harness: starts the real `accountd` binary on a free port and talks to it with an HTTP client that reports
//! every status, header and body as it was sent.
//!
//! The integration tests in `tests/` share it. It knows nothing of accountd's code; everything goes through the binary.

mod address;
mod database;
mod program;
mod request;
mod response;
mod server;

pub use address::{OTHER_ADDRESS, connect_from};
pub use program::{accountd, binary, run, run_with_stdin};
pub use request::Request;
pub use response::{Response, names};
pub use server::Server;

use std::path::{Path, PathBuf};

/// Token of the administrator `root` in `fixtures/demo.json`, with full access.
pub const ROOT: &str = "root-api-token-for-examples";
/// Token of the user `john_smith` in `fixtures/demo.json`, with full access.
pub const JOHN: &str = "john-smith-api-token-for-examples";
/// Token of the user `jack_smith` in `fixtures/demo.json`, which may only read.
pub const JACK: &str = "jack-smith-read-token-for-examples";
/// Token of the user `jane` in `fixtures/demo.json`, the one that docker's documents print.
pub const JANE: &str = "zAy0BxC1wDv2EuF3tGs4HrI6qJp6KoL7nM";

/// The absolute path of a file in this repository.
pub fn file(path: &str) -> PathBuf {
    // This crate lies in `tests/harness`.
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().join(path)
}

/// The text of a file in this repository.
pub fn read_file(path: &str) -> String {
    std::fs::read_to_string(file(path)).unwrap()
}
