//! Random choices that a seed repeats.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A SplitMix64 generator.
pub struct Random(u64);

impl Random {
    /// Seeds it from `CRASH_SEED`, or else from the time, and prints the seed after the test's name.
    pub fn for_test(name: &str) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let seed = match std::env::var("CRASH_SEED") {
            Ok(seed) => seed.parse().expect("CRASH_SEED is a number"),
            Err(_) => u64::from(now.subsec_nanos()) ^ now.as_secs(),
        };
        eprintln!("{name}: CRASH_SEED={seed}");
        Self(seed)
    }

    /// A second generator, seeded from this one.
    pub fn fork(&mut self) -> Self {
        Self(self.next())
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to but not including `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// A duration from 0 to `longest`.
    pub fn duration(&mut self, longest: Duration) -> Duration {
        longest.mul_f64(self.below(10_001) as f64 / 10_000.0)
    }
}
