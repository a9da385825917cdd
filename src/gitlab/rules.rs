//! Authorization of the routes: the rules of [`crate::accounts::access`] for callers with a GitLab credential.

use super::Gitlab;
use super::error::Failure;
use super::version::Version;
use crate::accounts::Actor;
use crate::accounts::access::{self, AccountAccess, Admin, Reader, TokenAccess, Viewer};
use crate::domain::{Scope, TokenId, UserId};
use crate::http::Request;
use crate::http::reference::Requirement;
use crate::http::router::Rule;
use std::str::FromStr;

macro_rules! rule {
    (
        $(#[$doc:meta])*
        $name:ident($($scope:ident: $type:ty),*) -> $permission:ty = $rule:ident,
        $requirement:expr,
        |$gitlab:ident, $request:ident| $permit:expr
    ) => {
        #[derive(Clone, Copy)]
        pub struct $rule($($type),*);

        $(#[$doc])*
        pub fn $name($($scope: $type),*) -> $rule {
            $rule($($scope),*)
        }

        impl<V: Version> Rule<Gitlab<V>> for $rule {
            type Permission = $permission;

            fn requirement(self) -> Requirement {
                let $rule($($scope),*) = self;
                $requirement
            }

            async fn permit(self, $gitlab: &Gitlab<V>, $request: &mut Request) -> Result<$permission, Failure> {
                let $rule($($scope),*) = self;
                $permit
            }
        }
    };
}

rule! {
    /// Everyone. Callers with a credential see more, and an invalid credential is an error.
    viewer() -> Viewer = ViewerRule,
    Requirement::optional("anyone; signed-in users and administrators see more").with_scope(Scope::ReadUser),
    |gitlab, request| {
        Ok(access::viewer(gitlab.authenticate(request).await?.as_ref())?)
    }
}

rule! {
    /// Every signed-in user whose token may read users.
    signed_in() -> Viewer = SignedInRule,
    Requirement::required("a signed-in user; administrators see more", Some(Scope::ReadUser)),
    |gitlab, request| {
        Ok(access::viewer(Some(&gitlab.authenticated(request).await?))?)
    }
}

rule! {
    /// As [`signed_in`], for routes that show administrators no more than other users.
    reader() -> Reader = ReaderRule,
    Requirement::required("a signed-in user", Some(Scope::ReadUser)),
    |gitlab, request| Ok(access::reader(&gitlab.authenticated(request).await?)?)
}

rule! {
    /// Signed-in users, for their own account.
    own_account(scope: Scope) -> AccountAccess = OwnAccountRule,
    Requirement::required("a signed-in user", Some(scope)),
    |gitlab, request| {
        Ok(access::oneself(&gitlab.authenticated(request).await?, scope)?)
    }
}

rule! {
    /// Administrators.
    admin(scope: Scope) -> Admin = AdminRule,
    Requirement::required("an administrator", Some(scope)),
    |gitlab, request| {
        Ok(access::admin(&gitlab.authenticated(request).await?, scope)?)
    }
}

rule! {
    /// Administrators, for the account that the path names by id. An unknown user is a 404 before the body is
    /// validated.
    managed_account(scope: Scope) -> AccountAccess = ManagedAccountRule,
    Requirement::required("an administrator", Some(scope)),
    |gitlab, request| {
        let admin = access::admin(&gitlab.authenticated(request).await?, scope)?;
        let user = gitlab.app.accounts.user(&admin, user_id(request)?).map_err(Failure::missing("User"))?;
        Ok(admin.access_to(user.id))
    }
}

rule! {
    /// Administrators, and the user that the path names by id.
    account_or_admin(scope: Scope) -> AccountAccess = AccountOrAdminRule,
    Requirement::required("the user in the path, and administrators", Some(scope)),
    |gitlab, request| {
        let actor = gitlab.authenticated(request).await?;
        let (reader, id) = (access::reader(&actor)?, user_id(request)?);
        gitlab.app.accounts.user(&reader, id).map_err(Failure::missing("User"))?;
        Ok(access::oneself_or_admin(&actor, id, scope)?)
    }
}

rule! {
    /// Signed-in users for their own tokens, administrators for all.
    tokens(scope: Scope) -> TokenAccess = TokensRule,
    Requirement::required("a signed-in user for their own tokens, an administrator for all", Some(scope)),
    |gitlab, request| {
        Ok(access::tokens(&gitlab.authenticated(request).await?, scope)?)
    }
}

/// Access to the token that the path names, by id or as `self`.
pub struct NamedToken {
    pub access: TokenAccess,
    /// None if the path does not have a number.
    pub id: Option<TokenId>,
    pub is_self: bool,
}

impl NamedToken {
    fn of(actor: &Actor, name: &str, scope: Scope) -> Result<Self, Failure> {
        if name == "self" {
            let (access, id) = access::current_token(actor)?;
            return Ok(Self { access, id: Some(id), is_self: true });
        }
        Ok(Self { access: access::tokens(actor, scope)?, id: name.parse().ok(), is_self: false })
    }
}

rule! {
    /// The token in the path: the user's own or, for administrators, any. `self` is the token of this request, which
    /// may be read and revoked whatever its scopes.
    named_token(scope: Scope) -> NamedToken = NamedTokenRule,
    Requirement::required("the owner of the token, and administrators; for `self` any token will do", Some(scope)),
    |gitlab, request| {
        NamedToken::of(&gitlab.authenticated(request).await?, request.param("token_id"), scope)
    }
}

rule! {
    /// The token of this request, whatever its scopes.
    current_token() -> TokenAccess = CurrentTokenRule,
    Requirement::required("any token", None),
    |gitlab, request| {
        Ok(access::current_token(&gitlab.authenticated(request).await?)?.0)
    }
}

rule! {
    /// The token in the path, to be rotated.
    rotatable_token() -> NamedToken = RotatableTokenRule,
    Requirement::required("the owner of the token, and administrators, but no application", Some(Scope::Api)),
    |gitlab, request| {
        let actor = gitlab.authenticated(request).await?;
        access::oneself(&actor, Scope::Api)?;
        NamedToken::of(&actor, request.param("token_id"), Scope::Api)
    }
}

/// The `{id}` of the path.
pub fn user_id(request: &Request) -> Result<UserId, Failure> {
    id(request, "id", "User")
}

/// The id of an object in the path. Anything but a number is an unknown object.
pub fn id<T: FromStr>(request: &Request, param: &str, object: &'static str) -> Result<T, Failure> {
    request.param(param).parse().map_err(|_| Failure::Missing(object))
}
