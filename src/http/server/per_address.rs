//! Bounds how many requests of each client address are handled at the same time. Further ones wait for one of them to
//! end.

use crate::domain::client_prefix;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub(in crate::http) struct PerAddress {
    max: usize,
    /// Those that have a request in flight or waiting.
    addresses: Mutex<HashMap<IpAddr, Arc<Semaphore>>>,
}

/// One request, until it is dropped.
pub(in crate::http) struct AddressPermit<'a> {
    requests: &'a PerAddress,
    client: IpAddr,
    permit: Option<OwnedSemaphorePermit>,
}

impl PerAddress {
    pub(super) fn new(max: usize) -> Self {
        Self { max, addresses: Mutex::default() }
    }

    /// Waits, in the order of the calls, until the client has fewer requests in flight than the bound.
    pub(in crate::http) async fn permit(&self, client: IpAddr) -> AddressPermit<'_> {
        let client = client_prefix(client);
        let new = || Arc::new(Semaphore::new(self.max));
        let semaphore = Arc::clone(self.addresses().entry(client).or_insert_with(new));
        // Made before the wait, so that a caller who gives up is forgotten too.
        let mut permit = AddressPermit { requests: self, client, permit: None };
        // The error is that of a closed semaphore, which this one never is.
        permit.permit = semaphore.acquire_owned().await.ok();
        permit
    }

    fn addresses(&self) -> MutexGuard<'_, HashMap<IpAddr, Arc<Semaphore>>> {
        self.addresses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for AddressPermit<'_> {
    fn drop(&mut self) {
        let mut addresses = self.requests.addresses();
        // Before the count, as a permit refers to its semaphore.
        self.permit = None;
        if addresses.get(&self.client).is_some_and(|semaphore| Arc::strong_count(semaphore) == 1) {
            addresses.remove(&self.client);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[test]
    fn a_request_beyond_the_bound_waits_for_one_of_the_same_address() {
        let requests = PerAddress::new(2);
        let permit = |client: &str| requests.permit(client.parse().unwrap());
        let first = permit("2001:db8::1").now_or_never().unwrap();
        let second = permit("2001:db8::2").now_or_never().unwrap();
        let mut third = Box::pin(permit("2001:db8::3"));
        assert!((&mut third).now_or_never().is_none());
        assert!(permit("192.0.2.1").now_or_never().is_some(), "another address waits");
        drop(first);
        assert!((&mut third).now_or_never().is_some());
        drop((second, third));
        assert!(requests.addresses().is_empty());
    }

    #[test]
    fn a_request_that_gives_up_waiting_is_forgotten() {
        let requests = PerAddress::new(1);
        let permit = || requests.permit("192.0.2.1".parse().unwrap());
        let first = permit().now_or_never().unwrap();
        assert!(permit().now_or_never().is_none());
        drop(first);
        assert!(requests.addresses().is_empty());
    }
}
