//! User names.

use super::Problem;

const LONGEST: usize = 255;

/// The name a person signs in with: 1 to 255 of ASCII letters, digits, `_`, `-` and `.`; not starting with `-`,
/// not ending in `.`, `.git` or `.atom`. Two that differ only in case are the same name.
///
/// The rule is GitLab's (`doc/api/users.md`: a name is also the path of the user's pages and repositories).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Username(String);

impl Username {
    /// # Errors
    /// The first rule that the text breaks.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let lower = text.to_ascii_lowercase();
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if text.is_empty() {
            Err(Problem::Blank)
        } else if text.chars().count() > LONGEST {
            Err(Problem::TooLong(LONGEST))
        } else if !text.chars().all(allowed) || text.starts_with('-') {
            Err(Problem::Malformed("can contain only letters, digits, '_', '-' and '.', and cannot start with '-'"))
        } else if [".", ".git", ".atom"].iter().any(|end| lower.ends_with(end)) {
            Err(Problem::Malformed("cannot end in '.', '.git' or '.atom'"))
        } else {
            Ok(Self(text.to_owned()))
        }
    }

    /// A name that the database holds.
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    /// As its owner writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `other` names the same user.
    pub fn matches(&self, other: &str) -> bool {
        self.0.eq_ignore_ascii_case(other)
    }
}

impl std::fmt::Display for Username {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_gitlab_takes() {
        for good in ["a", "2", "12345", "john_smith", "a.b", "_x", ".x", "x-", &"x".repeat(255)] {
            assert_eq!(Username::parse(good).unwrap().as_str(), good);
        }
    }

    #[test]
    fn refuses_the_rest() {
        let long = "x".repeat(256);
        for bad in [
            "",
            "-a",
            "a.",
            ".",
            "..",
            "a.git",
            "a.GIT",
            "a.atom",
            "a b",
            "a/b",
            "a\0",
            "é",
            "😀",
            "a@b",
            "a\n",
            long.as_str(),
        ] {
            assert!(Username::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn is_matched_without_case() {
        assert!(Username::parse("JaneDoe").unwrap().matches("janedOE"));
        assert!(!Username::parse("JaneDoe").unwrap().matches("janedo"));
    }
}
