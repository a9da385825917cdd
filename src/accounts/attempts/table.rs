//! One limit for each of many keys, in memory that never grows.

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::{Quota, RateLimiter};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// 1 MiB a table, of which the system gives only the pages that are written to.
const CELLS: usize = 1 << 17;

/// What each key has spent. Keys are hashes under a secret; those that fall into one cell share it.
#[derive(Clone)]
struct Cells(Arc<Mutex<Box<[u64]>>>);

impl Cells {
    fn lock(&self) -> MutexGuard<'_, Box<[u64]>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn place(key: u64) -> usize {
    key as usize % CELLS
}

impl StateStore for Cells {
    type Key = u64;

    fn measure_and_replace<T, F, E>(&self, key: &u64, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let cell = &mut self.lock()[place(*key)];
        // Zero is a cell that was never written to.
        let (outcome, after) = decide((*cell != 0).then(|| Nanos::new(*cell)))?;
        *cell = after.as_u64();
        Ok(outcome)
    }
}

/// An allowance for each key, which refills continuously.
pub(super) struct Table<C: Clock> {
    limiter: RateLimiter<u64, Cells, C, NoOpMiddleware<C::Instant>>,
    cells: Cells,
    /// What one costs, in nanoseconds.
    price: u64,
}

impl<C: Clock> Table<C> {
    pub(super) fn new(quota: Quota, clock: C) -> Self {
        let cells = Cells(Arc::new(Mutex::new(vec![0; CELLS].into_boxed_slice())));
        let price = Nanos::from(quota.replenish_interval()).as_u64();
        Self { limiter: RateLimiter::new(quota, cells.clone(), clock), cells, price }
    }

    /// Takes one out of the key's allowance.
    ///
    /// # Errors
    /// There is none left; the time until there is.
    pub(super) fn take(&self, key: u64) -> Result<(), Duration> {
        self.limiter.check_key(&key).map_err(|not_until| not_until.wait_time_from(self.limiter.clock().now()))
    }

    /// Puts back what was taken a moment ago.
    ///
    /// What the allowance refilled in that moment stays: who takes and puts back all the time, out of step with others
    /// who take, gains that much.
    pub(super) fn refund(&self, key: u64) {
        let cell = &mut self.cells.lock()[place(key)];
        *cell = cell.saturating_sub(self.price);
    }
}
