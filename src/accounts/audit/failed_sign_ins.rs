//! Failed sign-ins. They are counted in memory and written every minute, one row for each address, so that an attacker
//! can fill neither the memory nor the disk.

use super::{Author, Event, EventKind};
use crate::accounts::{Accounts, Error};
use crate::domain::{UserId, client_prefix};
use jiff::Timestamp;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Addresses with a row of their own in a minute. The others share one. With 150 bytes a row, an attack from everywhere
/// writes 14 MB a day.
const ADDRESSES: usize = 64;

#[derive(Default)]
pub struct FailedSignIns(Mutex<HashMap<Option<IpAddr>, Failures>>);

/// The failures of one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Failures {
    attempts: u64,
    first: Timestamp,
    /// The account, if all attempts were for the same one.
    account: Option<UserId>,
    /// The opening of the database that has this account.
    opening: Option<u64>,
}

impl Failures {
    fn add(&mut self, other: Self) {
        let same = (self.account, self.opening) == (other.account, other.opening);
        self.account = self.account.filter(|_| same);
        self.attempts += other.attempts;
        self.first = self.first.min(other.first);
    }
}

impl FailedSignIns {
    /// Counts a failure. `account` is the one that the login name belongs to, if there is one.
    pub fn note(&self, from: IpAddr, at: Timestamp, account: Option<UserId>, opening: Option<u64>) {
        self.add(Some(client_prefix(from)), Failures { attempts: 1, first: at, account, opening });
    }

    fn add(&self, client: Option<IpAddr>, failures: Failures) {
        let mut noted = self.lock();
        let has_row = noted.contains_key(&client) || noted.len() < ADDRESSES;
        let client = client.filter(|_| has_row);
        noted.entry(client).and_modify(|sum| sum.add(failures)).or_insert(failures);
    }

    fn take(&self) -> Vec<(Option<IpAddr>, Failures)> {
        let mut taken: Vec<_> = std::mem::take(&mut *self.lock()).into_iter().collect();
        taken.sort_by_key(|(client, failures)| (failures.first, *client));
        taken
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Option<IpAddr>, Failures>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Accounts {
    /// Writes the failures that were counted since the last call.
    ///
    /// # Errors
    /// `Busy`: they are counted together with later ones, and wait for the next call.
    pub async fn write_failed_sign_ins(&self) -> Result<(), Error> {
        let taken = self.failed_sign_ins.take();
        if taken.is_empty() {
            return Ok(());
        }
        let opening = self.store.data_version().map(|version| version.opening());
        let (rows, limiter) = (taken.clone(), Arc::clone(&self.change_limiter));
        let written = self.store.write(move |tx| {
            rows.into_iter().try_for_each(|(client, failures)| {
                // In a database that was reopened, the id may be another user's.
                let account = failures.account.filter(|_| failures.opening == opening);
                let event = match account {
                    Some(user) => Event::of_user(EventKind::SignInFailed, user),
                    None => Event::of_server(EventKind::SignInFailed),
                };
                let event = event.with("attempts", failures.attempts).with("first", failures.first.to_string());
                Author::address(client).record(tx, &limiter, [event])
            })
        });
        let written = written.await;
        if written.is_err() {
            taken.into_iter().for_each(|(client, failures)| self.failed_sign_ins.add(client, failures));
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const AT: Timestamp = Timestamp::UNIX_EPOCH;

    fn client(n: u32) -> IpAddr {
        Ipv4Addr::from_bits(n).into()
    }

    #[test]
    fn an_address_has_one_count_and_names_the_account_only_if_there_is_one() {
        let noted = FailedSignIns::default();
        for account in [1, 1, 2, 1] {
            noted.note(client(1), AT, Some(UserId(1)), None);
            noted.note(client(2), AT, Some(UserId(account)), None);
        }
        let found: Vec<_> =
            noted.take().into_iter().map(|(_, failures)| (failures.attempts, failures.account)).collect();
        assert_eq!(found, [(4, Some(UserId(1))), (4, None)]);
        assert_eq!(noted.take(), []);
    }

    #[test]
    fn a_thousand_addresses_make_no_more_rows_than_the_bound() {
        let noted = FailedSignIns::default();
        (0..1000).for_each(|n| noted.note(client(n), AT, None, None));
        let taken = noted.take();
        assert_eq!(taken.len(), ADDRESSES + 1);
        let rest = taken.iter().find(|(client, _)| client.is_none()).map(|(_, failures)| failures.attempts);
        assert_eq!(rest, Some(1000 - ADDRESSES as u64));
    }

    #[test]
    fn the_addresses_of_one_ipv6_network_are_one_client() {
        let noted = FailedSignIns::default();
        ["2001:db8::1", "2001:db8::2"].iter().for_each(|text| noted.note(text.parse().unwrap(), AT, None, None));
        assert_eq!(noted.take().len(), 1);
    }
}
