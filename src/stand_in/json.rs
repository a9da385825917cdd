//! Reads the JSON bodies of the control service. Unknown keys are errors everywhere: a typo must not pass.

use super::error::Failure;
use crate::http::error::RequestError;
use crate::http::input::TrustedBody;
use crate::http::{Request, RequestContext};
use hyper::StatusCode;
use hyper::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;

/// The largest body: a fixture of some ten thousand users. Two of them fit into the memory for bodies of trusted callers.
const MAX_FIXTURE: usize = 32 << 20;
/// The largest body of all other calls. A sandbox keeps some of them: 256 faults.
const MAX_BODY: usize = 256 << 10;

/// The body of a call that takes a fixture.
pub async fn fixture(request: &Request) -> Result<TrustedBody, Failure> {
    bytes(request, MAX_FIXTURE).await
}

async fn bytes(request: &Request, limit: usize) -> Result<TrustedBody, Failure> {
    let bytes = request.trusted_body(limit).await.map_err(RequestError::Body)?;
    if bytes.is_empty() || is_json(request) { Ok(bytes) } else { Err(not_json()) }
}

/// A web page can send a form or plain text to any address without asking; not JSON.
fn is_json(request: &RequestContext) -> bool {
    let value = request.header(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case("application/json"))
}

fn not_json() -> Failure {
    let message = "Content-Type must be application/json";
    Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", message)
}

/// The body as a `T`; an empty one counts as `{}`.
pub async fn body<T: DeserializeOwned>(request: &Request) -> Result<T, Failure> {
    parse(&bytes(request, MAX_BODY).await?)
}

fn parse<T: DeserializeOwned>(text: &[u8]) -> Result<T, Failure> {
    let text = if text.trim_ascii().is_empty() { b"{}" } else { text };
    serde_json::from_slice(text).map_err(|error| {
        let at = (error.line(), error.column());
        let message = error.to_string();
        let suffix = format!(" at line {} column {}", at.0, at.1);
        let message = message.strip_suffix(&suffix).unwrap_or(&message).to_owned();
        Failure::unreadable(message.starts_with("unknown field"), message, at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        #[serde(default)]
        to: Option<String>,
    }

    fn code(text: &str) -> (&'static str, Option<(usize, usize)>) {
        match parse::<Body>(text.as_bytes()) {
            Err(Failure::Refused { code, at, .. }) => (code, at),
            other => panic!("{text}: {:?}", other.map(|body| body.to).ok()),
        }
    }

    #[test]
    fn an_error_has_a_code_a_line_and_a_column() {
        assert_eq!(code("{\"to\": \"seed\",\n \"too\": 1}"), ("unknown_key", Some((2, 6))));
        assert_eq!(code("{\"to\": "), ("unreadable", Some((1, 7))));
        assert_eq!(code("[1]").0, "unreadable");
        assert!(parse::<Body>(b" \n").is_ok_and(|body| body.to.is_none()));
    }
}
