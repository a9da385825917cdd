//! Reports how much of a long operation is done.

use std::fmt;
use std::sync::Arc;

/// Gets the number of pages, rows or steps that are done, and the number of all. Both begin anew with each stage.
#[derive(Clone)]
pub struct Reporter(Arc<dyn Fn(u64, u64) + Send + Sync>);

impl Reporter {
    pub fn new(report: impl Fn(u64, u64) + Send + Sync + 'static) -> Self {
        Self(Arc::new(report))
    }

    pub fn none() -> Self {
        Self::new(|_, _| {})
    }

    pub fn report(&self, done: usize, all: usize) {
        (self.0)(done as u64, all as u64);
    }
}

impl fmt::Debug for Reporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reporter")
    }
}
