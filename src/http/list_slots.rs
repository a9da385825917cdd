//! Bounds the lists and searches that one account and one client address run at the same time, so that they cannot take
//! all of the database's connections for lists.

use crate::accounts::Error;
use crate::domain::{UserId, client_prefix};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

/// The lists of one account.
const PER_ACCOUNT: usize = 2;
/// The lists of one client address, which several accounts may share.
const PER_ADDRESS: usize = 3;
/// How long a request waits for both. Then it may wait as long for a connection to the database.
const WAIT: Duration = Duration::from_millis(500);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    Account(UserId),
    Address(IpAddr),
}

/// An entry is there as long as a request holds or awaits one of its permits.
#[derive(Debug, Default)]
pub(super) struct ListSlots(Mutex<HashMap<Key, Arc<Semaphore>>>);

/// The right to run one list, until it is dropped.
#[derive(Debug)]
#[must_use]
pub struct ListSlot {
    _address: Claim,
    _account: Option<Claim>,
}

impl ListSlots {
    /// Waits for the account's and the address's other lists.
    ///
    /// # Errors
    /// `Busy` if they take too long.
    pub(super) async fn take(self: &Arc<Self>, account: Option<UserId>, client: IpAddr) -> Result<ListSlot, Error> {
        let deadline = Instant::now() + WAIT;
        // First the account's: a request that waits for it must not hold up the others from its address.
        let account = match account {
            Some(account) => Some(self.claim(Key::Account(account), PER_ACCOUNT, deadline).await?),
            None => None,
        };
        let address = self.claim(Key::Address(client_prefix(client)), PER_ADDRESS, deadline).await?;
        Ok(ListSlot { _address: address, _account: account })
    }

    async fn claim(self: &Arc<Self>, key: Key, most: usize, deadline: Instant) -> Result<Claim, Error> {
        let semaphore = Arc::clone(self.entries().entry(key).or_insert_with(|| Arc::new(Semaphore::new(most))));
        let mut claim = Claim { permit: None, semaphore, key, slots: Arc::clone(self) };
        let permit = timeout_at(deadline, Arc::clone(&claim.semaphore).acquire_owned()).await;
        claim.permit = Some(permit.ok().and_then(Result::ok).ok_or(Error::Busy)?);
        Ok(claim)
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<Key, Arc<Semaphore>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A permit, or a place in the queue for one.
#[derive(Debug)]
struct Claim {
    permit: Option<OwnedSemaphorePermit>,
    semaphore: Arc<Semaphore>,
    key: Key,
    slots: Arc<ListSlots>,
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.permit = None;
        let mut entries = self.slots.entries();
        // The table and this claim: no other request refers to it.
        if Arc::strong_count(&self.semaphore) == 2 {
            entries.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    #[tokio::test(start_paused = true)]
    async fn an_account_and_an_address_take_no_more_than_their_share() {
        let slots = Arc::new(ListSlots::default());
        let take = |account: i64, client| slots.take(Some(UserId(account)), client);
        let one = take(1, HERE).await.unwrap();
        let _two = take(1, THERE).await.unwrap();
        assert!(matches!(take(1, HERE).await, Err(Error::Busy)));
        let _three = take(2, HERE).await.unwrap();
        let _four = slots.take(None, HERE).await.unwrap();
        assert!(matches!(take(3, HERE).await, Err(Error::Busy)), "a third account at the same address");
        let _five = take(3, THERE).await.unwrap();
        drop(one);
        let _six = take(1, HERE).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_waits_for_half_a_second_at_most() {
        let slots = Arc::new(ListSlots::default());
        let held = [slots.take(Some(UserId(1)), HERE).await.unwrap(), slots.take(Some(UserId(1)), HERE).await.unwrap()];
        let start = Instant::now();
        assert!(slots.take(Some(UserId(1)), THERE).await.is_err());
        assert_eq!(start.elapsed(), WAIT);
        let free = async {
            tokio::time::sleep(WAIT / 2).await;
            drop(held);
        };
        let (taken, ()) = tokio::join!(slots.take(Some(UserId(1)), THERE), free);
        drop(taken.unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_kept_of_requests_that_ended() {
        let slots = Arc::new(ListSlots::default());
        let one = slots.take(Some(UserId(1)), HERE).await.unwrap();
        let two = slots.take(Some(UserId(1)), HERE).await.unwrap();
        assert!(slots.take(Some(UserId(1)), THERE).await.is_err());
        assert_eq!(slots.entries().len(), 2);
        drop((one, two));
        assert_eq!(slots.entries().len(), 0);
    }
}
