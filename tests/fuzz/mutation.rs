//! Mutations: an input of the corpus, changed a few times. A failing input shrinks to fewer changes.

use base64::{Engine, prelude::BASE64_STANDARD};
use proptest::prelude::*;
use std::fmt;

/// One change. A position is taken modulo the length.
#[derive(Clone, Debug)]
pub enum Change {
    /// Inserts a piece of the dictionary.
    Insert {
        at: usize,
        piece: usize,
    },
    Overwrite {
        at: usize,
        byte: u8,
    },
    Flip {
        at: usize,
        bit: u8,
    },
    Delete {
        at: usize,
        count: usize,
    },
    Repeat {
        at: usize,
        count: usize,
        times: usize,
    },
    /// Replaces the end with that of another input.
    Splice {
        at: usize,
        other: usize,
        from: usize,
    },
    /// Overwrites a byte of the data that is encoded in base64.
    Base64Byte {
        at: usize,
        byte: u8,
    },
    /// Adds or subtracts one where the data encoded in base64 has a length.
    Base64Length {
        at: usize,
        up: bool,
    },
}

/// A mutated input, printed as a byte string literal.
#[derive(Clone)]
pub struct Input(pub Vec<u8>);

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.0.escape_ascii())
    }
}

/// Mutations of the corpus with the pieces of a dictionary.
pub fn inputs(corpus: Vec<Vec<u8>>, pieces: &'static [&'static str]) -> impl Strategy<Value = Input> {
    let changes = proptest::collection::vec(change(), 0..6);
    (any::<usize>(), changes).prop_map(move |(first, changes)| {
        let mut input = corpus[first % corpus.len()].clone();
        changes.iter().for_each(|change| change.apply(&mut input, &corpus, pieces));
        Input(input)
    })
}

fn change() -> impl Strategy<Value = Change> {
    use Change::*;
    let at = any::<usize>;
    prop_oneof![
        4 => (at(), any::<usize>()).prop_map(|(at, piece)| Insert { at, piece }),
        2 => (at(), any::<u8>()).prop_map(|(at, byte)| Overwrite { at, byte }),
        1 => (at(), 0..8u8).prop_map(|(at, bit)| Flip { at, bit }),
        2 => (at(), 1..40usize).prop_map(|(at, count)| Delete { at, count }),
        1 => (at(), 1..60usize, 2..5usize).prop_map(|(at, count, times)| Repeat { at, count, times }),
        1 => (at(), any::<usize>(), any::<usize>()).prop_map(|(at, other, from)| Splice { at, other, from }),
        1 => (at(), any::<u8>()).prop_map(|(at, byte)| Base64Byte { at, byte }),
        1 => (at(), any::<bool>()).prop_map(|(at, up)| Base64Length { at, up }),
    ]
}

impl Change {
    fn apply(&self, input: &mut Vec<u8>, corpus: &[Vec<u8>], pieces: &[&str]) {
        let position = |at: usize, input: &[u8]| at % (input.len() + 1);
        match *self {
            Change::Insert { at, piece } => {
                let at = position(at, input);
                input.splice(at..at, pieces[piece % pieces.len()].bytes());
            }
            Change::Overwrite { at, byte } => {
                let at = position(at, input);
                input.get_mut(at).into_iter().for_each(|target| *target = byte);
            }
            Change::Flip { at, bit } => {
                let at = position(at, input);
                input.get_mut(at).into_iter().for_each(|target| *target ^= 1 << bit);
            }
            Change::Delete { at, count } => {
                let at = position(at, input);
                input.drain(at..(at + count).min(input.len()));
            }
            Change::Repeat { at, count, times } => {
                let at = position(at, input);
                let piece = input[at..(at + count).min(input.len())].repeat(times);
                input.splice(at..at, piece);
            }
            Change::Splice { at, other, from } => {
                let at = position(at, input);
                let other = &corpus[other % corpus.len()];
                let from = position(from, other);
                input.splice(at.., other[from..].iter().copied());
            }
            Change::Base64Byte { at, byte } => edit_base64(input, |blob| {
                let at = at % blob.len();
                blob[at] = byte;
            }),
            Change::Base64Length { at, up } => edit_base64(input, |blob| {
                // The last bytes of the first lengths in a key blob (RFC 4251 section 5) of common types.
                let at = [3, 14, 18, 22, 22 + 11, 51][at % 6] % blob.len();
                blob[at] = if up { blob[at].wrapping_add(1) } else { blob[at].wrapping_sub(1) };
            }),
        }
    }
}

/// Changes the data in the longest run of base64, if that decodes.
fn edit_base64(input: &mut Vec<u8>, change: impl FnOnce(&mut Vec<u8>)) {
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    let runs = input.split(|byte| !is_base64(byte)).max_by_key(|run| run.len());
    let Some(run) = runs.filter(|run| run.len() >= 8).map(<[u8]>::to_vec) else { return };
    let Ok(mut blob) = BASE64_STANDARD.decode(&run) else { return };
    change(&mut blob);
    let at = input.windows(run.len()).position(|window| window == run).unwrap();
    input.splice(at..at + run.len(), BASE64_STANDARD.encode(blob).into_bytes());
}
