//! Rate limits on password guessing.
//!
//! A wrong password takes one from an allowance that refills continuously: `--login-rate` (10/m by default) for each pair
//! of login name and client. A client is an IPv4 address or the first 64 bits of an IPv6 one. Two more allowances bound
//! what pairs add up to: each client has five times the rate for all login names together, against one password tried
//! on every account, and each login name has ten times the rate for all clients together, against a botnet. While an
//! allowance is used up, passwords are not checked, right or wrong; the answer says when to come back.
//!
//! **Only failures count.** An attempt takes from its allowances before the password is checked, so that a thousand
//! simultaneous guesses get no further than a thousand in a row, and a successful sign-in puts back what it took. An
//! attempt that finds an allowance used up waits while others hold a part of it, because they may put it back: right
//! passwords never refuse each other. Attempts of one pair are checked one at a time, and a client with the right
//! password on fifty connections has it checked once. The right password of a user who may not sign in is a failure.
//!
//! Right passwords still cost a hash each, so a client or an account that sends many waits behind itself
//! ([`super::hash_queue`]).
//!
//! **The cache cannot be probed.** A password that was right is accepted for a minute without a check, and without being
//! counted; but only from the client that gave it, and only until a wrong one comes from there.
//!
//! **The limits do not tell which accounts exist.** They count login names as they were given, apart from case, and go
//! on in the same way for names that do not exist. If an account's user name and addresses shared an allowance, trying
//! both would tell whose address it is; so a guesser who knows all of them has an allowance for each. Only a known
//! address of the account (see below) could see a difference.
//!
//! **Strangers cannot lock an account out.** Tokens and sessions are not limited. From an account's known addresses, the
//! last eight clients it signed in from, only the allowance of the pair applies: a botnet that guesses at the name, or
//! a neighbour who guesses at other names behind the same address, does not get in the way. From elsewhere, while a
//! botnet uses up the allowance of the name, its user has to compete with it; as soon as the guessing stops, so does
//! that. Behind the guesser's own address, only a token tells the user from the guesser.
//!
//! **Memory is fixed.** What was taken is kept in three tables of fixed size ([`table`]), at places that depend on a
//! secret. A flood of names evicts nothing, so it makes no guess cheaper: keys that share a place share an allowance,
//! which only makes it stricter. Filling the tables costs a password hash for each entry. Two cores check a few hundred
//! passwords a second; at 10/m that keeps fewer than one place in a hundred used up, and takes more than a hundred
//! addresses. Known addresses are kept for 8192 accounts, in one entry each, however often an account signs in.

mod locks;
mod passed_time;
mod rate;
mod table;

pub(crate) use passed_time::PassedTime;
pub use rate::LoginRate;
pub(in crate::accounts) use table::{CELLS, Table};

use super::hash_queue::Flow;
use crate::accounts::Error;
use crate::domain::{UserId, client_prefix};
use governor::clock::Clock;
use locks::{Lock, Locks};
use quick_cache::sync::Cache;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::pin::pin;
use std::sync::PoisonError;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

/// A client's allowance for all login names, in multiples of the rate.
const CLIENT_FACTOR: NonZeroU32 = NonZeroU32::new(5).unwrap();
/// A login name's allowance for all clients, in multiples of the rate.
const LOGIN_FACTOR: NonZeroU32 = NonZeroU32::new(10).unwrap();
/// Accounts whose known addresses are kept.
const ACCOUNTS: usize = 8192;
/// Known addresses of one account.
const KNOWN_ADDRESSES: usize = 8;

/// How long an attempt waits for others to put back what they took.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// A password given for a login name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt<'a> {
    /// In lower case, so that two names of the same account are equal.
    login: &'a str,
    client: IpAddr,
    /// A keyed hash of the two.
    pub(super) pair: u64,
}

impl Attempt<'_> {
    /// The client's place in the queue for hashes.
    pub(super) fn flow(self) -> Flow {
        Flow::Client(self.client)
    }
}

pub(crate) struct LoginLimiter<C: Clock = PassedTime> {
    allowances: Option<Allowances<C>>,
    locks: Locks,
    known_addresses: Cache<UserId, [u64; KNOWN_ADDRESSES]>,
    /// How many reservations hold a part of each allowance. At most one for each connection that waits for its answer.
    in_flight: std::sync::Mutex<HashMap<u64, u32>>,
    reservation_ended: Notify,
    secret: RandomState,
}

struct Allowances<C: Clock> {
    pairs: Table<C>,
    clients: Table<C>,
    logins: Table<C>,
}

/// What an attempt took from its allowances. It is spent unless [`Reservation::succeeded`] puts it back.
#[must_use]
pub(super) struct Reservation<'a, C: Clock = PassedTime> {
    limiter: &'a LoginLimiter<C>,
    client: u64,
    taken: Vec<(&'a Table<C>, u64)>,
}

/// An allowance is used up.
struct Refused {
    retry_after: Duration,
    /// Reservations hold a part of it.
    may_be_refunded: bool,
}

