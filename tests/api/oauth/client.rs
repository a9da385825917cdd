//! Client applications: those of the tests, and their requests.

use super::{DOCKER, PKCE, Redirect, VERIFIER, percent_encoded, send_authorization};
use crate::harness::{Request, Response, Server};

/// A client application as its developer knows it.
#[derive(Clone, Copy, Debug)]
pub struct Application {
    pub id: &'static str,
    /// None for a public application.
    pub secret: Option<&'static str>,
    /// The first registered redirect URI.
    pub uri: &'static str,
}

/// The application in fixtures/demo.json, registered for `profile_read email_read`.
pub const EXAMPLE: Application =
    Application { id: "TestClientID", secret: Some("TestClientSecret"), uri: "https://my.app/auth_complete/" };
/// Registered for all scopes, with a second redirect URI that has a query.
pub const WIKI: Application =
    Application { id: "WikiClientID", secret: Some("WikiClientSecret"), uri: "https://wiki.example/callback" };
pub const WIKI_SECOND: &str = "https://wiki.example/second?tenant=1";
/// A public application registered for `profile_read email_read`, with a second redirect URI on loopback.
pub const PHONE: Application = Application { id: "PhoneClientID", secret: None, uri: "com.example.phone:/callback" };
pub const PHONE_SECOND: &str = "http://127.0.0.1/callback";
/// Registered for `read_user` only.
pub const READER: Application =
    Application { id: "ReaderClientID", secret: Some("ReaderClientSecret"), uri: "http://localhost/callback" };
/// Registered for no scope.
pub const IDLE: Application =
    Application { id: "IdleClientID", secret: Some("IdleClientSecret"), uri: "https://idle.example/callback" };

/// An access token and its refresh token.
#[derive(Clone, Debug)]
pub struct Tokens {
    pub access: String,
    pub refresh: String,
}

impl Tokens {
    #[track_caller]
    pub fn of(answer: Response) -> Self {
        let body = answer.expect(200);
        let text = |name: &str| body[name].as_str().unwrap_or_else(|| panic!("{name}: {body}")).to_owned();
        Self { access: text("access_token"), refresh: text("refresh_token") }
    }
}

impl Application {
    /// The query of an authorization request, with this text appended.
    pub fn query(&self, more: &str) -> String {
        format!("client_id={}&response_type=code{more}", self.id)
    }

    /// Obtains a code, approved by janedoe, with this text appended to the query.
    #[track_caller]
    pub fn code(&self, server: &Server, more: &str) -> String {
        let more = if self.secret.is_none() && !more.contains("code_challenge") {
            PKCE.to_owned() + more
        } else {
            more.into()
        };
        Redirect::of(&send_authorization(server, DOCKER, &self.query(&more)), 302).get("code").to_owned()
    }

    /// A request with client authentication: Basic, or only the id of a public application.
    pub fn call(&self, server: &Server, path: &str, fields: &[(&str, &str)]) -> Request {
        match self.secret {
            Some(secret) => server.post(path).basic(self.id, secret).form(fields),
            None => server.post(path).form(&[fields, &[("client_id", self.id)]].concat()),
        }
    }

    /// Exchanges a code for tokens, with more fields.
    pub fn exchange(&self, server: &Server, code: &str, more: &[(&str, &str)]) -> Response {
        let fields = [&[("grant_type", "authorization_code"), ("code", code)], more].concat();
        self.call(server, DOCKER.token, &fields).send()
    }

    /// Refreshes the tokens, with more fields.
    pub fn refresh(&self, server: &Server, token: &str, more: &[(&str, &str)]) -> Response {
        let fields = [&[("grant_type", "refresh_token"), ("refresh_token", token)], more].concat();
        self.call(server, DOCKER.token, &fields).send()
    }

    /// Obtains tokens with this scope, approved by janedoe.
    #[track_caller]
    pub fn tokens(&self, server: &Server, scope: &str) -> Tokens {
        let code = self.code(server, &format!("&scope={}", percent_encoded(scope)));
        let proof: &[_] = if self.secret.is_none() { &[("code_verifier", VERIFIER)] } else { &[] };
        Tokens::of(self.exchange(server, &code, proof))
    }

    pub fn introspect(&self, server: &Server, token: &str) -> Response {
        self.call(server, DOCKER.introspect, &[("token", token)]).send()
    }

    pub fn revoke(&self, server: &Server, token: &str) -> Response {
        self.call(server, DOCKER.revoke, &[("token", token)]).send()
    }
}
