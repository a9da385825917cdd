//! An allowance for each of many keys, in memory of fixed size.

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::{Quota, RateLimiter};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// 1 MiB a table, of which the system provides only the pages that are written to.
pub(in crate::accounts) const CELLS: usize = 1 << 17;

/// What was taken for each key. Keys that fall into one cell share it, so those that strangers choose are keyed hashes.
#[derive(Clone)]
struct Cells(Arc<Mutex<Box<[u64]>>>);

impl Cells {
    fn lock(&self) -> MutexGuard<'_, Box<[u64]>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn cell(cells: &mut [u64], key: u64) -> &mut u64 {
    &mut cells[key as usize % cells.len()]
}

impl StateStore for Cells {
    type Key = u64;

    fn measure_and_replace<T, F, E>(&self, key: &u64, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut cells = self.lock();
        let cell = cell(&mut cells, *key);
        // Zero is a cell that was never written to.
        let (outcome, after) = decide((*cell != 0).then(|| Nanos::new(*cell)))?;
        *cell = after.as_u64();
        Ok(outcome)
    }
}

/// Allowances that refill continuously.
pub(in crate::accounts) struct Table<C: Clock> {
    limiter: RateLimiter<u64, Cells, C, NoOpMiddleware<C::Instant>>,
    cells: Cells,
    /// The time in which one is refilled, in nanoseconds: what taking one adds to a cell.
    refill: u64,
}

impl<C: Clock> Table<C> {
    pub(in crate::accounts) fn new(quota: Quota, clock: C) -> Self {
        Self::with_cells(quota, clock, CELLS)
    }

    /// A table of another size, in cells of 8 bytes.
    pub(in crate::accounts) fn with_cells(quota: Quota, clock: C, cells: usize) -> Self {
        let cells = Cells(Arc::new(Mutex::new(vec![0; cells.max(1)].into_boxed_slice())));
        let refill = Nanos::from(quota.replenish_interval()).as_u64();
        Self { limiter: RateLimiter::new(quota, cells.clone(), clock), cells, refill }
    }

    /// Takes one from the key's allowance.
    ///
    /// # Errors
    /// The allowance is used up: the time until one is refilled.
    pub(in crate::accounts) fn take(&self, key: u64) -> Result<(), Duration> {
        self.limiter.check_key(&key).map_err(|not_until| not_until.wait_time_from(self.limiter.clock().now()))
    }

    /// Puts back what was taken a moment ago.
    ///
    /// What was refilled in that moment stays. A client that takes and puts back all the time, while others take, gains
    /// that much.
    pub(super) fn refund(&self, key: u64) {
        let mut cells = self.cells.lock();
        let cell = cell(&mut cells, key);
        *cell = cell.saturating_sub(self.refill);
    }
}
