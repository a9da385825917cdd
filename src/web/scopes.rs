//! What a scope lets an application do, in words for its user.

use crate::domain::{Scope, Scopes};

/// One thing that an application may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permission {
    /// The name that the application asks with.
    pub scope: &'static str,
    pub words: &'static str,
    /// Whether somebody else could take the account over with it.
    pub sensitive: bool,
}

/// Each of the scopes, in the order in which they are printed everywhere.
pub fn in_words(scopes: Scopes) -> Vec<Permission> {
    scopes.iter().map(permission).collect()
}

fn permission(scope: Scope) -> Permission {
    let (words, sensitive) = match scope {
        Scope::ProfileRead => {
            ("See your profile: your user name and name, location, company, web site and main email address.", false)
        }
        Scope::ProfileWrite => {
            ("See and change your profile: your name, location, company, web site and picture.", false)
        }
        Scope::EmailRead => ("See all of your email addresses.", false),
        Scope::EmailWrite => (
            "See, add and remove your email addresses, mark them as verified, and choose which is your main one.",
            true,
        ),
        Scope::ReadUser => {
            ("See your account with its email addresses and SSH keys, and look up other people's accounts.", false)
        }
        Scope::ReadApi => (
            "See everything that you can see here: your account, email addresses, SSH keys and access tokens, and \
              other people's accounts.",
            false,
        ),
        Scope::Api => (
            "Do everything that you can do: change your account, add email addresses, add SSH keys that log in as you, \
             make new access tokens, and, if you are an administrator, manage every account.",
            true,
        ),
    };
    Permission { scope: scope.name(), words, sensitive }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_is_a_sentence_of_its_own() {
        let all: Vec<_> = Scope::ALL.into_iter().map(permission).collect();
        for (at, permission) in all.iter().enumerate() {
            assert!(permission.words.ends_with('.') && !permission.words.contains("  "), "{permission:?}");
            assert!(all[..at].iter().all(|other| other.words != permission.words), "{permission:?}");
        }
        let sensitive: Vec<_> =
            all.iter().filter(|permission| permission.sensitive).map(|sensitive| sensitive.scope).collect();
        assert_eq!(sensitive, ["email_write", "api"]);
    }
}
