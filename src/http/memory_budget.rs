//! A bound on the memory that all clients use together for one purpose, of which each client gets a share: the bytes of
//! request bodies that arrive, and the bytes of responses that clients have not read yet.

use crate::domain::client_prefix;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Up to this size, in bytes, a body or a response is not counted: nearly all are smaller.
pub(super) const UNCOUNTED: usize = 16 << 10;

pub(super) struct MemoryBudget {
    total: usize,
    /// The bytes of one client address (for IPv6, of one /64 network).
    share: usize,
    usage: Mutex<Usage>,
}

struct Usage {
    total: usize,
    /// Every permit has more than [`UNCOUNTED`] bytes, so the budget bounds the number of clients.
    clients: BTreeMap<IpAddr, usize>,
}

impl MemoryBudget {
    pub(super) const fn new(total: usize, share: usize) -> Self {
        Self { total, share, usage: Mutex::new(Usage { total: 0, clients: BTreeMap::new() }) }
    }

    /// A permit without any bytes yet.
    pub(super) fn permit(&'static self, client: IpAddr) -> MemoryPermit {
        MemoryPermit { budget: self, client: client_prefix(client), bytes: 0 }
    }

    /// Whether a permit of this size would be granted now.
    pub(super) fn has_room(&'static self, client: IpAddr, size: usize) -> bool {
        self.permit(client).grow_to(size)
    }

    fn usage(&self) -> MutexGuard<'_, Usage> {
        self.usage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Bytes of a [`MemoryBudget`], which are released when the permit is dropped.
pub(super) struct MemoryPermit {
    budget: &'static MemoryBudget,
    client: IpAddr,
    bytes: usize,
}

impl MemoryPermit {
    /// Makes this a permit for `size` bytes; up to [`UNCOUNTED`] need none. False if all clients, or this one, use too
    /// much.
    #[must_use]
    pub(super) fn grow_to(&mut self, size: usize) -> bool {
        if size <= UNCOUNTED || size <= self.bytes {
            return true;
        }
        let more = size - self.bytes;
        let mut usage = self.budget.usage();
        let used = usage.clients.get(&self.client).copied().unwrap_or(0);
        if usage.total + more > self.budget.total || used + more > self.budget.share {
            return false;
        }
        usage.clients.insert(self.client, used + more);
        usage.total += more;
        self.bytes = size;
        true
    }
}

impl Drop for MemoryPermit {
    fn drop(&mut self) {
        if self.bytes == 0 {
            return;
        }
        let mut usage = self.budget.usage();
        usage.total -= self.bytes;
        if let Entry::Occupied(mut used) = usage.clients.entry(self.client) {
            *used.get_mut() -= self.bytes;
            if *used.get() == 0 {
                used.remove();
            }
        }
    }
}

impl fmt::Debug for MemoryPermit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemoryPermit({} bytes)", self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    fn permit(budget: &'static MemoryBudget, last: u8, size: usize) -> Option<MemoryPermit> {
        let mut permit = budget.permit(IpAddr::from([198, 51, 100, last]));
        permit.grow_to(size).then_some(permit)
    }

    #[test]
    fn one_client_cannot_use_all_the_memory() {
        static BUDGET: MemoryBudget = MemoryBudget::new(8 * MIB, 2 * MIB);
        let held: Vec<_> = (0..2).map(|_| permit(&BUDGET, 1, MIB).unwrap()).collect();
        assert!(permit(&BUDGET, 1, UNCOUNTED + 1).is_none());
        assert!(permit(&BUDGET, 1, UNCOUNTED).is_some() && permit(&BUDGET, 2, MIB).is_some());
        drop(held);
        let client = IpAddr::from([198, 51, 100, 1]);
        assert!(BUDGET.has_room(client, 2 * MIB) && BUDGET.has_room(client, 2 * MIB));
        let _held = permit(&BUDGET, 1, MIB).unwrap();
        assert!(BUDGET.has_room(client, MIB) && !BUDGET.has_room(client, MIB + 1));
    }

    #[test]
    fn the_total_memory_is_bounded_and_released_on_drop() {
        static BUDGET: MemoryBudget = MemoryBudget::new(8 * MIB, 2 * MIB);
        let held: Vec<_> = (1..=8).map(|last| permit(&BUDGET, last, MIB).unwrap()).collect();
        assert!(permit(&BUDGET, 9, UNCOUNTED + 1).is_none());
        drop(held);
        assert!(permit(&BUDGET, 9, MIB).is_some());
        let usage = BUDGET.usage();
        assert!(usage.total == 0 && usage.clients.is_empty());
    }

    #[test]
    fn a_permit_grows_by_the_difference() {
        static BUDGET: MemoryBudget = MemoryBudget::new(MIB, MIB);
        let mut growing = permit(&BUDGET, 1, MIB / 2).unwrap();
        assert!(growing.grow_to(MIB) && growing.grow_to(MIB / 2) && !growing.grow_to(MIB + 1));
        assert_eq!(BUDGET.usage().total, MIB);
    }
}
