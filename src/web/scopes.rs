//! Describes to the user the permissions that a scope gives an application.

use crate::domain::{Scope, Scopes};

/// The permissions of one scope.
#[derive(Debug)]
pub struct Permission {
    pub description: &'static str,
    /// Whether it is enough to take over the account.
    pub sensitive: bool,
}

/// The permissions of one scope in a few words, for the owner of a token.
pub fn in_short(scope: Scope) -> &'static str {
    match scope {
        Scope::ProfileRead => "See your profile",
        Scope::ProfileWrite => "See and change your profile",
        Scope::EmailRead => "See your email addresses",
        Scope::EmailWrite => "See and change your email addresses",
        Scope::ReadUser => "See your account and look up other accounts",
        Scope::ReadApi => "See everything that you can see",
        Scope::Api => "Do everything that you can do",
    }
}

/// One permission for each of the scopes, in the usual order of scopes.
pub fn permissions(scopes: Scopes) -> Vec<Permission> {
    scopes.iter().map(permission).collect()
}

fn permission(scope: Scope) -> Permission {
    let description = match scope {
        Scope::ProfileRead => {
            "See your profile: your user name and name, location, company, web site and main email address."
        }
        Scope::ProfileWrite => "See and change your profile: your name, location, company, web site and picture.",
        Scope::EmailRead => "See all of your email addresses.",
        Scope::EmailWrite => {
            "See, add and remove your email addresses, mark them as verified, and choose which is your main one."
        }
        Scope::ReadUser => {
            "See your account with its email addresses and SSH keys, and look up other people's accounts."
        }
        Scope::ReadApi => {
            "See everything that you can see here: your account, email addresses, SSH keys and access tokens, and \
             other people's accounts."
        }
        Scope::Api => {
            "Do everything that you can do: change your account, add email addresses, add SSH keys that log in as you, \
             and, if you are an administrator, manage every account. It cannot make access tokens. Addresses and keys \
             that it adds stay when you end its access."
        }
    };
    Permission { description, sensitive: is_sensitive(scope) }
}

/// Whether the scope is enough to take over the account.
pub fn is_sensitive(scope: Scope) -> bool {
    matches!(scope, Scope::EmailWrite | Scope::Api)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_has_its_own_sentence() {
        let all: Vec<_> = Scope::ALL.iter().copied().map(permission).collect();
        for (index, permission) in all.iter().enumerate() {
            let description = permission.description;
            assert!(description.ends_with('.') && !description.contains("  "), "{permission:?}");
            assert!(all[..index].iter().all(|other| other.description != description), "{permission:?}");
        }
        let sensitive = Scope::ALL.iter().filter(|scope| permission(**scope).sensitive).map(|scope| scope.name());
        assert!(sensitive.eq(["email_write", "api"]));
    }
}
