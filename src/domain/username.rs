//! User names.

use super::Problem;
use super::caseless::CaselessText;

const MAX_CHARS: usize = 255;

/// The name a person signs in with: 1 to 255 ASCII letters, digits, `_`, `-` and `.`; it does not start with `-` and
/// does not end in `.`, `.git` or `.atom`. Two that differ only in case are equal.
///
/// The rule is GitLab's (`doc/api/users.md`): a name is also the path of the user's pages and repositories.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Username(CaselessText);

impl Username {
    /// # Errors
    /// The first broken rule.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let lower = text.to_ascii_lowercase();
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if text.is_empty() {
            Err(Problem::Blank)
        } else if text.chars().count() > MAX_CHARS {
            Err(Problem::TooLong(MAX_CHARS))
        } else if !text.chars().all(allowed) || text.starts_with('-') {
            Err(Problem::Malformed("can contain only letters, digits, '_', '-' and '.', and cannot start with '-'"))
        } else if [".", ".git", ".atom"].iter().any(|end| lower.ends_with(end)) {
            Err(Problem::Malformed("cannot end in '.', '.git' or '.atom'"))
        } else {
            Ok(Self(CaselessText(text.to_owned())))
        }
    }

    /// Rebuilds a name that the database holds.
    pub(crate) fn stored(text: String) -> Self {
        Self(CaselessText(text))
    }

    /// As the user spells it.
    pub fn as_str(&self) -> &str {
        &self.0.0
    }

    /// Whether `other` names the same user.
    pub fn matches(&self, other: &str) -> bool {
        self.0.matches(other)
    }
}

impl std::fmt::Display for Username {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_the_names_that_gitlab_accepts() {
        for good in ["a", "2", "12345", "john_smith", "a.b", "_x", ".x", "x-", &"x".repeat(255)] {
            assert_eq!(Username::parse(good).unwrap().as_str(), good);
        }
    }

    #[test]
    fn refuses_other_names() {
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
    fn case_makes_no_difference() {
        let jane = Username::parse("JaneDoe").unwrap();
        assert_eq!(jane, Username::parse("janedOE").unwrap());
        assert!(jane.matches("janedOE") && !jane.matches("janedo"));
        assert_eq!(jane.as_str(), "JaneDoe");
    }
}
