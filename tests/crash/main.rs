//! Durability: a write that was answered survives SIGKILL at a random moment, SIGTERM under load, and commands killed
//! halfway.
//!
//! A failure prints the seed of its run. `CRASH_SEED=… cargo test --test crash` repeats its first random choices;
//! `CRASH_ROUNDS` sets how often the server is killed (30).

mod client;
mod history;
mod interrupted;
mod killed;
mod random;
mod state;
mod under_load;
mod writer;
mod writes;

use accountd_test_harness as harness;
