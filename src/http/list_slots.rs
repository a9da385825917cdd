//! Bounds the lists and searches that one account and one client address run at the same time, so that they cannot take
//! all of the database's connections for lists.

use super::permits::{Permit, Permits};
use crate::accounts::Error;
use crate::domain::{UserId, client_prefix};
use std::net::IpAddr;
use std::time::Duration;
use tokio::time::timeout;

/// The lists of one account.
const PER_ACCOUNT: usize = 2;
/// The lists of one client address, which several accounts may share.
const PER_ADDRESS: usize = 3;
/// How long a request waits for both. Then it may wait as long for a connection to the database.
const WAIT: Duration = Duration::from_millis(500);

#[derive(Debug)]
pub(super) struct ListSlots {
    accounts: Permits<UserId>,
    addresses: Permits<IpAddr>,
}

/// The right to run one list, until it is dropped.
#[derive(Debug)]
#[must_use]
pub struct ListSlot<'a> {
    _address: Permit<'a, IpAddr>,
    _account: Option<Permit<'a, UserId>>,
}

impl Default for ListSlots {
    fn default() -> Self {
        Self { accounts: Permits::new(PER_ACCOUNT), addresses: Permits::new(PER_ADDRESS) }
    }
}

impl ListSlots {
    /// Waits for the account's and the address's other lists.
    ///
    /// # Errors
    /// `Busy` if they take too long.
    pub(super) async fn take(&self, account: Option<UserId>, client: IpAddr) -> Result<ListSlot<'_>, Error> {
        let slot = async {
            // First the account's: a request that waits for it must not hold up the others from its address.
            let account = match account {
                Some(account) => Some(self.accounts.permit(account).await),
                None => None,
            };
            ListSlot { _address: self.addresses.permit(client_prefix(client)).await, _account: account }
        };
        timeout(WAIT, slot).await.map_err(|_| Error::Busy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    #[tokio::test(start_paused = true)]
    async fn an_account_and_an_address_take_no_more_than_their_share() {
        let slots = ListSlots::default();
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
        let slots = ListSlots::default();
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
        let slots = ListSlots::default();
        let one = slots.take(Some(UserId(1)), HERE).await.unwrap();
        let two = slots.take(Some(UserId(1)), HERE).await.unwrap();
        assert!(slots.take(Some(UserId(1)), THERE).await.is_err());
        assert!(!slots.accounts.is_empty() && !slots.addresses.is_empty());
        drop((one, two));
        assert!(slots.accounts.is_empty() && slots.addresses.is_empty());
    }
}
