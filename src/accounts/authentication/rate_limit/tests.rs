//! The limits, with a clock that the test advances.

use super::*;
use futures_util::FutureExt;
use futures_util::future::join_all;
use governor::clock::FakeRelativeClock;
use std::time::Duration;

const JANE: UserId = UserId(1);

/// 10/m: ten for a pair, fifty for a client, a hundred for a login name.
fn limited() -> (LoginLimiter<FakeRelativeClock>, FakeRelativeClock) {
    let clock = FakeRelativeClock::default();
    (LoginLimiter::new(LoginRate::default(), clock.clone()), clock)
}

impl LoginLimiter<FakeRelativeClock> {
    fn reserve_now(
        &self,
        login: &str,
        from: &str,
        user: Option<UserId>,
    ) -> Result<Reservation<'_, FakeRelativeClock>, Error> {
        let reserving = self.reserve(self.attempt(login, from.parse().unwrap()), user);
        reserving.now_or_never().expect("nothing is in flight")
    }

    /// A wrong password, or how long to wait if it was not checked.
    #[track_caller]
    fn fail(&self, login: &str, from: &str, user: Option<UserId>) -> Result<(), Duration> {
        match self.reserve_now(login, from, user) {
            Ok(reservation) => {
                drop(reservation);
                Ok(())
            }
            Err(Error::TooManyAttempts { retry_after }) => Err(retry_after),
            Err(other) => panic!("{other}"),
        }
    }

    fn succeed(&self, login: &str, from: &str, user: UserId) -> bool {
        self.reserve_now(login, from, Some(user)).map(|reservation| reservation.succeeded(user)).is_ok()
    }

    /// A wrong password from each of 255 addresses; the number of those that are checked.
    fn botnet(&self, login: &str, user: Option<UserId>) -> usize {
        (0..255).filter(|n| self.fail(login, &format!("192.0.2.{n}"), user).is_ok()).count()
    }

    /// So many wrong passwords; the number of those that are checked.
    fn checked(&self, count: usize, login: &str, from: &str) -> usize {
        (0..count).filter(|_| self.fail(login, from, None).is_ok()).count()
    }
}

#[test]
fn the_allowance_of_a_pair_refills_every_six_seconds() {
    let (limiter, clock) = limited();
    assert_eq!(limiter.checked(50, "jane", "192.0.2.1"), 10);
    assert_eq!(limiter.fail("jane", "192.0.2.1", None), Err(Duration::from_secs(6)));
    clock.advance(Duration::from_millis(5500));
    assert_eq!(limiter.fail("jane", "192.0.2.1", None), Err(Duration::from_millis(500)));
    clock.advance(Duration::from_millis(500));
    assert_eq!(limiter.checked(50, "jane", "192.0.2.1"), 1);
    clock.advance(Duration::from_secs(30));
    assert_eq!(limiter.checked(50, "jane", "192.0.2.1"), 5);
    clock.advance(Duration::from_secs(3600));
    assert_eq!(limiter.checked(50, "jane", "192.0.2.1"), 10);
}

#[test]
fn other_login_names_and_other_clients_have_their_own_allowance() {
    let (limiter, _) = limited();
    assert_eq!(limiter.checked(50, "jane", "192.0.2.1"), 10);
    assert_eq!(limiter.checked(50, "jane", "192.0.2.2"), 10);
    assert_eq!(limiter.checked(50, "joe", "192.0.2.1"), 10);
}

#[test]
fn a_client_has_five_times_the_rate_for_all_login_names() {
    let (limiter, clock) = limited();
    let names: Vec<_> = (0..30).map(|n| format!("user{n}")).collect();
    let spray = || names.iter().map(|name| limiter.checked(2, name, "192.0.2.1")).sum::<usize>();
    assert_eq!(spray(), 50);
    assert_eq!(limiter.fail("user99", "192.0.2.1", None), Err(Duration::from_millis(1200)));
    clock.advance(Duration::from_secs(12));
    assert_eq!(spray(), 10);
    assert_eq!(limiter.checked(1, "user99", "192.0.2.2"), 1);
}

#[test]
fn a_login_name_has_ten_times_the_rate_for_all_clients() {
    let (limiter, clock) = limited();
    assert_eq!(limiter.botnet("jane", None), 100);
    assert_eq!(limiter.fail("jane", "198.51.100.1", None), Err(Duration::from_millis(600)));
    clock.advance(Duration::from_secs(6));
    assert_eq!(limiter.botnet("jane", None), 10);
    assert_eq!(limiter.checked(1, "joe", "192.0.2.1"), 1);
}

