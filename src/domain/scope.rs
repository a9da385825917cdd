//! The scopes of tokens.

use super::Problem;

/// One permission of a token (SPEC 3). `api` includes everything, `read_api` every GET of the gitlab dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Scope {
    ProfileRead = 1,
    ProfileWrite = 2,
    EmailRead = 4,
    EmailWrite = 8,
    ReadUser = 16,
    Api = 32,
    ReadApi = 64,
}

impl Scope {
    /// Every scope, in the order in which they are printed.
    pub const ALL: [Self; 7] = [
        Self::ProfileRead,
        Self::ProfileWrite,
        Self::EmailRead,
        Self::EmailWrite,
        Self::ReadUser,
        Self::ReadApi,
        Self::Api,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::ProfileRead => "profile_read",
            Self::ProfileWrite => "profile_write",
            Self::EmailRead => "email_read",
            Self::EmailWrite => "email_write",
            Self::ReadUser => "read_user",
            Self::Api => "api",
            Self::ReadApi => "read_api",
        }
    }
}

impl std::str::FromStr for Scope {
    type Err = Problem;

    fn from_str(name: &str) -> Result<Self, Problem> {
        let found = Self::ALL.into_iter().find(|scope| scope.name() == name);
        found.ok_or(Problem::Malformed(
            "must be of profile_read, profile_write, email_read, email_write, read_user, read_api and api",
        ))
    }
}

/// A set of scopes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scopes(u8);

impl Scopes {
    /// The scopes of a password.
    pub const EVERYTHING: Self = Self(Scope::Api as u8);

    /// The scopes of an application whose registration names none: enough to identify a user in either dialect.
    pub const SIGN_IN: Self = Self(Scope::ProfileRead as u8 | Scope::EmailRead as u8 | Scope::ReadUser as u8);

    /// # Errors
    /// A name that is not a scope.
    pub fn parse<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, Problem> {
        names.into_iter().map(str::parse::<Scope>).collect()
    }

    /// Parses the space-separated scopes that the database holds.
    pub(crate) fn stored(names: &str) -> Self {
        names.split(' ').filter_map(|name| name.parse::<Scope>().ok()).collect()
    }

    /// Whether the set includes `wanted`: a write scope includes its read scope, `read_api` includes `read_user`, and
    /// `api` includes all.
    pub fn allow(self, wanted: Scope) -> bool {
        let enough = match wanted {
            Scope::ProfileRead => Scope::ProfileRead as u8 | Scope::ProfileWrite as u8,
            Scope::EmailRead => Scope::EmailRead as u8 | Scope::EmailWrite as u8,
            Scope::ReadUser => Scope::ReadUser as u8 | Scope::ReadApi as u8,
            Scope::ProfileWrite | Scope::EmailWrite | Scope::ReadApi | Scope::Api => wanted as u8,
        };
        self.0 & (enough | Scope::Api as u8) != 0
    }

    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.0 & *scope as u8 != 0)
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether `others` allow everything that these do, so that their holder may create a token with these.
    pub fn within(self, others: Self) -> bool {
        self.iter().all(|scope| others.allow(scope))
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |set, scope| set | scope as u8))
    }
}

/// Space-separated, as RFC 6749 section 3.3 writes them.
impl std::fmt::Display for Scopes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, scope) in self.iter().enumerate() {
            let separator = if at == 0 { "" } else { " " };
            write!(f, "{separator}{}", scope.name())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn write_scopes_include_read_scopes_and_api_includes_all() {
        let write = Scopes::parse(["profile_write"]).unwrap();
        assert!(write.allow(Scope::ProfileRead) && write.allow(Scope::ProfileWrite));
        assert!(!write.allow(Scope::EmailRead) && !write.allow(Scope::ReadUser));
        let read = Scopes::parse(["email_read", "read_user"]).unwrap();
        assert!(!read.allow(Scope::EmailWrite) && !read.allow(Scope::ReadApi) && !read.allow(Scope::Api));
        let read_api = Scopes::parse(["read_api"]).unwrap();
        assert!(read_api.allow(Scope::ReadUser) && !read_api.allow(Scope::EmailRead) && !read_api.allow(Scope::Api));
        assert!(read.within(Scopes::EVERYTHING) && !Scopes::EVERYTHING.within(read));
        assert!(Scope::ALL.into_iter().all(|scope| Scopes::EVERYTHING.allow(scope)));
    }

    #[test]
    fn a_printed_set_can_be_parsed() {
        let set = Scopes::parse(["email_read", "profile_read"]).unwrap();
        assert_eq!(set.to_string(), "profile_read email_read");
        assert_eq!(Scopes::stored(&set.to_string()), set);
        assert!(Scopes::parse(["sudo"]).is_err());
    }
}
