//! Validation errors: the attribute and the reason. Each dialect has its own name for the attribute.

use super::Username;
use super::ssh_key::Refusal;

/// An attribute of an account, independent of the dialect. It displays as its plain name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, strum::Display, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Field {
    Username,
    Email,
    Password,
    Name,
    Location,
    Company,
    ProfileUrl,
    GravatarEmail,
    Bio,
    Skype,
    Linkedin,
    Twitter,
    Discord,
    Pronouns,
    Note,
    PublicEmail,
    Emoji,
    Message,
    Value,
    ThemeId,
    ColorSchemeId,
    ProjectsLimit,
    ExternUid,
    Provider,
    #[strum(serialize = "title")]
    KeyTitle,
    Key,
    UsageType,
    Fingerprint,
    ExpiresAt,
    #[strum(serialize = "token name")]
    TokenName,
    Description,
    Token,
    Scopes,
    ClientId,
    RedirectUri,
    /// An explicit id in an archive.
    Id,
}

/// Why a value was refused. The texts for length and blankness are those of Rails, which GitLab's clients know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("can't be blank")]
    Blank,
    #[error("is too long (maximum is {0} characters)")]
    TooLong(usize),
    #[error("is too short (minimum is {0} characters)")]
    TooShort(usize),
    #[error("{0}")]
    Malformed(&'static str),
    #[error("has already been taken")]
    Taken,
    /// For administrators only.
    #[error("has already been taken by {0}")]
    TakenBy(Username),
    #[error("must be greater than or equal to 0")]
    Negative,
    #[error("{0}")]
    Key(Refusal),
    /// The user has too many of something already.
    #[error("is one too many: a user can have {max} {unit}")]
    TooMany { max: u64, unit: &'static str },
}

impl Field {
    /// The plain name, for the command line and for archives. Where a dialect has another name, the dialect maps it.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// All refused attributes of one request, with the reasons.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Invalid(Vec<(Field, Problem)>);

impl Invalid {
    /// One attribute, one reason.
    pub fn one(field: Field, problem: Problem) -> Self {
        Self(vec![(field, problem)])
    }

    /// In the order in which they were recorded.
    pub fn iter(&self) -> impl Iterator<Item = (Field, &Problem)> {
        self.0.iter().map(|(field, problem)| (*field, problem))
    }

    /// Returns the value, or records the problem and returns `None`, so that one response can name every bad attribute.
    pub fn keep<T>(&mut self, field: Field, parsed: Result<T, Problem>) -> Option<T> {
        parsed.map_err(|problem| self.0.push((field, problem))).ok()
    }

    /// `Err` with everything that was recorded, if anything was.
    pub fn into_result(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl std::error::Error for Invalid {}

impl std::fmt::Display for Invalid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let problems: Vec<_> = self.0.iter().map(|(field, problem)| format!("{field} {problem}")).collect();
        f.write_str(&problems.join(", "))
    }
}
