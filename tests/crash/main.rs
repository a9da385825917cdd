//! What was answered is kept, whatever ends the process: SIGKILL at random moments, SIGTERM under load, and commands
//! killed in their middle.
//!
//! A failure prints the seed of the run; `CRASH_SEED=… cargo test --test crash` begins with the same choices again.
//! `CRASH_ROUNDS` says how often the server is killed (30).

mod client;
mod clients;
mod dice;
mod interrupted;
mod killed;
mod loaded;
mod state;

use accountd_test_harness as harness;
