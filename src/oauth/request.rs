//! An authorization request (RFC 6749 section 4.1.1 with PKCE), parsed so that each error goes where it may go.

use super::endpoint_paths::EndpointPaths;
use crate::accounts::{Accounts, Application, Consent, Error};
use crate::domain::{CodeChallenge, RedirectUri, Scopes};
use crate::http::input::form;

/// A valid request, which the user is asked about.
#[derive(Debug)]
pub struct AuthorizationRequest {
    pub application: Application,
    pub target: RedirectTarget,
    pub scopes: Scopes,
    code_challenge: Option<CodeChallenge>,
    /// Whether `redirect_uri` was in the request: then the token request must have it, too.
    named_uri: bool,
}

/// Where the response goes, and the `state` that it repeats.
#[derive(Debug)]
pub struct RedirectTarget {
    pub uri: RedirectUri,
    pub state: Option<String>,
}

/// Why a request is not valid.
#[derive(Debug)]
pub enum AuthorizationError {
    /// The application is not known for sure: the user is told, and the browser is not sent anywhere (section 4.1.2.1).
    Page(&'static str),
    /// The application is told: the error, and a description for its developer.
    Redirect(RedirectTarget, &'static str, String),
    Accounts(Error),
}

impl AuthorizationRequest {
    /// Reads the query of a request.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(accounts: &Accounts, paths: EndpointPaths, query: &str) -> Result<Self, AuthorizationError> {
        let query = Query(form::decoded_pairs(query).collect());
        let application = application(accounts, &query)?;
        let (uri, named_uri) = redirect_uri(&application, &query)?;
        let target = RedirectTarget { uri, state: query.one("state").ok().flatten() };
        let requested = match RequestedScopes::of(&application, paths, &query) {
            Ok(requested) => requested,
            Err((error, description)) => return Err(AuthorizationError::Redirect(target, error, description)),
        };
        Ok(Self { application, target, scopes: requested.scopes, code_challenge: requested.code_challenge, named_uri })
    }

    /// What the user agrees to by allowing the request.
    pub fn consent(&self) -> Consent {
        Consent {
            application: self.application.id,
            scopes: self.scopes,
            redirect_uri: self.named_uri.then(|| self.target.uri.as_str().to_owned()),
            code_challenge: self.code_challenge,
        }
    }
}

fn application(accounts: &Accounts, query: &Query) -> Result<Application, AuthorizationError> {
    let client_id =
        query.one("client_id").map_err(|_| AuthorizationError::Page("The link names more than one application."))?;
    let client_id = client_id.ok_or(AuthorizationError::Page("The link does not say which application it is for."))?;
    accounts.application(&client_id).map_err(|error| match error {
        Error::NotFound => AuthorizationError::Page("No application of that client_id is registered here."),
        other => AuthorizationError::Accounts(other),
    })
}

/// The one that is asked for, or the first registered; and whether it was asked for.
fn redirect_uri(application: &Application, query: &Query) -> Result<(RedirectUri, bool), AuthorizationError> {
    const OTHER: AuthorizationError =
        AuthorizationError::Page("The link's redirect_uri is not one that the application has registered.");
    const UNFIT: AuthorizationError =
        AuthorizationError::Page("The redirect_uri that the application has registered is not a safe one.");
    let registered = &application.registration.redirect_uris;
    let asked = query
        .one("redirect_uri")
        .map_err(|_| AuthorizationError::Page("The link names more than one redirect_uri."))?;
    match asked {
        // An older database may hold one that would not be registered today.
        None => {
            let first = registered.first().ok_or(UNFIT)?;
            Ok((RedirectUri::parse(first.as_str()).map_err(|_| UNFIT)?, false))
        }
        Some(asked) if registered.iter().any(|uri| uri.matches(&asked)) => {
            Ok((RedirectUri::parse(&asked).map_err(|_| OTHER)?, true))
        }
        Some(_) => Err(OTHER),
    }
}

/// What the application asks for, and how it protects the code.
struct RequestedScopes {
    scopes: Scopes,
    code_challenge: Option<CodeChallenge>,
}

impl RequestedScopes {
    fn of(application: &Application, paths: EndpointPaths, query: &Query) -> Result<Self, (&'static str, String)> {
        let bad = |why: &str| ("invalid_request", why.to_owned());
        let one =
            |name| query.one(name).map_err(|Twice| ("invalid_request", format!("{name} is given more than once")));
        one("state")?;
        let response_type = one("response_type")?.ok_or_else(|| bad("response_type is missing"))?;
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
            // RFC 7636 section 4.3: without a method it is plain, which RFC 9700 section 2.1.1 warns of.
            (Some(_), _) => return Err(bad("code_challenge_method must be S256")),
            (None, Some(_)) => return Err(bad("code_challenge is missing")),
            (None, None) if application.registration.secret_hash.is_none() => {
                return Err(bad("a public client needs code_challenge (RFC 7636)"));
            }
            (None, None) => None,
        };
        Ok(Self { scopes, code_challenge })
    }
}

fn scopes(asked: Option<String>, paths: EndpointPaths, registered: Scopes) -> Result<Scopes, (&'static str, String)> {
    let bad = |why: String| ("invalid_scope", why);
    let scopes = match asked {
        None => paths.default_scopes(registered),
        Some(asked) => {
            let parsed = Scopes::parse(asked.split(' ').filter(|name| !name.is_empty()));
            parsed.map_err(|problem| bad(format!("scope {problem}")))?
        }
    };
    if scopes.is_empty() {
        return Err(bad(format!("name a scope: the application is registered for {registered}")));
    }
    if !scopes.within(registered) {
        return Err(bad(format!("the application is registered for {registered}")));
    }
    Ok(scopes)
}

/// The parameters as they came: RFC 6749 section 3.1 allows none of them twice, and takes one without a value as absent.
struct Query(Vec<(String, String)>);

struct Twice;

impl Query {
    fn one(&self, name: &str) -> Result<Option<String>, Twice> {
        let mut found = self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value);
        let first = found.next();
        if found.next().is_some() { Err(Twice) } else { Ok(first.filter(|value| !value.is_empty()).cloned()) }
    }
}
