//! What a recording had to change or leave out, and why.

use std::collections::BTreeMap;
use std::fmt;

/// Why a value, or a whole user, is not recorded as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, derive_more::Display)]
pub enum Change {
    #[display("users left out as bots or internal users")]
    Bot,
    #[display("users left out because they were deleted meanwhile")]
    Deleted,
    #[display("users left out because their user name is taken or not valid here")]
    Username,
    #[display("users left out because their primary address is taken or not valid here")]
    PrimaryAddress,
    #[display("users left out because the format refuses them")]
    UserRefused,
    #[display("users without some of their addresses, which are taken or not valid here, or more than 1000")]
    Address,
    #[display("users without some of their identities, which are taken or not valid here, or more than 100")]
    Identity,
    #[display("users without their public address, which is not one of their confirmed addresses")]
    PublicAddress,
    #[display("users without their web address, which is not an http or https URL")]
    WebAddress,
    #[display("users recorded as blocked because their state does not exist here")]
    State,
    #[display("users with texts that were put on one line or shortened to 255 characters")]
    Text,
    #[display("keys left out because their type or size is not accepted here")]
    Key,
    #[display("keys left out because they are recorded already or are more than 1000 of one user")]
    KeyTaken,
}

/// How many ids are listed for each reason.
const EXAMPLES: usize = 5;

/// The changes of a recording, with the ids of the first users or keys that they affect.
#[derive(Debug, Default)]
pub struct Changes(BTreeMap<Change, Affected>);

#[derive(Debug, Default)]
struct Affected {
    count: u64,
    last: Option<i64>,
    examples: Vec<i64>,
}

impl Changes {
    /// Counts a user or key once for each reason, if its changes follow each other.
    pub(super) fn note(&mut self, change: Change, id: i64) {
        let affected = self.0.entry(change).or_default();
        if affected.last.replace(id) == Some(id) {
            return;
        }
        affected.count += 1;
        if affected.examples.len() < EXAMPLES {
            affected.examples.push(id);
        }
    }

    /// A line for each reason: `users left out as bots or internal users: 7 (ids 3, 4, 8, 9, 12, …)`.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|(change, affected)| format!("{change}: {affected}"))
    }
}

impl fmt::Display for Affected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<_> = self.examples.iter().map(ToString::to_string).collect();
        let noun = if self.count == 1 { "id" } else { "ids" };
        let more = if self.count > EXAMPLES as u64 { ", …" } else { "" };
        write!(f, "{} ({noun} {}{more})", self.count, ids.join(", "))
    }
}
