//! An HTTP response, read to its end.

use serde_json::Value;
use ureq::Body;
use ureq::http;

/// A response with its whole body.
#[derive(Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// All headers in their order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body. Tests read only text.
    pub body: String,
}

impl Response {
    pub(crate) fn from(response: http::Response<Body>) -> Self {
        let (parts, mut body) = response.into_parts();
        let headers = parts.headers.iter();
        Self {
            status: parts.status.as_u16(),
            headers: headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect(),
            body: body.with_config().limit(64 << 20).read_to_string().unwrap(),
        }
    }

    /// The first header of this name, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All headers of this name, in lower case.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Checks the status and returns the body as JSON, or null if it is empty.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        if self.body.is_empty() { Value::Null } else { self.json() }
    }

    /// The field names of the JSON object in the body, in their order.
    #[track_caller]
    pub fn names(&self) -> Vec<String> {
        names(&self.json())
    }
}

/// The field names of a JSON object, in their order.
#[track_caller]
pub fn names(value: &Value) -> Vec<String> {
    value.as_object().unwrap_or_else(|| panic!("not an object: {value}")).keys().cloned().collect()
}