#[test]
fn a_refused_attempt_costs_nothing() {
    let (limiter, _) = limited();
    assert_eq!(limiter.checked(1000, "jane", "192.0.2.1"), 10);
    // Neither the client nor the login name was charged for more than ten.
    let others = (0..30).map(|n| limiter.checked(2, &format!("user{n}"), "192.0.2.1")).sum::<usize>();
    assert_eq!(others, 40);
    let botnet = (2..255).map(|n| limiter.checked(1, "jane", &format!("192.0.2.{n}"))).sum::<usize>();
    assert_eq!(botnet, 90);
    // Refused because of the client and the login name: the pair was not charged.
    assert_eq!(limiter.checked(100, "user99", "192.0.2.1"), 0);
    limiter
        .known_addresses
        .insert(JANE, [limiter.secret.hash_one(client_prefix([192, 0, 2, 1].into())); KNOWN_ADDRESSES]);
    let from_known_address = (0..50).filter(|_| limiter.fail("user99", "192.0.2.1", Some(JANE)).is_ok()).count();
    assert_eq!(from_known_address, 10);
}

#[test]
fn a_sign_in_neither_costs_nor_refills() {
    let (limiter, _) = limited();
    assert!((0..1000).all(|_| limiter.succeed("jane", "192.0.2.1", JANE)));
    assert_eq!(limiter.checked(4, "jane", "192.0.2.1"), 4);
    assert!((0..1000).all(|_| limiter.succeed("jane", "192.0.2.1", JANE)));
    assert_eq!(limiter.checked(50, "jane", "192.0.2.1"), 6);
}

#[tokio::test]
async fn an_attempt_in_flight_counts_as_failed_until_it_succeeds() {
    let (limiter, _) = limited();
    let attempt = limiter.attempt("jane", [192, 0, 2, 1].into());
    let flood: Vec<_> = (0..1000).filter_map(|_| limiter.reserve(attempt, Some(JANE)).now_or_never()).collect();
    assert_eq!(flood.len(), 10);
    flood.into_iter().for_each(|reservation| reservation.unwrap().succeeded(JANE));
    assert_eq!(limiter.checked(50, "jane", "192.0.2.1"), 10);
}

#[tokio::test(start_paused = true)]
async fn right_passwords_never_refuse_each_other() {
    let (limiter, _) = limited();
    // Behind one address, more users than the allowance of one client.
    let sign_in = async |user: i64| {
        let login = format!("user{user}");
        let attempt = limiter.attempt(&login, [192, 0, 2, 1].into());
        let reservation = limiter.reserve(attempt, Some(UserId(user))).await?;
        // All that can hold a reservation hold one before the first ends.
        tokio::task::yield_now().await;
        reservation.succeeded(UserId(user));
        Ok::<_, Error>(())
    };
    let answers = join_all((0..200).map(sign_in)).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert!(limiter.in_flight().is_empty());
    assert_eq!(limiter.checked(50, "jane", "192.0.2.1"), 10);
}

#[tokio::test]
async fn wrong_passwords_in_flight_leave_nothing_to_wait_for_when_they_end() {
    let (limiter, _) = limited();
    let attempt = limiter.attempt("jane", [192, 0, 2, 1].into());
    let first: Vec<_> = (0..10).filter_map(|_| limiter.reserve(attempt, None).now_or_never()).collect();
    let mut waiting = pin!(limiter.reserve(attempt, None));
    assert!(waiting.as_mut().now_or_never().is_none());
    drop(first);
    let refused = waiting.now_or_never().expect("it is over");
    assert!(matches!(refused, Err(Error::TooManyAttempts { .. })));
}

#[tokio::test(start_paused = true)]
async fn the_wait_for_others_is_bounded() {
    let (limiter, _) = limited();
    let attempt = limiter.attempt("jane", [192, 0, 2, 1].into());
    let _held: Vec<_> = (0..10).filter_map(|_| limiter.reserve(attempt, None).now_or_never()).collect();
    let start = Instant::now();
    assert!(limiter.reserve(attempt, None).await.is_err());
    let waited = start.elapsed().as_secs_f64();
    assert!((waited - LONGEST_WAIT.as_secs_f64()).abs() < 0.01, "{waited}");
}

