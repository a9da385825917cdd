//! The targets of `tests/fuzz`, as a library for the programs that libFuzzer runs.

#[path = "../targets/mod.rs"]
pub mod targets;
