//! Black-box tests: the real binary, a real socket on port 0, a real file.

mod attacks;
mod cli;
mod conflicts;
mod docker;
mod doors;
mod faults;
mod gitlab_v3;
mod gitlab_v4;
mod harness;
mod hot_cache;
mod http;
mod logs;
mod oauth;
mod parity;
mod rate_limits;
mod regressions;
mod seeds;
mod serving;
mod storage;
mod web;
