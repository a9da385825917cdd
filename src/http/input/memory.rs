//! Limits the memory of large request bodies and heads, in total and for each client. Only received bytes count, so a
//! client that announces a large body and sends nothing uses none of it.

use super::body::BodyError;
use crate::domain::client_prefix;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A body or head up to this size is not counted. No documented request is larger.
const SMALL_BODY: usize = 16 << 10;
/// The memory of all larger bodies together, in bytes.
const LARGE_BODY_MEMORY: usize = 8 << 20;
/// The share of one client address (for IPv6, of one /64 network), in bytes.
const CLIENT_SHARE: usize = LARGE_BODY_MEMORY / 4;

/// The bytes that each client uses. Each has a body larger than [`SMALL_BODY`], so there are at most 512.
static USAGE: Mutex<BTreeMap<IpAddr, usize>> = Mutex::new(BTreeMap::new());

fn usage() -> MutexGuard<'static, BTreeMap<IpAddr, usize>> {
    USAGE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The memory of one body or head, which is released when the permit is dropped.
pub(in crate::http) struct BodyPermit {
    client: IpAddr,
    bytes: usize,
}

impl BodyPermit {
    pub(in crate::http) fn new(client: IpAddr) -> Self {
        Self { client: client_prefix(client), bytes: 0 }
    }

    /// Reserves the memory for a body of this size.
    ///
    /// # Errors
    /// `NoMemory` if other bodies, in total or of the same client, use too much of it.
    pub(in crate::http) fn grow_to(&mut self, size: usize) -> Result<(), BodyError> {
        if size <= SMALL_BODY {
            return Ok(());
        }
        let more = size - self.bytes;
        let mut usage = usage();
        let used = usage.get(&self.client).copied().unwrap_or(0);
        if usage.values().sum::<usize>() + more > LARGE_BODY_MEMORY || used + more > CLIENT_SHARE {
            return Err(BodyError::NoMemory);
        }
        usage.insert(self.client, used + more);
        self.bytes = size;
        Ok(())
    }
}

impl Drop for BodyPermit {
    fn drop(&mut self) {
        if self.bytes > 0
            && let Entry::Occupied(mut used) = usage().entry(self.client)
        {
            *used.get_mut() -= self.bytes;
            if *used.get() == 0 {
                used.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Addresses of RFC 5737 that no other test uses, because all tests of the process share the memory.
    fn client(last: u8) -> IpAddr {
        IpAddr::from([198, 51, 100, last])
    }

    #[test]
    fn one_client_cannot_use_all_the_memory() {
        let permit = |last, size| {
            let mut permit = BodyPermit::new(client(last));
            permit.grow_to(size).map(|()| permit)
        };
        let held: Vec<_> = (0..2).map(|_| permit(1, 1 << 20).unwrap()).collect();
        assert_eq!(permit(1, SMALL_BODY + 1).err(), Some(BodyError::NoMemory));
        assert!(permit(1, SMALL_BODY).is_ok() && permit(2, 1 << 20).is_ok());
        drop(held);
        assert!(permit(1, 1 << 20).is_ok());
    }

    #[test]
    fn the_total_memory_is_bounded_and_released_on_drop() {
        let mut held = Vec::new();
        let refused = (10..100).find(|last| {
            let mut permit = BodyPermit::new(client(*last));
            let grown = permit.grow_to(1 << 20);
            held.push(permit);
            grown.is_err()
        });
        assert!(refused.is_some() && held.len() <= 9);
        drop(held);
        assert!(BodyPermit::new(client(101)).grow_to(1 << 20).is_ok());
    }
}
