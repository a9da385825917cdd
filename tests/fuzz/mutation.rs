//! Inputs: one of the corpus, changed a few times. What goes wrong shrinks to fewer changes.

use base64::{Engine, prelude::BASE64_STANDARD};
use proptest::prelude::*;
use std::fmt;

/// One change. Places are taken modulo the length.
#[derive(Clone, Debug)]
pub enum Change {
    /// A piece that means something there.
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
    /// The end of another of the corpus.
    Splice {
        at: usize,
        other: usize,
        from: usize,
    },
    /// A byte of what is written in base64.
    Inside {
        at: usize,
        byte: u8,
    },
    /// A number one up or down, as lengths are, inside what is written in base64.
    Length {
        at: usize,
        up: bool,
    },
}

/// A changed input; printed as it can be pasted into a test.
#[derive(Clone)]
pub struct Input(pub Vec<u8>);

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.0.escape_ascii())
    }
}

/// Inputs like those of `corpus`, with `pieces` in them.
pub fn inputs(corpus: Vec<Vec<u8>>, pieces: &'static [&'static str]) -> impl Strategy<Value = Input> {
    let changes = proptest::collection::vec(change(), 0..6);
    (any::<usize>(), changes).prop_map(move |(first, changes)| {
        let mut input = corpus[first % corpus.len()].clone();
        changes.iter().for_each(|change| change.to(&mut input, &corpus, pieces));
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
        1 => (at(), any::<u8>()).prop_map(|(at, byte)| Inside { at, byte }),
        1 => (at(), any::<bool>()).prop_map(|(at, up)| Length { at, up }),
    ]
}

impl Change {
    fn to(&self, input: &mut Vec<u8>, corpus: &[Vec<u8>], pieces: &[&str]) {
        let place = |at: usize, input: &[u8]| at % (input.len() + 1);
        match *self {
            Change::Insert { at, piece } => {
                let at = place(at, input);
                input.splice(at..at, pieces[piece % pieces.len()].bytes());
            }
            Change::Overwrite { at, byte } => {
                let at = place(at, input);
                input.get_mut(at).into_iter().for_each(|place| *place = byte);
            }
            Change::Flip { at, bit } => {
                let at = place(at, input);
                input.get_mut(at).into_iter().for_each(|place| *place ^= 1 << bit);
            }
            Change::Delete { at, count } => {
                let at = place(at, input);
                input.drain(at..(at + count).min(input.len()));
            }
            Change::Repeat { at, count, times } => {
                let at = place(at, input);
                let piece = input[at..(at + count).min(input.len())].repeat(times);
                input.splice(at..at, piece);
            }
            Change::Splice { at, other, from } => {
                let at = place(at, input);
                let other = &corpus[other % corpus.len()];
                let from = place(from, other);
                input.splice(at.., other[from..].iter().copied());
            }
            Change::Inside { at, byte } => inside(input, |blob| {
                let at = at % blob.len();
                blob[at] = byte;
            }),
            Change::Length { at, up } => inside(input, |blob| {
                // Of the first fields, whose lengths stand at places like these.
                let at = [3, 14, 18, 22, 22 + 11, 51][at % 6] % blob.len();
                blob[at] = if up { blob[at].wrapping_add(1) } else { blob[at].wrapping_sub(1) };
            }),
        }
    }
}

/// Changes the longest run of base64, if there is one that decodes.
fn inside(input: &mut Vec<u8>, change: impl FnOnce(&mut Vec<u8>)) {
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    let runs = input.split(|byte| !is_base64(byte)).max_by_key(|run| run.len());
    let Some(run) = runs.filter(|run| run.len() >= 8).map(<[u8]>::to_vec) else { return };
    let Ok(mut blob) = BASE64_STANDARD.decode(&run) else { return };
    change(&mut blob);
    let at = input.windows(run.len()).position(|window| window == run).unwrap();
    input.splice(at..at + run.len(), BASE64_STANDARD.encode(blob).into_bytes());
}
