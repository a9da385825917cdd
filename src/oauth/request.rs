//! Parses authorization requests (RFC 6749 section 4.1.1, with PKCE). Each error says whether it may be sent to the
//! application or only shown to the user.

use super::endpoint_paths::EndpointPaths;
use crate::accounts::{Accounts, Application, Consent, Error};
use crate::domain::{CodeChallenge, RedirectUri, Scopes};
use crate::http::input::form;

/// A valid request, which needs the user's consent.
#[derive(Debug)]
pub struct AuthorizationRequest {
    pub application: Application,
    pub target: RedirectTarget,
    pub scopes: Scopes,
    code_challenge: Option<CodeChallenge>,
    /// Whether the request has a `redirect_uri`; the token request must then repeat it.
    has_redirect_uri: bool,
}

/// The URI that the response is sent to, and the `state` that it repeats.
#[derive(Debug)]
pub struct RedirectTarget {
    pub uri: RedirectUri,
    pub state: Option<String>,
}

/// Why a request is invalid.
#[derive(Debug)]
pub enum AuthorizationError {
    /// The application or its redirect URI is in doubt: an error page for the user, without a redirect (section
    /// 4.1.2.1).
    Page(&'static str),
    /// A redirect to the application with an error code and a description for its developer.
    Redirect(RedirectTarget, &'static str, String),
    Accounts(Error),
}

impl AuthorizationRequest {
    /// Parses the query of a request.
    ///
    /// # Errors
    /// The first problem with it.
    pub fn parse(accounts: &Accounts, paths: EndpointPaths, query: &str) -> Result<Self, AuthorizationError> {
        let query = Query(form::decoded_pairs(query).collect());
        let application = application(accounts, &query)?;
        let (uri, has_redirect_uri) = redirect_uri(&application, &query)?;
        let target = RedirectTarget { uri, state: query.one("state").ok().flatten() };
        let requested = match RequestedScopes::of(&application, paths, &query) {
            Ok(requested) => requested,
            Err((error, description)) => return Err(AuthorizationError::Redirect(target, error, description)),
        };
        let RequestedScopes { scopes, code_challenge } = requested;
        Ok(Self { application, target, scopes, code_challenge, has_redirect_uri })
    }

    /// What the user agrees to by allowing the request.
    pub fn consent(&self) -> Consent {
        Consent {
            application: self.application.id,
            scopes: self.scopes,
            redirect_uri: self.has_redirect_uri.then(|| self.target.uri.as_str().to_owned()),
            code_challenge: self.code_challenge,
        }
    }
}

fn application(accounts: &Accounts, query: &Query) -> Result<Application, AuthorizationError> {
    let client_id =
        query.one("client_id").map_err(|_| AuthorizationError::Page("The link names more than one application."))?;
    let client_id = client_id.ok_or(AuthorizationError::Page("The link does not say which application it is for."))?;
    accounts.application(&client_id).map_err(|error| match error {
        Error::NotFound => AuthorizationError::Page("No application with this client_id is registered here."),
        other => AuthorizationError::Accounts(other),
    })
}

/// The requested redirect URI or, without one, the first that is registered; and whether one was requested.
fn redirect_uri(application: &Application, query: &Query) -> Result<(RedirectUri, bool), AuthorizationError> {
    const UNREGISTERED: AuthorizationError =
        AuthorizationError::Page("The link's redirect_uri is not one that the application has registered.");
    const UNSAFE: AuthorizationError =
        AuthorizationError::Page("The redirect_uri that the application has registered is not safe.");
    let registered = &application.registration.redirect_uris;
    let requested = query
        .one("redirect_uri")
        .map_err(|_| AuthorizationError::Page("The link names more than one redirect_uri."))?;
    match requested {
        // An older database may contain a URI that would be refused at registration today.
        None => {
            let first = registered.first().ok_or(UNSAFE)?;
            Ok((RedirectUri::parse(first.as_str()).map_err(|_| UNSAFE)?, false))
        }
        Some(requested) if registered.iter().any(|uri| uri.matches(&requested)) => {
            Ok((RedirectUri::parse(&requested).map_err(|_| UNREGISTERED)?, true))
        }
        Some(_) => Err(UNREGISTERED),
    }
}

/// The scopes that the application requests, and the challenge that protects its code.
struct RequestedScopes {
    scopes: Scopes,
    code_challenge: Option<CodeChallenge>,
}

impl RequestedScopes {
    fn of(application: &Application, paths: EndpointPaths, query: &Query) -> Result<Self, (&'static str, String)> {
        let invalid = |reason: &str| ("invalid_request", reason.to_owned());
        let one =
            |name| query.one(name).map_err(|Repeated| ("invalid_request", format!("{name} is given more than once")));
        one("state")?;
        let response_type = one("response_type")?.ok_or_else(|| invalid("response_type is missing"))?;
        if response_type != "code" {
            return Err(("unsupported_response_type", "response_type must be code".into()));
        }
        let registered = application.registration.scopes;
        if registered.is_empty() {
            return Err(("unauthorized_client", "the application is registered for no scope".into()));
        }
        let scopes = scopes(one("scope")?, paths, registered)?;
        let challenge = one("code_challenge")?;
        let method = one("code_challenge_method")?;
        let code_challenge = match (challenge, method.as_deref()) {
            (Some(challenge), Some("S256")) => {
                let parsed = CodeChallenge::parse(&challenge);
                Some(parsed.map_err(|problem| ("invalid_request", format!("code_challenge {problem}")))?)
            }
            // Without a method it is `plain` (RFC 7636 section 4.3), which RFC 9700 section 2.1.1 warns about.
            (Some(_), _) => return Err(invalid("code_challenge_method must be S256")),
            (None, Some(_)) => return Err(invalid("code_challenge is missing")),
            (None, None) if application.registration.secret_hash.is_none() => {
                return Err(invalid("a public client needs code_challenge (RFC 7636)"));
            }
            (None, None) => None,
        };
        Ok(Self { scopes, code_challenge })
    }
}

fn scopes(scope: Option<String>, paths: EndpointPaths, registered: Scopes) -> Result<Scopes, (&'static str, String)> {
    let invalid = |reason: String| ("invalid_scope", reason);
    let scopes = match scope {
        None => paths.default_scopes(registered),
        Some(names) => {
            let parsed = Scopes::parse(names.split(' ').filter(|name| !name.is_empty()));
            parsed.map_err(|problem| invalid(format!("scope {problem}")))?
        }
    };
    if scopes.is_empty() {
        return Err(invalid(format!("name a scope: the application is registered for {registered}")));
    }
    if !scopes.within(registered) {
        return Err(invalid(format!("the application is registered for {registered}")));
    }
    Ok(scopes)
}

/// The parameters of the query. RFC 6749 section 3.1 forbids repeated parameters and treats an empty value as absent.
struct Query(Vec<(String, String)>);

struct Repeated;

impl Query {
    fn one(&self, name: &str) -> Result<Option<String>, Repeated> {
        let mut values = self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value);
        let first = values.next();
        if values.next().is_some() { Err(Repeated) } else { Ok(first.filter(|value| !value.is_empty()).cloned()) }
    }
}
