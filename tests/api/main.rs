//! Black-box tests: the real binary, a real socket on port 0, a real file.

mod account_bounds;
mod attacks;
mod audit;
mod authorized_keys;
mod cache_invalidation;
mod cli;
mod conflicts;
mod dialect_parity;
mod docker;
mod docs;
mod faults;
mod gitlab_v3;
mod gitlab_v4;
mod http;
mod logs;
mod long_lists;
mod oauth;
mod original_docs;
mod rate_limits;
mod record;
mod regressions;
mod searches;
mod serving;
mod stand_in;
mod storage;
mod web;

use accountd_test_harness as harness;
