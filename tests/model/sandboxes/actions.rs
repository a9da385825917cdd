//! What is done to sandboxes, and proptest strategies for sequences of it.

use crate::operations::Step;
use crate::strategies::step;
use proptest::prelude::*;
use proptest::sample::select;
use std::fmt;

/// The sandboxes by their order: the first is the server itself. An index is taken modulo their number.
pub type Index = usize;

/// What a sandbox is reset to, or created from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Image {
    Seed,
    Empty,
    Snapshot(&'static str),
    /// The current state. No reset leads there.
    Current,
}

#[derive(Clone, Copy, Debug)]
pub enum ClockChange {
    Advance { hours: i64 },
    Freeze(bool),
    Restore,
}

#[derive(Clone, Debug)]
pub enum Action {
    Perform(Index, Step),
    Reset(Index, Image),
    TakeSnapshot(Index, &'static str),
    DeleteSnapshot(Index, &'static str),
    Create(&'static str, Image),
    Delete(&'static str),
    Clock(Index, ClockChange),
    /// Imports a user with this name, who has a token.
    Import(Index, &'static str),
    /// Sends a token of one sandbox to another one.
    UseToken {
        of: Index,
        token: usize,
        at: Index,
    },
}

#[derive(Clone)]
pub struct Sequence {
    pub actions: Vec<Action>,
    /// `--gitlab-errors precise`.
    pub precise: bool,
    /// `--deterministic`, where sandboxes generate the same tokens.
    pub deterministic: bool,
}

/// One line per action.
impl fmt::Debug for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "precise: {}, deterministic: {}", self.precise, self.deterministic)?;
        self.actions.iter().try_for_each(|action| writeln!(f, "  {action:?}"))
    }
}

fn index() -> impl Strategy<Value = Index> {
    0..4usize
}

fn snapshot() -> impl Strategy<Value = &'static str> {
    select(&["before", "after"][..])
}

fn sandbox() -> impl Strategy<Value = &'static str> {
    select(&["one", "two", "three"][..])
}

fn image(with_current: bool) -> impl Strategy<Value = Image> {
    let other = if with_current { Image::Current } else { Image::Seed };
    prop_oneof![3 => Just(Image::Seed), 1 => Just(Image::Empty), 3 => snapshot().prop_map(Image::Snapshot), 2 => Just(other)]
}

fn clock_change() -> impl Strategy<Value = ClockChange> {
    prop_oneof![
        (-5..=5i64).prop_map(|hours| ClockChange::Advance { hours }),
        any::<bool>().prop_map(ClockChange::Freeze),
        Just(ClockChange::Restore),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        12 => (index(), step(false)).prop_map(|(at, step)| Action::Perform(at, step)),
        4 => (index(), image(false)).prop_map(|(at, to)| Action::Reset(at, to)),
        3 => (index(), snapshot()).prop_map(|(at, name)| Action::TakeSnapshot(at, name)),
        1 => (index(), snapshot()).prop_map(|(at, name)| Action::DeleteSnapshot(at, name)),
        4 => (sandbox(), image(true)).prop_map(|(name, from)| Action::Create(name, from)),
        1 => sandbox().prop_map(Action::Delete),
        2 => (index(), clock_change()).prop_map(|(at, change)| Action::Clock(at, change)),
        2 => (index(), select(&["ada", "grace", "imported"][..])).prop_map(|(at, name)| Action::Import(at, name)),
        4 => (index(), 0..20usize, index()).prop_map(|(of, token, at)| Action::UseToken { of, token, at }),
    ]
}

pub fn sequences(longest: usize) -> impl Strategy<Value = Sequence> {
    // Two sandboxes from the beginning, so that short sequences have some, too.
    let first = [Action::Create("one", Image::Seed), Action::Create("two", Image::Current)];
    let actions = proptest::collection::vec(action(), 1..=longest);
    (actions, any::<bool>(), any::<bool>()).prop_map(move |(actions, precise, deterministic)| {
        let actions = first.iter().cloned().chain(actions).collect();
        Sequence { actions, precise, deterministic }
    })
}
