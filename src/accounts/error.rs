//! Errors of the use cases. The enum is closed: each dialect maps it in one exhaustive match.

use crate::domain::{Field, Invalid, NoRandomness, Problem, Scope, Username};
use crate::store;
use std::num::NonZeroU32;
use std::time::Duration;

#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// Attributes that break a rule.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// No such user, key, address or token.
    #[error("not found")]
    NotFound,
    /// A unique value exists already.
    #[error("{0} has already been taken")]
    Taken(Field),
    /// The same for an address, with the user who has it. Only administrators and the command line may learn that.
    #[error("email has already been taken by {0}")]
    EmailTakenBy(Username),
    /// There is no credential, or it is not, or no longer, valid.
    #[error("authentication failed")]
    Unauthenticated,
    /// The token of the request has ended. Only its holder can get this answer.
    #[error("{0}")]
    TokenEnded(TokenEnd),
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// Too many wrong passwords; none is checked for this long.
    #[error("too many attempts")]
    TooManyAttempts { retry_after: Duration },
    /// The account has used up its allowance of changes a day. The next one is possible after this long.
    #[error("too many changes: {per_day} a day are allowed")]
    TooManyChanges { per_day: NonZeroU32, retry_after: Duration },
    /// Overload, no space on the disk, or a database whose files were replaced. The same request may succeed later.
    #[error("busy, try again")]
    Busy,
    /// A bug, or a failure of the machine. Only the log has the cause.
    #[error("internal error")]
    Internal,
}

/// How a token ended that is still stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenEnd {
    #[error("the token has expired")]
    Expired,
    #[error("the token was revoked")]
    Revoked,
}

/// What an authenticated caller lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    #[error("only the user may do this")]
    NotYou,
    #[error("only an administrator may do this")]
    NotAdmin,
    /// The token lacks this scope.
    #[error("the token needs the scope {}", .0.name())]
    Scope(Scope),
    /// What an application creates must end with its authorization.
    #[error("an application cannot create access tokens")]
    Application,
    #[error("the last active administrator can be neither deleted, blocked nor demoted")]
    LastAdmin,
    #[error("only an administrator may act for another user")]
    SudoNotAdmin,
    #[error("that user is not active")]
    SudoNotActive,
    /// The sign-in of the browser is too old for what it wants to do.
    #[error("the password must be entered again first")]
    OldSignIn,
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

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            // The store has logged the latter, once.
            store::Error::Busy | store::Error::DatabaseReplaced { .. } => Self::Busy,
            store::Error::TimedOut => {
                tracing::warn!(%error, "a request was ended");
                Self::Busy
            }
            // Temporary, and not the fault of the request.
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
            // Nothing that the caller can act on.
            _ => {
                tracing::error!(%error, "a request failed");
                Self::Internal
            }
        }
    }
}

impl From<NoRandomness> for Error {
    fn from(error: NoRandomness) -> Self {
        tracing::error!(%error);
        Self::Internal
    }
}
