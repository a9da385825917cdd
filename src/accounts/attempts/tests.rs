//! The limits, by a clock that goes as it is told.

use super::*;
use governor::clock::FakeRelativeClock;
use std::time::Duration;

const JANE: UserId = UserId(1);

/// 10/m: ten a pair, fifty an address, a hundred a login name.
fn limited() -> (Attempts<FakeRelativeClock>, FakeRelativeClock) {
    let clock = FakeRelativeClock::default();
    (Attempts::new(LoginRate::default(), clock.clone()), clock)
}

impl Attempts<FakeRelativeClock> {
    /// A wrong password; how long to wait if none was looked at.
    #[track_caller]
    fn fail(&self, login: &str, from: &str, user: Option<UserId>) -> Result<(), Duration> {
        match self.admit(self.attempt(login, from.parse().unwrap()), user) {
            Ok(_) => Ok(()),
            Err(Error::TooManyAttempts { retry_after }) => Err(retry_after),
            Err(other) => panic!("{other}"),
        }
    }

    fn succeed(&self, login: &str, from: &str, user: UserId) -> bool {
        let admitted = self.admit(self.attempt(login, from.parse().unwrap()), Some(user));
        admitted.map(|admitted| self.succeeded(&admitted, user)).is_ok()
    }

    /// A wrong password from each of 255 addresses.
    fn crowd(&self, login: &str, user: Option<UserId>) -> usize {
        (0..255).filter(|n| self.fail(login, &format!("192.0.2.{n}"), user).is_ok()).count()
    }

    /// FieldErrorKind passwords that are looked at, of so many.
    fn looked_at(&self, count: usize, login: &str, from: &str) -> usize {
        (0..count).filter(|_| self.fail(login, from, None).is_ok()).count()
    }
}

#[test]
fn a_pair_has_its_allowance_and_gets_one_back_every_six_seconds() {
    let (attempts, clock) = limited();
    assert_eq!(attempts.looked_at(50, "jane", "192.0.2.1"), 10);
    assert_eq!(attempts.fail("jane", "192.0.2.1", None), Err(Duration::from_secs(6)));
    clock.advance(Duration::from_millis(5500));
    assert_eq!(attempts.fail("jane", "192.0.2.1", None), Err(Duration::from_millis(500)));
    clock.advance(Duration::from_millis(500));
    assert_eq!(attempts.looked_at(50, "jane", "192.0.2.1"), 1);
    clock.advance(Duration::from_secs(30));
    assert_eq!(attempts.looked_at(50, "jane", "192.0.2.1"), 5);
    clock.advance(Duration::from_secs(3600));
    assert_eq!(attempts.looked_at(50, "jane", "192.0.2.1"), 10);
}

#[test]
fn other_names_and_other_addresses_have_their_own() {
    let (attempts, _) = limited();
    assert_eq!(attempts.looked_at(50, "jane", "192.0.2.1"), 10);
    assert_eq!(attempts.looked_at(50, "jane", "192.0.2.2"), 10);
    assert_eq!(attempts.looked_at(50, "joe", "192.0.2.1"), 10);
}

#[test]
fn one_address_has_five_times_as_much_for_all_names() {
    let (attempts, clock) = limited();
    let names: Vec<_> = (0..30).map(|n| format!("user{n}")).collect();
    let spray = || names.iter().map(|name| attempts.looked_at(2, name, "192.0.2.1")).sum::<usize>();
    assert_eq!(spray(), 50);
    assert_eq!(attempts.fail("user99", "192.0.2.1", None), Err(Duration::from_millis(1200)));
    clock.advance(Duration::from_secs(12));
    assert_eq!(spray(), 10);
    assert_eq!(attempts.looked_at(1, "user99", "192.0.2.2"), 1);
}

#[test]
fn one_name_has_ten_times_as_much_for_all_addresses() {
    let (attempts, clock) = limited();
    assert_eq!(attempts.crowd("jane", None), 100);
    assert_eq!(attempts.fail("jane", "198.51.100.1", None), Err(Duration::from_millis(600)));
    clock.advance(Duration::from_secs(6));
    assert_eq!(attempts.crowd("jane", None), 10);
    assert_eq!(attempts.looked_at(1, "joe", "192.0.2.1"), 1);
}

#[test]
fn what_is_refused_costs_nothing() {
    let (attempts, _) = limited();
    assert_eq!(attempts.looked_at(1000, "jane", "192.0.2.1"), 10);
    // Neither the address nor the name has paid for more than ten.
    let others = (0..30).map(|n| attempts.looked_at(2, &format!("user{n}"), "192.0.2.1")).sum::<usize>();
    assert_eq!(others, 40);
    let crowd = (2..255).map(|n| attempts.looked_at(1, "jane", &format!("192.0.2.{n}"))).sum::<usize>();
    assert_eq!(crowd, 90);
    // Refused for the address's sake, and for the name's: the pair has not paid.
    assert_eq!(attempts.looked_at(100, "user99", "192.0.2.1"), 0);
    attempts
        .known_addresses
        .insert(JANE, [attempts.secret.hash_one(client_prefix([192, 0, 2, 1].into())); KNOWN_ADDRESSES]);
    let from_known_address = (0..50).filter(|_| attempts.fail("user99", "192.0.2.1", Some(JANE)).is_ok()).count();
    assert_eq!(from_known_address, 10);
}

#[test]
fn asking_costs_nothing() {
    let (attempts, _) = limited();
    let attempt = attempts.attempt("jane", [192, 0, 2, 1].into());
    (0..100).for_each(|_| attempts.would_admit(attempt, None).unwrap());
    assert_eq!(attempts.looked_at(50, "jane", "192.0.2.1"), 10);
    assert!(attempts.would_admit(attempt, None).is_err());
}

