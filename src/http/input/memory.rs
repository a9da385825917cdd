//! The memory that large request bodies share. Only received bytes count, so that a client that announces a large body
//! and sends nothing takes none of it.

use super::body::BodyError;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A body up to this size is not counted. Nothing that the dialects document is larger.
const SMALL_BODY: usize = 16 << 10;
/// Bytes that all larger bodies together may take, however many clients send them.
const LARGE_BODY_MEMORY: usize = 8 << 20;
/// Bytes of that for one client address (IPv6: one /64 network).
const ONE_CLIENT: usize = LARGE_BODY_MEMORY / 4;

/// The bytes that each client holds. There are at most 512 clients, each with a body larger than [`SMALL_BODY`].
static TAKEN: Mutex<BTreeMap<IpAddr, usize>> = Mutex::new(BTreeMap::new());

fn taken() -> MutexGuard<'static, BTreeMap<IpAddr, usize>> {
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The share of one body, given back when it is dropped.
pub(super) struct BodyPermit {
    client: IpAddr,
    bytes: usize,
}

impl BodyPermit {
    pub(super) fn new(client: IpAddr) -> Self {
        Self { client: client_prefix(client), bytes: 0 }
    }

    /// Takes what a body of this size needs.
    ///
    /// # Errors
    /// `NoMemory` if other bodies, or others of the same client, have taken it.
    pub(super) fn grow_to(&mut self, size: usize) -> Result<(), BodyError> {
        if size <= SMALL_BODY {
            return Ok(());
        }
        let more = size - self.bytes;
        let mut taken = taken();
        let mine = taken.get(&self.client).copied().unwrap_or(0) + more;
        if taken.values().sum::<usize>() + more > LARGE_BODY_MEMORY || mine > ONE_CLIENT {
            return Err(BodyError::NoMemory);
        }
        taken.insert(self.client, mine);
        self.bytes = size;
        Ok(())
    }
}

impl Drop for BodyPermit {
    fn drop(&mut self) {
        if self.bytes > 0
            && let Entry::Occupied(mut mine) = taken().entry(self.client)
        {
            *mine.get_mut() -= self.bytes;
            if *mine.get() == 0 {
                mine.remove();
            }
        }
    }
}

/// What one client has: an IPv4 address, or the first 64 bits of an IPv6 address (RFC 6177, section 2).
fn client_prefix(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Addresses of RFC 5737 and RFC 3849 that no other test uses: the memory is the whole process's.
    fn client(last: u8) -> IpAddr {
        IpAddr::from([198, 51, 100, last])
    }

    #[test]
    fn one_client_cannot_take_the_memory_of_others() {
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
    fn the_memory_is_bounded_for_all_clients_together_and_given_back() {
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

    #[test]
    fn ipv6_clients_are_counted_by_their_network() {
        let address = |text: &str| client_prefix(text.parse().unwrap());
        assert_eq!(address("2001:db8::1"), address("2001:db8::ffff:1"));
        assert_ne!(address("2001:db8::1"), address("2001:db8:0:1::1"));
        assert_eq!(address("::ffff:192.0.2.1"), address("192.0.2.1"));
    }
}
