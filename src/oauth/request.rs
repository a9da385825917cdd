//! Parses authorization requests (RFC 6749 section 4.1.1, with PKCE). Each error says whether it may be sent to the
//! application or only shown to the user.

use super::endpoint_paths::EndpointPaths;
use crate::accounts::{Accounts, Application, Consent, Error};
use crate::domain::{CodeChallenge, RedirectUri, Scopes};
use crate::http::input::form;
use crate::web;
use hyper::StatusCode;

/// A valid request, which needs the user's consent.
pub struct AuthorizationRequest {
    pub application: Application,
    pub target: RedirectTarget,
    /// What the user agrees to by allowing the request.
    pub consent: Consent,
    /// Whether the user is asked in any case, as OpenID Connect's `prompt` says.
    pub must_ask: bool,
}

/// The URI that the response is sent to, and the `state` that it repeats.
pub struct RedirectTarget {
    pub uri: RedirectUri,
    pub state: Option<String>,
}

/// Why a request is invalid.
#[derive(derive_more::From)]
pub enum AuthorizationError {
    /// The application or its redirect URI is in doubt: an error page for the user, without a redirect (section
    /// 4.1.2.1).
    #[from]
    Page(web::Failure),
    /// A redirect to the application with an error code and a description for its developer.
    Redirect(RedirectTarget, &'static str, String),
}

/// The parameters that are read from the query.
pub const PARAMETERS: [&str; 7] =
    ["client_id", "redirect_uri", "state", "response_type", "scope", "code_challenge", "code_challenge_method"];

impl AuthorizationRequest {
    /// Parses the query of a request.
    ///
    /// # Errors
    /// The first problem with it.
    pub fn parse(accounts: &Accounts, paths: EndpointPaths, query: &str) -> Result<Self, AuthorizationError> {
        let query = Query(form::decoded_pairs(query).collect());
        let application = application(accounts, &query)?;
        let (uri, requested_uri) = redirect_uri(&application, &query)?;
        let target = RedirectTarget { uri, state: query.one("state").ok().flatten() };
        let (scopes, code_challenge) = match scopes_and_challenge(&application, paths, &query) {
            Ok(parsed) => parsed,
            Err((error, description)) => return Err(AuthorizationError::Redirect(target, error, description)),
        };
        let consent = Consent { application: application.id, scopes, redirect_uri: requested_uri, code_challenge };
        let prompt = query.one("prompt").ok().flatten();
        let must_ask = prompt.is_some_and(|prompt| prompt != "none");
        Ok(Self { application, target, consent, must_ask })
    }
}

/// The page about a link that leads nowhere.
pub fn broken_link(reason: &str) -> web::Failure {
    let text = format!("{reason} Nothing was sent to the application. Please tell the people who run it.");
    web::Failure::problem(StatusCode::BAD_REQUEST, "This link does not work", text)
}

fn application(accounts: &Accounts, query: &Query) -> Result<Application, web::Failure> {
    let client_id = query.one("client_id").map_err(|_| broken_link("The link names more than one application."))?;
    let client_id = client_id.ok_or_else(|| broken_link("The link does not say which application it is for."))?;
    accounts.application(&client_id).map_err(|error| match error {
        Error::NotFound => broken_link("No application with this client_id is registered here."),
        other => other.into(),
    })
}

/// The requested redirect URI or, without one, the first that is registered; and the URI in the request, if any, which
/// the token request must then repeat.
fn redirect_uri(application: &Application, query: &Query) -> Result<(RedirectUri, Option<String>), web::Failure> {
    let registered = &application.registration.redirect_uris;
    let requested = query.one("redirect_uri");
    let requested = requested.map_err(|_| broken_link("The link names more than one redirect_uri."))?;
    let uri = match &requested {
        // An older database may contain a URI that would be refused at registration today.
        None => registered
            .first()
            .and_then(|first| RedirectUri::parse(first.as_str()).ok())
            .ok_or_else(|| broken_link("The redirect_uri that the application has registered is not safe."))?,
        Some(requested) => registered
            .iter()
            .any(|uri| uri.matches(requested))
            .then(|| RedirectUri::parse(requested).ok())
            .flatten()
            .ok_or_else(|| broken_link("The link's redirect_uri is not one that the application has registered."))?,
    };
    let requested = requested.map(|_| uri.as_str().to_owned());
    Ok((uri, requested))
}

/// The scopes that the application requests, and the challenge that protects its code. An error is a code and a
/// description.
fn scopes_and_challenge(
    application: &Application,
    paths: EndpointPaths,
    query: &Query,
) -> Result<(Scopes, Option<CodeChallenge>), (&'static str, String)> {
    let invalid = |reason: &str| ("invalid_request", reason.to_owned());
    let one = |name| query.one(name).map_err(|Repeated| ("invalid_request", format!("{name} is given more than once")));
    one("state")?;
    one("prompt")?;
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
    Ok((scopes, code_challenge))
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