#[test]
fn a_sign_in_costs_nothing_and_earns_nothing() {
    let (attempts, _) = limited();
    assert!((0..1000).all(|_| attempts.succeed("jane", "192.0.2.1", JANE)));
    assert_eq!(attempts.looked_at(4, "jane", "192.0.2.1"), 4);
    assert!((0..1000).all(|_| attempts.succeed("jane", "192.0.2.1", JANE)));
    assert_eq!(attempts.looked_at(50, "jane", "192.0.2.1"), 6);
}

#[test]
fn what_is_under_way_counts_as_failed_until_it_has_succeeded() {
    let (attempts, _) = limited();
    let attempt = attempts.attempt("jane", [192, 0, 2, 1].into());
    let flood: Vec<_> = (0..1000).filter_map(|_| attempts.admit(attempt, Some(JANE)).ok()).collect();
    assert_eq!(flood.len(), 10);
    flood.iter().for_each(|admitted| attempts.succeeded(admitted, JANE));
    assert_eq!(attempts.looked_at(50, "jane", "192.0.2.1"), 10);
}

#[test]
fn a_crowd_does_not_stand_in_the_way_at_home() {
    let (attempts, _) = limited();
    assert!(attempts.succeed("jane", "203.0.113.1", JANE));
    assert_eq!(attempts.crowd("jane", Some(JANE)), 100);
    assert!(!attempts.succeed("jane", "203.0.113.2", JANE));
    assert!(attempts.succeed("jane", "203.0.113.1", JANE));
    // With an allowance of its own, which a guesser there has, too.
    let guesses = (0..50).filter(|_| attempts.fail("jane", "203.0.113.1", Some(JANE)).is_ok()).count();
    assert_eq!(guesses, 10);
}

#[test]
fn nor_does_somebody_who_guesses_at_others_there() {
    let (attempts, _) = limited();
    assert!(attempts.succeed("jane", "203.0.113.1", JANE));
    let guesses = (0..60).filter(|n| attempts.fail(&format!("user{n}"), "203.0.113.1", None).is_ok()).count();
    assert_eq!(guesses, 50);
    assert!(attempts.succeed("jane", "203.0.113.1", JANE));
    assert!(!attempts.succeed("joe", "203.0.113.1", UserId(2)));
}

#[test]
fn home_is_the_eight_addresses_that_were_used_last() {
    let (attempts, _) = limited();
    let known_addresses: Vec<_> = (1..=9).map(|n| format!("203.0.113.{n}")).collect();
    known_addresses[..8].iter().for_each(|home| assert!(attempts.succeed("jane", home, JANE)));
    // The first is used again, so the second goes.
    assert!(attempts.succeed("jane", &known_addresses[0], JANE) && attempts.succeed("jane", &known_addresses[8], JANE));
    assert_eq!(attempts.crowd("jane", Some(JANE)), 100);
    let let_in: Vec<_> = known_addresses.iter().map(|home| attempts.succeed("jane", home, JANE)).collect();
    assert_eq!(let_in, [true, false, true, true, true, true, true, true, true]);
}

#[test]
fn an_account_that_signs_in_from_everywhere_takes_no_place_of_anothers() {
    let (attempts, _) = limited();
    assert!(attempts.succeed("jane", "203.0.113.1", JANE));
    for n in 0..20_000u32 {
        assert!(attempts.succeed("joe", &format!("2001:db8:{:x}:{:x}::1", n >> 16, n & 0xffff), UserId(2)));
    }
    assert_eq!(attempts.crowd("jane", Some(JANE)), 100);
    assert!(attempts.succeed("jane", "203.0.113.1", JANE));
}

#[test]
fn an_ipv6_subscriber_is_64_bits() {
    let (attempts, _) = limited();
    let network = |n: u16| format!("2001:db8:0:{n:x}:{:x}::{n}", n * 3 + 1);
    let same = (0..50).map(|n| attempts.looked_at(1, "jane", &format!("2001:db8::{n}:{:x}", n * 7))).sum::<usize>();
    assert_eq!(same, 10);
    assert_eq!((1..50).map(|n| attempts.looked_at(1, "jane", &network(n))).sum::<usize>(), 49);
    assert_eq!(attempts.looked_at(50, "joe", "192.0.2.1"), 10);
    assert_eq!(attempts.looked_at(50, "joe", "::ffff:192.0.2.1"), 0);
}

#[test]
fn a_flood_of_names_gives_nobody_another_guess() {
    let (attempts, _) = limited();
    assert_eq!(attempts.looked_at(50, "jane", "192.0.2.1"), 10);
    for n in 0..300_000u32 {
        let _ = attempts.fail(&format!("user{n}"), &format!("2001:db8:{:x}:{:x}::1", n >> 16, n & 0xffff), None);
    }
    assert_eq!(attempts.looked_at(50, "jane", "192.0.2.1"), 0);
}

#[test]
fn off_is_off() {
    let clock = FakeRelativeClock::default();
    let attempts = Attempts::new(LoginRate::Off, clock);
    assert_eq!(attempts.looked_at(5000, "jane", "192.0.2.1"), 5000);
}

#[tokio::test]
async fn a_pair_is_looked_at_one_attempt_at_a_time() {
    use futures_util::FutureExt;
    let (attempts, _) = limited();
    let attempt = attempts.attempt("jane", [192, 0, 2, 1].into());
    let first = attempts.turn(attempt).await;
    assert!(attempts.turn(attempt).now_or_never().is_none());
    drop(first);
    assert!(attempts.turn(attempt).now_or_never().is_some());
}