#[test]
fn a_botnet_does_not_lock_a_known_address_out() {
    let (limiter, _) = limited();
    assert!(limiter.succeed("jane", "203.0.113.1", JANE));
    assert_eq!(limiter.botnet("jane", Some(JANE)), 100);
    assert!(!limiter.succeed("jane", "203.0.113.2", JANE));
    assert!(limiter.succeed("jane", "203.0.113.1", JANE));
    // A guesser at the known address has the allowance of the pair, and no more.
    let guesses = (0..50).filter(|_| limiter.fail("jane", "203.0.113.1", Some(JANE)).is_ok()).count();
    assert_eq!(guesses, 10);
}

#[test]
fn a_guesser_at_other_names_does_not_lock_a_known_address_out() {
    let (limiter, _) = limited();
    assert!(limiter.succeed("jane", "203.0.113.1", JANE));
    let guesses = (0..60).filter(|n| limiter.fail(&format!("user{n}"), "203.0.113.1", None).is_ok()).count();
    assert_eq!(guesses, 50);
    assert!(limiter.succeed("jane", "203.0.113.1", JANE));
    assert!(!limiter.succeed("joe", "203.0.113.1", UserId(2)));
}

#[test]
fn the_eight_addresses_that_were_used_last_are_known() {
    let (limiter, _) = limited();
    let known_addresses: Vec<_> = (1..=9).map(|n| format!("203.0.113.{n}")).collect();
    known_addresses[..8].iter().for_each(|address| assert!(limiter.succeed("jane", address, JANE)));
    // The first is used again, so the second is forgotten.
    assert!(limiter.succeed("jane", &known_addresses[0], JANE) && limiter.succeed("jane", &known_addresses[8], JANE));
    assert_eq!(limiter.botnet("jane", Some(JANE)), 100);
    let signed_in: Vec<_> = known_addresses.iter().map(|from| limiter.succeed("jane", from, JANE)).collect();
    assert_eq!(signed_in, [true, false, true, true, true, true, true, true, true]);
}

#[test]
fn an_account_that_signs_in_from_everywhere_does_not_evict_others() {
    let (limiter, _) = limited();
    assert!(limiter.succeed("jane", "203.0.113.1", JANE));
    for n in 0..20_000u32 {
        assert!(limiter.succeed("joe", &format!("2001:db8:{:x}:{:x}::1", n >> 16, n & 0xffff), UserId(2)));
    }
    assert_eq!(limiter.botnet("jane", Some(JANE)), 100);
    assert!(limiter.succeed("jane", "203.0.113.1", JANE));
}

#[test]
fn an_ipv6_client_is_64_bits() {
    let (limiter, _) = limited();
    let network = |n: u16| format!("2001:db8:0:{n:x}:{:x}::{n}", n * 3 + 1);
    let same = (0..50).map(|n| limiter.checked(1, "jane", &format!("2001:db8::{n}:{:x}", n * 7))).sum::<usize>();
    assert_eq!(same, 10);
    assert_eq!((1..50).map(|n| limiter.checked(1, "jane", &network(n))).sum::<usize>(), 49);
    assert_eq!(limiter.checked(50, "joe", "192.0.2.1"), 10);
    assert_eq!(limiter.checked(50, "joe", "::ffff:192.0.2.1"), 0);
}

#[test]
fn a_flood_of_names_does_not_refill_an_allowance() {
    let (limiter, _) = limited();
    assert_eq!(limiter.checked(50, "jane", "192.0.2.1"), 10);
    for n in 0..300_000u32 {
        let _ = limiter.fail(&format!("user{n}"), &format!("2001:db8:{:x}:{:x}::1", n >> 16, n & 0xffff), None);
    }
    assert_eq!(limiter.checked(50, "jane", "192.0.2.1"), 0);
}

#[test]
fn off_means_no_limit() {
    let clock = FakeRelativeClock::default();
    let limiter = LoginLimiter::new(LoginRate::Off, clock);
    assert_eq!(limiter.checked(5000, "jane", "192.0.2.1"), 5000);
}

#[tokio::test]
async fn attempts_of_a_pair_are_checked_one_at_a_time() {
    let (limiter, _) = limited();
    let attempt = limiter.attempt("jane", [192, 0, 2, 1].into());
    let first = limiter.lock(attempt).await;
    assert!(limiter.lock(attempt).now_or_never().is_none());
    drop(first);
    assert!(limiter.lock(attempt).now_or_never().is_some());
}
