//! A client of the control service.

use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::{Request, StatusCode};

#[derive(Clone)]
pub struct Client {
    pub url: String,
    agent: Agent,
}

impl Client {
    pub fn new(url: &str) -> Self {
        // The environment's proxies are not for the test's own machine.
        let config = Agent::config_builder().proxy(None).http_status_as_error(false).build();
        Self { url: url.to_owned(), agent: config.into() }
    }

    pub fn get(&self, path: &str) -> Result<Value, String> {
        self.send("GET", path, None)
    }

    pub fn post(&self, path: &str, body: &Value) -> Result<Value, String> {
        self.send("POST", path, Some(body))
    }

    /// As `post`, but also returns the body of an error 422, with its `error`.
    pub fn check(&self, path: &str, body: &Value) -> Result<Value, String> {
        let (status, answer) = self.exchange("POST", path, Some(body))?;
        match status {
            StatusCode::UNPROCESSABLE_ENTITY => Ok(answer),
            _ => accept(status, answer).map_err(|message| format!("POST {path}: {message}")),
        }
    }

    pub fn put(&self, path: &str, body: &Value) -> Result<Value, String> {
        self.send("PUT", path, Some(body))
    }

    pub fn delete(&self, path: &str) -> Result<Value, String> {
        self.send("DELETE", path, None)
    }

    fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, String> {
        let (status, answer) = self.exchange(method, path, body)?;
        accept(status, answer).map_err(|message| format!("{method} {path}: {message}"))
    }

    fn exchange(&self, method: &str, path: &str, body: Option<&Value>) -> Result<(StatusCode, Value), String> {
        let request = Request::builder().method(method).uri(format!("{}/_accountd/{path}", self.url));
        let response = match body {
            Some(body) => {
                self.agent.run(built(request.header("content-type", "application/json").body(body.to_string()))?)
            }
            None => self.agent.run(built(request.body(()))?),
        };
        let mut response = response.map_err(|error| format!("accountd at {} cannot be reached: {error}", self.url))?;
        let status = response.status();
        let text = response.body_mut().with_config().limit(u64::MAX).read_to_string();
        let text = text.map_err(|error| format!("{method} {path}: {error}"))?;
        match text.is_empty() {
            true => Ok((status, json!({}))),
            // An answer that is not JSON is not the control service's.
            false => Ok((status, serde_json::from_str(&text).unwrap_or_default())),
        }
    }
}

fn built<T>(request: Result<Request<T>, ureq::http::Error>) -> Result<Request<T>, String> {
    request.map_err(|error| error.to_string())
}

fn accept(status: StatusCode, answer: Value) -> Result<Value, String> {
    match status.is_success() {
        true => Ok(answer),
        false => Err(describe(&answer).unwrap_or_else(|| format!("the answer has status {status}"))),
    }
}

/// The message of an error, and where in the body it is.
fn describe(error: &Value) -> Option<String> {
    let message = error["message"].as_str()?;
    match (error["line"].as_u64(), error["column"].as_u64()) {
        (Some(line), Some(column)) => Some(format!("{message} (line {line}, column {column})")),
        _ => Some(message.to_owned()),
    }
}
