//! Request bodies, in each format.

use crate::operations::{BodyFormat, Change, Profile};
use serde_json::{Map, Value};

/// Attributes by name, each a text, a boolean or a list of texts.
#[derive(Default)]
pub struct Body(pub Vec<(&'static str, Value)>);

impl Body {
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    pub fn optional(self, name: &'static str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// The attributes as pairs of text. A list becomes one pair `name[]` per item.
    pub fn pairs(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let pairs = self.0.iter().flat_map(|(name, value)| match value {
            Value::Array(texts) => texts.iter().map(|one| (format!("{name}[]"), text(one))).collect(),
            one => vec![((*name).to_owned(), text(one))],
        });
        pairs.collect()
    }

    /// The content type and the body.
    pub fn encode(&self, format: BodyFormat) -> (&'static str, String) {
        match format {
            BodyFormat::Json => {
                let members = self.0.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
                ("application/json", Value::Object(members.collect::<Map<_, _>>()).to_string())
            }
            BodyFormat::UrlEncoded => {
                let mut body = form_urlencoded::Serializer::new(String::new());
                ("application/x-www-form-urlencoded", body.extend_pairs(self.pairs()).finish())
            }
            BodyFormat::Multipart => {
                let part = |(name, value)| {
                    format!("--8d7f\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                };
                let parts: String = self.pairs().into_iter().map(part).collect();
                ("multipart/form-data; boundary=8d7f", parts + "--8d7f--\r\n")
            }
        }
    }
}

pub fn changed(change: &Change) -> Body {
    let body = Body::default().optional("username", change.username).optional("email", change.email);
    let body = body.optional("name", change.name).optional("bio", change.bio).optional("website_url", change.website);
    body.optional("password", change.password).optional("admin", change.admin)
}

pub fn profiled(profile: &Profile) -> Body {
    let body = Body::default().optional("full_name", profile.full_name).optional("location", profile.location);
    body.optional("company", profile.company).optional("profile_url", profile.profile_url)
}
