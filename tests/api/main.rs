//! Black-box tests: the real binary, a real socket on port 0, a real file.

mod attacks;
mod bodies;
mod cli;
mod conflicts;
mod docker;
mod doors;
mod faults;
mod gitlab;
mod gitlab_v4;
mod guessing;
mod hot_cache;
mod logs;
mod oauth;
mod parity;
mod seeds;
mod serving;
mod storage;
mod web;

/// [`accountd_test_harness`], and the path of the binary under test as a constant.
mod harness {
    pub use accountd_test_harness::*;
    pub const BINARY: &str = env!("CARGO_BIN_EXE_accountd");
}
