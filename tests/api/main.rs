//! Black-box tests: the real binary, a real socket on port 0, a real file.

mod attacks;
mod authorized_keys;
mod bodies;
mod cache_invalidation;
mod cli;
mod conflicts;
mod dialect_parity;
mod docker;
mod faults;
mod gitlab;
mod gitlab_v4;
mod guessing;
mod harness;
mod logs;
mod oauth;
mod original_docs;
mod serving;
mod storage;
mod web;
