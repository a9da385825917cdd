//! The two sets of endpoint paths, and the differences that depend on the set.

use crate::accounts::TokenResponse;
use crate::domain::{Scope, Scopes};
use serde_json::{Value, json};

/// A set of endpoint paths. Both sets lead to the same authorization server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointPaths {
    /// `/api/v1.1/o/…`, as docker.io documented in 2014.
    Docker,
    /// `/oauth/…`, as in GitLab's `doc/api/oauth2.md`.
    Gitlab,
}

impl EndpointPaths {
    /// The paths of the authorization, token, revocation and introspection endpoints, as their documents write them.
    pub fn all(self) -> [&'static str; 4] {
        match self {
            Self::Docker => {
                ["/api/v1.1/o/authorize/", "/api/v1.1/o/token/", "/api/v1.1/o/revoke_token/", "/api/v1.1/o/introspect/"]
            }
            Self::Gitlab => ["/oauth/authorize", "/oauth/token", "/oauth/revoke", "/oauth/introspect"],
        }
    }

    /// The scopes of a request that names none (RFC 6749 section 3.3), limited to those that the application is
    /// registered for.
    ///
    /// docker.io's default is `profile_read email_read`. GitLab's is `api`, or `read_user` for an application that is
    /// not registered for `api`. An application that is registered for none of them gets all its registered scopes.
    pub fn default_scopes(self, registered: Scopes) -> Scopes {
        let preferred: &[Scope] = match self {
            Self::Docker => &[Scope::ProfileRead, Scope::EmailRead],
            Self::Gitlab if registered.allow(Scope::Api) => &[Scope::Api],
            Self::Gitlab => &[Scope::ReadUser],
        };
        let default: Scopes = preferred.iter().copied().filter(|scope| registered.allow(*scope)).collect();
        if default.is_empty() { registered } else { default }
    }

    /// The body of a successful token response (RFC 6749 section 5.1).
    pub fn token_response(self, tokens: &TokenResponse) -> Value {
        match self {
            Self::Docker => json!({
                "username": tokens.user.username.as_str(),
                "user_id": tokens.user.id.0,
                "access_token": tokens.access.expose(),
                "expires_in": tokens.expires_in,
                "token_type": "Bearer",
                "scope": tokens.scopes.to_string(),
                "refresh_token": tokens.refresh.expose(),
            }),
            Self::Gitlab => json!({
                "access_token": tokens.access.expose(),
                "token_type": "Bearer",
                "expires_in": tokens.expires_in,
                "refresh_token": tokens.refresh.expose(),
                "scope": tokens.scopes.to_string(),
                "created_at": tokens.created_at.as_second(),
            }),
        }
    }
}
