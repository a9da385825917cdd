//! Why a use case did not happen. Closed: a dialect answers each case in one exhaustive match.

use crate::domain::{Field, Invalid, Problem, Scope};
use crate::store;
use std::time::Duration;

#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// Attributes that break a rule.
    #[error("{0}")]
    Invalid(Invalid),
    /// No such user, key, address or token.
    #[error("not found")]
    NotFound,
    /// The value is unique, and another's.
    #[error("{0} has already been taken")]
    Taken(Field),
    /// Nobody is asking, or the credential is not (or no longer) good.
    #[error("authentication failed")]
    Unauthenticated,
    #[error("{0}")]
    Forbidden(Forbidden),
    /// Too many wrong passwords: none is looked at for this long.
    #[error("too many attempts")]
    TooManyAttempts { retry_after: Duration },
    /// Not right now: too much to do, or no room on the disk. The same request may succeed later.
    #[error("busy, try again")]
    Busy,
    /// Our fault, or the machine's. The cause is in the log and nowhere else.
    #[error("internal error")]
    Internal,
}

/// What stands in the way of somebody who is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    #[error("only the user may do this")]
    NotYou,
    #[error("only an administrator may do this")]
    NotAdmin,
    /// The token lacks this scope.
    #[error("the token needs the scope {}", .0.name())]
    Scope(Scope),
    #[error("the last active administrator can be neither deleted, blocked nor demoted")]
    LastAdmin,
    #[error("only an administrator may act for another user")]
    SudoNotAdmin,
    #[error("that user is not active")]
    SudoNotActive,
    /// A list of users without a user name.
    #[error("only signed-in users may list users")]
    AnonymousList,
}

impl Error {
    /// One attribute, one reason.
    pub fn invalid(field: Field, problem: Problem) -> Self {
        Self::Invalid(Invalid::one(field, problem))
    }
}

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

impl From<Forbidden> for Error {
    fn from(why: Forbidden) -> Self {
        Self::Forbidden(why)
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Busy => Self::Busy,
            // Nothing is wrong with the request, and whatever is may pass without us.
            store::Error::Full | store::Error::RolledBack | store::Error::Stopped | store::Error::Pool(_) => {
                tracing::error!(%error, "a request must be tried again");
                Self::Busy
            }
            store::Error::Taken(field) => Self::Taken(field),
            store::Error::Gone => Self::NotFound,
            store::Error::RetiredId => Self::invalid(
                Field::Id,
                Problem::Malformed("may have been used before: it must be higher than every deleted id"),
            ),
            store::Error::Missing(_)
            | store::Error::NotOurs(_)
            | store::Error::Exists(_)
            | store::Error::Itself(_)
            | store::Error::Damaged { .. }
            | store::Error::Newer { .. }
            | store::Error::Older { .. }
            | store::Error::DatabaseReplaced { .. }
            | store::Error::Unwritable { .. }
            | store::Error::Panicked
            | store::Error::Sqlite(_)
            | store::Error::File { .. } => {
                tracing::error!(%error, "a request failed");
                Self::Internal
            }
        }
    }
}
