//! The source of everything that must not be guessed: secrets, ids and salts. For a database in a file it is the
//! operating system; a database in memory can have a generator with a seed, which repeats itself.

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use std::sync::{Arc, Mutex, PoisonError};

/// Clones draw from the same source.
#[derive(Clone, derive_more::Debug)]
#[debug("Random(…)")]
pub struct Random(
    /// `None` for the operating system's randomness.
    Option<Arc<Mutex<ChaCha20Rng>>>,
);

/// The operating system provides no randomness.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no randomness: {0}")]
pub struct NoRandomness(getrandom::Error);

impl Random {
    /// The operating system's randomness.
    pub const SYSTEM: Self = Self(None);

    /// A generator that gives the same bytes for the same seed. Only the image of a database in memory may have one.
    pub(crate) fn seeded(seed: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        Self(Some(Arc::new(Mutex::new(ChaCha20Rng::from_seed(key)))))
    }

    /// A source of its own that continues from here as this one does.
    pub(crate) fn fork(&self) -> Self {
        let fork = |generator: &Arc<Mutex<ChaCha20Rng>>| {
            let state = generator.lock().unwrap_or_else(PoisonError::into_inner).serialize_state();
            Arc::new(Mutex::new(ChaCha20Rng::deserialize_state(&state)))
        };
        Self(self.0.as_ref().map(fork))
    }

    /// # Errors
    /// The operating system provides no randomness.
    pub fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        match &self.0 {
            None => getrandom::fill(bytes).map_err(NoRandomness),
            Some(generator) => {
                generator.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(random: &Random) -> [u8; 5] {
        let mut bytes = [0; 5];
        random.fill(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn a_seed_repeats_itself_and_a_fork_continues() {
        let (one, same, other) = (Random::seeded(1), Random::seeded(1), Random::seeded(2));
        let first = draw(&one);
        assert_eq!(first, draw(&same));
        assert_ne!(first, draw(&other));
        let fork = one.fork();
        let second = draw(&one);
        assert_ne!(second, first);
        assert_eq!((draw(&fork), draw(&same.clone())), (second, second));
        assert_eq!(draw(&fork), draw(&same));
    }

    #[test]
    fn the_system_does_not_repeat_itself() {
        assert_ne!(draw(&Random::SYSTEM), draw(&Random::SYSTEM.fork()));
        assert_eq!(format!("{:?}", Random::seeded(1)), "Random(…)");
    }
}
