//! Which tokens were presented lately, roughly and in little room: the most of a crowd's will not be presented again while
//! they could be remembered, and to remember them would only push out those that are.

use crate::domain::TokenHash;
use std::sync::atomic::{AtomicU32, Ordering};

/// Places; 16 KiB in all.
const PLACES: usize = 4096;

/// A part of the digest of whichever token last fell on each place.
pub(super) struct Glimpses(Box<[AtomicU32]>);

impl Glimpses {
    pub(super) fn new() -> Self {
        Self((0..PLACES).map(|_| AtomicU32::new(0)).collect())
    }

    /// Notes the token, and says whether it was noted before. One of another digest with the same 44 bits is taken for it,
    /// which does no harm: it is remembered a little early.
    pub(super) fn again(&self, token: &TokenHash) -> bool {
        let [a, b, c, d, e, f, ..] = *token.as_bytes();
        let (place, print) = (u16::from_be_bytes([a, b]), u32::from_be_bytes([c, d, e, f]));
        self.0[usize::from(place) % PLACES].swap(print, Ordering::Relaxed) == print
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(first: u16, rest: u8) -> TokenHash {
        let mut bytes = [rest; 32];
        bytes[..2].copy_from_slice(&first.to_be_bytes());
        TokenHash::from_bytes(bytes)
    }

    #[test]
    fn a_token_is_known_from_the_second_time_on() {
        let glimpses = Glimpses::new();
        for place in [0, 1, 4095] {
            assert!(!glimpses.again(&token(place, 1)));
            assert!(glimpses.again(&token(place, 1)));
            assert!(glimpses.again(&token(place, 1)));
        }
    }

    #[test]
    fn another_in_its_place_is_not_taken_for_it_and_takes_the_place() {
        let glimpses = Glimpses::new();
        assert!(!glimpses.again(&token(7, 1)));
        assert!(!glimpses.again(&token(7 + 4096, 2)));
        assert!(!glimpses.again(&token(7, 1)));
    }
}
