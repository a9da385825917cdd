//! Regression tests: one file for each bug that was fixed, named after it. Each opens with the attack or the mistake
//! that the bug allowed.

mod cli;
mod http;
mod serving;