impl<C: Clock + Clone> LoginLimiter<C> {
    pub(crate) fn new(rate: LoginRate, clock: C) -> Self {
        let table = |factor| rate.times(factor).map(|quota| Table::new(quota, clock.clone()));
        let allowances = match (table(NonZeroU32::MIN), table(CLIENT_FACTOR), table(LOGIN_FACTOR)) {
            (Some(pairs), Some(clients), Some(logins)) => Some(Allowances { pairs, clients, logins }),
            _ => None,
        };
        Self {
            allowances,
            locks: Locks::default(),
            known_addresses: Cache::new(ACCOUNTS),
            in_flight: std::sync::Mutex::default(),
            reservation_ended: Notify::new(),
            secret: RandomState::new(),
        }
    }

    /// `login` is in lower case.
    pub(super) fn attempt<'a>(&self, login: &'a str, from: IpAddr) -> Attempt<'a> {
        let client = client_prefix(from);
        Attempt { login, client, pair: self.secret.hash_one((login, client)) }
    }

    /// Waits until no other attempt of this pair is checked.
    pub(super) async fn lock(&self, attempt: Attempt<'_>) -> Lock<'_> {
        self.locks.lock(attempt.pair).await
    }

    /// Takes what the attempt costs if it fails. `user` is the account of the login name, if there is one.
    ///
    /// # Errors
    /// `TooManyAttempts`; then nothing was taken.
    pub(super) async fn reserve(
        &self,
        attempt: Attempt<'_>,
        user: Option<UserId>,
    ) -> Result<Reservation<'_, C>, Error> {
        let deadline = Instant::now() + LONGEST_WAIT;
        loop {
            let mut ended = pin!(self.reservation_ended.notified());
            // Enabled before the attempt, so that no end is missed between that and the wait.
            ended.as_mut().enable();
            let refused = match self.try_reserve(attempt, user) {
                Ok(reservation) => return Ok(reservation),
                Err(refused) => refused,
            };
            if !refused.may_be_refunded || timeout_at(deadline, ended).await.is_err() {
                return Err(Error::TooManyAttempts { retry_after: refused.retry_after });
            }
        }
    }

    fn try_reserve(&self, attempt: Attempt<'_>, user: Option<UserId>) -> Result<Reservation<'_, C>, Refused> {
        let client = self.secret.hash_one(attempt.client);
        let login = self.secret.hash_one(attempt.login);
        let mut reservation = Reservation { limiter: self, client, taken: Vec::new() };
        let Some(allowances) = &self.allowances else { return Ok(reservation) };
        let known_addresses = user.and_then(|user| self.known_addresses.get(&user));
        let is_known = known_addresses.is_some_and(|known| known.contains(&client));
        let all = [(&allowances.pairs, attempt.pair), (&allowances.clients, client), (&allowances.logins, login)];

        // Locked to the end, so that nothing is put back between a refusal and the look at who holds what.
        let mut in_flight = self.in_flight();
        for (table, key) in all.into_iter().take(if is_known { 1 } else { 3 }) {
            if let Err(retry_after) = table.take(key) {
                reservation.taken.drain(..).for_each(|(table, key)| table.refund(key));
                return Err(Refused { retry_after, may_be_refunded: in_flight.contains_key(&key) });
            }
            reservation.taken.push((table, key));
        }
        for (_, key) in &reservation.taken {
            *in_flight.entry(*key).or_default() += 1;
        }
        Ok(reservation)
    }

    fn in_flight(&self) -> std::sync::MutexGuard<'_, HashMap<u64, u32>> {
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C: Clock + Clone> Reservation<'_, C> {
    /// The attempt was a sign-in: it costs nothing, and its client is the newest known address of the account.
    pub(super) fn succeeded(mut self, user: UserId) {
        let limiter = self.limiter;
        if limiter.allowances.is_none() {
            return;
        }
        let mut known = limiter.known_addresses.get(&user).unwrap_or_default();
        let place = known.iter().position(|address| *address == self.client);
        known[..=place.unwrap_or(KNOWN_ADDRESSES - 1)].rotate_right(1);
        known[0] = self.client;
        limiter.known_addresses.insert(user, known);
        self.end(true);
    }
}

impl<C: Clock> Reservation<'_, C> {
    fn end(&mut self, refund: bool) {
        if self.taken.is_empty() {
            return;
        }
        let mut in_flight = self.limiter.in_flight.lock().unwrap_or_else(PoisonError::into_inner);
        for (table, key) in self.taken.drain(..) {
            if refund {
                table.refund(key);
            }
            match in_flight.get_mut(&key) {
                Some(held) if *held > 1 => *held -= 1,
                _ => drop(in_flight.remove(&key)),
            }
        }
        drop(in_flight);
        self.limiter.reservation_ended.notify_waiters();
    }
}

impl<C: Clock> Drop for Reservation<'_, C> {
    fn drop(&mut self) {
        self.end(false);
    }
}

#[cfg(test)]
mod tests;
