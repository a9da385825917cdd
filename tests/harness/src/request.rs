//! An HTTP request, built and sent.

use crate::response::Response;
use crate::server::Server;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::Value;
use std::time::Duration;
use ureq::http::{self, Uri};

/// A request to a server.
#[derive(Clone)]
pub struct Request {
    method: String,
    uri: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    /// A request to any server, by its absolute URL.
    pub fn to(method: &str, uri: &str) -> Self {
        Self { method: method.into(), uri: uri.into(), headers: Vec::new(), body: Vec::new() }
    }

    /// Adds a header, beside one of the same name.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Authenticates with `Authorization: Basic`.
    pub fn basic(self, user: &str, password: &str) -> Self {
        let encoded = BASE64_STANDARD.encode(format!("{user}:{password}"));
        self.header("Authorization", &format!("Basic {encoded}"))
    }

    /// Authenticates with `Authorization: Bearer`.
    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    /// Authenticates with GitLab's `PRIVATE-TOKEN`.
    pub fn private_token(self, token: &str) -> Self {
        self.header("PRIVATE-TOKEN", token)
    }

    /// Sets a JSON body and its content type.
    pub fn json(self, body: Value) -> Self {
        self.header("Content-Type", "application/json").body(body.to_string())
    }

    /// Sets a form as the body and its content type.
    pub fn form(self, pairs: &[(&str, &str)]) -> Self {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        self.header("Content-Type", "application/x-www-form-urlencoded").body(body)
    }

    /// Sets the body's bytes, without a content type.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Appends text to the URL, usually a query with its `?`.
    pub fn with_query(mut self, query: &str) -> Self {
        self.uri.push_str(query);
        self
    }

    /// Sends the request on a new connection. No redirect is followed, and no status is an error.
    pub fn send(self) -> Response {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(30)))
            .build();
        let agent = ureq::Agent::new_with_config(config);
        let mut request = http::Request::builder().method(self.method.as_str()).uri(self.uri.parse::<Uri>().unwrap());
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let response = if self.body.is_empty() {
            agent.run(request.body(()).unwrap())
        } else {
            agent.run(request.body(self.body).unwrap())
        };
        Response::from(response.unwrap_or_else(|error| panic!("{} {}: {error}", self.method, self.uri)))
    }
}

/// Requests to this server, by path.
impl Server {
    /// A request with any method.
    pub fn call(&self, method: &str, path: &str) -> Request {
        Request::to(method, &format!("{}{path}", self.url()))
    }

    /// A GET request.
    pub fn get(&self, path: &str) -> Request {
        self.call("GET", path)
    }

    /// A POST request.
    pub fn post(&self, path: &str) -> Request {
        self.call("POST", path)
    }

    /// A PUT request.
    pub fn put(&self, path: &str) -> Request {
        self.call("PUT", path)
    }

    /// A PATCH request.
    pub fn patch(&self, path: &str) -> Request {
        self.call("PATCH", path)
    }

    /// A DELETE request.
    pub fn delete(&self, path: &str) -> Request {
        self.call("DELETE", path)
    }
}
