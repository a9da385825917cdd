//! What the endpoints are called, and what goes with a name.

use crate::accounts::TokenResponse;
use crate::domain::{Scope, Scopes};
use serde_json::{Value, json};

/// One server, known by two sets of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointPaths {
    /// `/api/v1.1/o/…`, as docker.io documented them in 2014.
    Docker,
    /// `/oauth/…`, as GitLab's `doc/api/oauth2.md` has them.
    Gitlab,
}

impl EndpointPaths {
    /// The path of the authorization endpoint.
    pub fn authorize(self) -> &'static str {
        match self {
            Self::Docker => "/api/v1.1/o/authorize/",
            Self::Gitlab => "/oauth/authorize",
        }
    }

    pub fn token(self) -> &'static str {
        match self {
            Self::Docker => "/api/v1.1/o/token/",
            Self::Gitlab => "/oauth/token",
        }
    }

    pub fn revoke(self) -> &'static str {
        match self {
            Self::Docker => "/api/v1.1/o/revoke_token/",
            Self::Gitlab => "/oauth/revoke",
        }
    }

    pub fn introspect(self) -> &'static str {
        match self {
            Self::Docker => "/api/v1.1/o/introspect/",
            Self::Gitlab => "/oauth/introspect",
        }
    }

    /// What a request asks for that names no scope (RFC 6749 section 3.3), of what the application may ask for.
    ///
    /// docker.io's default is `profile_read email_read`; GitLab's is `api`, or `read_user` for applications that may not
    /// have that. An application that is registered for none of them gets what it is registered for.
    pub fn default_scopes(self, registered: Scopes) -> Scopes {
        let wanted: &[Scope] = match self {
            Self::Docker => &[Scope::ProfileRead, Scope::EmailRead],
            Self::Gitlab if registered.allow(Scope::Api) => &[Scope::Api],
            Self::Gitlab => &[Scope::ReadUser],
        };
        let default: Scopes = wanted.iter().copied().filter(|scope| registered.allow(*scope)).collect();
        if default.is_empty() { registered } else { default }
    }

    /// The answer to a token request that went well (RFC 6749 section 5.1).
    pub fn token_answer(self, issued: &TokenResponse) -> Value {
        match self {
            Self::Docker => json!({
                "username": issued.user.username.as_str(),
                "user_id": issued.user.id.0,
                "access_token": issued.access.expose(),
                "expires_in": issued.expires_in,
                "token_type": "Bearer",
                "scope": issued.scopes.to_string(),
                "refresh_token": issued.refresh.expose(),
            }),
            Self::Gitlab => json!({
                "access_token": issued.access.expose(),
                "token_type": "Bearer",
                "expires_in": issued.expires_in,
                "refresh_token": issued.refresh.expose(),
                "scope": issued.scopes.to_string(),
                "created_at": issued.created_at.as_second(),
            }),
        }
    }
}
