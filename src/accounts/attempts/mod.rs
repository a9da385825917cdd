//! Slowing down whoever guesses passwords.
//!
//! A wrong password costs an allowance that refills continuously, `--login-rate` (10/m unless set) for each pair of login
//! name and address. An address is what one client_prefix has: an IPv4 address, or the first 64 bits of an IPv6 one. Beside
//! that, each address has five times as much for all login names together, which slows down one password tried on
//! everybody, and each login name ten times as much for all addresses together, which slows down a crowd. Whoever has
//! nothing left is told to come back, and no password is looked at, right or wrong.
//!
//! **Only failures cost.** One is taken right before the password is looked at and put back after a sign-in that succeeded,
//! so that of a thousand guesses at the same moment no more pass than one after the other. No more are taken at a time
//! than there are cores to hash on, and one for each pair: a client with the right password on fifty connections has it
//! checked once and is never in its own way. A right password of somebody who may not sign in is a failure as any other.
//!
//! **What is remembered can't be guessed at.** A password that was right is good for a minute without a check, and is not
//! counted, but only from the address that gave it, and only until a wrong one comes from there.
//!
//! **Nobody learns who has an account.** Counted is the login name as it was written, but for its case, and not the
//! account behind it: the same goes on for names that nobody has. (Were an account's name and addresses one key, trying
//! both would tell whose address it is. Who knows all of somebody's names has an allowance for each.) Only an address
//! where somebody is at home, see below, could see a difference.
//!
//! **Nobody can be locked out by strangers.** Tokens and sessions are never counted. Where an account last signed in from
//! (eight addresses of each), the pair's own allowance is all that counts, so that neither a crowd that guesses at the
//! name nor somebody who guesses at others from the same address stands in the way. From elsewhere, while a crowd has
//! taken all that a name has, somebody waits for a turn as the crowd does, and for no longer than it goes on: nothing is
//! ever locked. From the very address of a guesser, nothing tells the two apart but a token.
//!
//! **Memory stays as it is.** Three tables of fixed size hold what was spent ([`table`]), at places that depend on a
//! secret. No key pushes out another, so no flood of names makes anybody's guesses cheaper: two keys in one place share
//! one allowance, which can only be stricter. To fill the tables costs a password hash an entry: two cores check some
//! hundred passwords a second, which at 10/m keep less than one place in a hundred exhausted, from more than a hundred
//! addresses. Where accounts are at home is kept for 8192 of them; one account has one place there, however often and
//! from wherever it signs in.

mod rate;
mod table;

pub use rate::LoginRate;

use super::Error;
use crate::domain::UserId;
use governor::clock::{Clock, MonotonicClock};
use quick_cache::sync::Cache;
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use table::Table;
use tokio::sync::{Mutex, MutexGuard};

/// How many times the rate one address has for all login names.
const ONE_ADDRESS: NonZeroU32 = NonZeroU32::new(5).unwrap();
/// How many times the rate one login name has for all addresses.
const ONE_LOGIN: NonZeroU32 = NonZeroU32::new(10).unwrap();
/// Queues of attempts by one pair; a few pairs share each.
const QUEUES: usize = 256;
/// Accounts of which it is known where they are at home.
const ACCOUNTS_WITH_KNOWN_ADDRESSES: usize = 8192;
/// Addresses where one account is at home.
const KNOWN_ADDRESSES: usize = 8;

/// Somebody who gives a password for a login name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt<'a> {
    /// Folded: two that find the same account are equal.
    login: &'a str,
    client_prefix: IpAddr,
    /// Stands for both.
    pub(super) pair: u64,
}

/// What was taken for an attempt. It is spent unless [`Attempts::succeeded`] hears of it.
#[must_use]
pub(super) struct Admitted {
    keys: Keys,
    from_known_address: bool,
}

#[derive(Clone, Copy)]
struct Keys {
    pair: u64,
    address: u64,
    login: u64,
}

pub(super) struct Attempts<C: Clock = MonotonicClock> {
    limits: Option<Limits<C>>,
    queues: Box<[Mutex<()>]>,
    known_addresses: Cache<UserId, [u64; KNOWN_ADDRESSES]>,
    secret: RandomState,
}

