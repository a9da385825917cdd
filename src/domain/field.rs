//! Validation errors: the attribute and the reason. Each dialect has its own name for the attribute.

use super::ssh_key::Refusal;

/// An attribute of an account, independent of the dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
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
    ThemeId,
    ColorSchemeId,
    ProjectsLimit,
    ExternUid,
    Provider,
    KeyTitle,
    Key,
    UsageType,
    Fingerprint,
    ExpiresAt,
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
    #[error("must be greater than or equal to 0")]
    Negative,
    #[error("{0}")]
    Key(Refusal),
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
        for (at, (field, problem)) in self.0.iter().enumerate() {
            let separator = if at == 0 { "" } else { ", " };
            write!(f, "{separator}{field} {problem}")?;
        }
        Ok(())
    }
}

impl Field {
    /// The plain name, for the command line and for archives. Where a dialect has another name, the dialect maps it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Username => "username",
            Self::Email => "email",
            Self::Password => "password",
            Self::Name => "name",
            Self::Location => "location",
            Self::Company => "company",
            Self::ProfileUrl => "profile_url",
            Self::GravatarEmail => "gravatar_email",
            Self::Bio => "bio",
            Self::Skype => "skype",
            Self::Linkedin => "linkedin",
            Self::Twitter => "twitter",
            Self::Discord => "discord",
            Self::Pronouns => "pronouns",
            Self::Note => "note",
            Self::PublicEmail => "public_email",
            Self::ThemeId => "theme_id",
            Self::ColorSchemeId => "color_scheme_id",
            Self::ProjectsLimit => "projects_limit",
            Self::ExternUid => "extern_uid",
            Self::Provider => "provider",
            Self::KeyTitle => "title",
            Self::Key => "key",
            Self::UsageType => "usage_type",
            Self::Fingerprint => "fingerprint",
            Self::ExpiresAt => "expires_at",
            Self::TokenName => "token name",
            Self::Description => "description",
            Self::Token => "token",
            Self::Scopes => "scopes",
            Self::ClientId => "client_id",
            Self::RedirectUri => "redirect_uri",
            Self::Id => "id",
        }
    }
}

impl std::fmt::Display for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