struct Limits<C: Clock> {
    pairs: Table<C>,
    addresses: Table<C>,
    logins: Table<C>,
}

impl<C: Clock + Clone> Attempts<C> {
    pub(super) fn new(rate: LoginRate, clock: C) -> Self {
        let table = |factor| rate.times(factor).map(|quota| Table::new(quota, clock.clone()));
        let limits = match (table(NonZeroU32::MIN), table(ONE_ADDRESS), table(ONE_LOGIN)) {
            (Some(pairs), Some(addresses), Some(logins)) => Some(Limits { pairs, addresses, logins }),
            _ => None,
        };
        Self {
            limits,
            queues: (0..QUEUES).map(|_| Mutex::default()).collect(),
            known_addresses: Cache::new(ACCOUNTS_WITH_KNOWN_ADDRESSES),
            secret: RandomState::new(),
        }
    }

    /// `login` is folded: two that find the same account are equal.
    pub(super) fn attempt<'a>(&self, login: &'a str, from: IpAddr) -> Attempt<'a> {
        let client_prefix = client_prefix(from);
        Attempt { login, client_prefix, pair: self.secret.hash_one((login, client_prefix)) }
    }

    /// Waits until no other attempt of this pair is looked at.
    pub(super) async fn turn(&self, attempt: Attempt<'_>) -> MutexGuard<'_, ()> {
        self.queues[attempt.pair as usize % QUEUES].lock().await
    }

    /// Whether the attempt would be let in now.
    ///
    /// # Errors
    /// `TooManyAttempts`.
    pub(super) fn would_admit(&self, attempt: Attempt<'_>, user: Option<UserId>) -> Result<(), Error> {
        self.admit(attempt, user).map(|admitted| self.refund(&admitted))
    }

    /// Takes what the attempt will have cost if it fails.
    ///
    /// # Errors
    /// `TooManyAttempts`, and then nothing was taken.
    pub(super) fn admit(&self, attempt: Attempt<'_>, user: Option<UserId>) -> Result<Admitted, Error> {
        let keys = Keys {
            pair: attempt.pair,
            address: self.secret.hash_one(attempt.client_prefix),
            login: self.secret.hash_one(attempt.login),
        };
        let known_addresses = user.and_then(|user| self.known_addresses.get(&user));
        let admitted = Admitted {
            keys,
            from_known_address: known_addresses.is_some_and(|known_addresses| known_addresses.contains(&keys.address)),
        };
        for (taken, (table, key)) in self.asked(&admitted).enumerate() {
            if let Err(retry_after) = table.take(key) {
                self.asked(&admitted).take(taken).for_each(|(table, key)| table.refund(key));
                return Err(Error::TooManyAttempts { retry_after });
            }
        }
        Ok(admitted)
    }

    /// The attempt was a sign-in: it cost nothing, and its address is the account's newest.
    pub(super) fn succeeded(&self, admitted: &Admitted, user: UserId) {
        self.refund(admitted);
        if self.limits.is_none() {
            return;
        }
        let mut known_addresses = self.known_addresses.get(&user).unwrap_or_default();
        let known = known_addresses.iter().position(|home| *home == admitted.keys.address);
        known_addresses[..=known.unwrap_or(KNOWN_ADDRESSES - 1)].rotate_right(1);
        known_addresses[0] = admitted.keys.address;
        self.known_addresses.insert(user, known_addresses);
    }

    fn refund(&self, admitted: &Admitted) {
        self.asked(admitted).for_each(|(table, key)| table.refund(key));
    }

    /// The allowances that an attempt needs.
    fn asked(&self, admitted: &Admitted) -> impl Iterator<Item = (&Table<C>, u64)> {
        let (keys, count) = (admitted.keys, if admitted.from_known_address { 1 } else { 3 });
        self.limits.iter().flat_map(move |limits| {
            let all = [(&limits.pairs, keys.pair), (&limits.addresses, keys.address), (&limits.logins, keys.login)];
            all.into_iter().take(count)
        })
    }
}

/// What one client_prefix has: of IPv6 no less than 64 bits (RFC 6177 section 2).
fn client_prefix(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
    }
}

#[cfg(test)]
mod tests;
