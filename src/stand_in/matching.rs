//! Which requests a fault affects, and which ones a search of the journal finds.

use super::error::Failure;
use super::journal::redact;
use super::subject::Subject;
use crate::http::router::Router;
use hyper::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The longest pattern of a path, in bytes.
const MAX_PATH: usize = 256;

/// Every key that is given must match. An empty one matches every request.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Match {
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dialect: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    /// `*` stands for any part of one segment, `**` for anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_id: Option<i64>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    header: Map<String, Value>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    query: Map<String, Value>,
    /// Values by JSON pointers (RFC 6901).
    #[serde(skip_serializing_if = "Map::is_empty")]
    body: Map<String, Value>,
}

impl Match {
    /// Checks the values, and replaces credentials in them as they are replaced in requests.
    ///
    /// # Errors
    /// There is no such operation or dialect, or a value cannot match anything.
    pub fn check(mut self, router: &Router) -> Result<Self, Failure> {
        known("unknown_operation", "operation", self.operation.as_deref(), router.routes().map(|(_, _, name)| name))?;
        known("unknown_dialect", "dialect", self.dialect.as_deref(), router.dialects())?;
        if let Some(path) = &self.path
            && (path.len() > MAX_PATH || !path.starts_with(['/', '*']))
        {
            return Err(Failure::invalid(format!("path must begin with / or *, and have {MAX_PATH} bytes at most")));
        }
        let (header, query) = (std::mem::take(&mut self.header), std::mem::take(&mut self.query));
        for (name, value) in header {
            let value = redact::header(&name, text("header", &value)?);
            self.header.insert(name.to_ascii_lowercase(), value.into());
        }
        for (name, value) in query {
            text("query", &value)?;
            self.query.insert(name.clone(), redact::field(&name, value));
        }
        for (pointer, value) in &mut self.body {
            if !pointer.is_empty() && !pointer.starts_with('/') {
                return Err(Failure::invalid(format!("body: {pointer:?} is not a JSON pointer such as \"/username\"")));
            }
            let names = pointer.split('/').rev().map(|name| name.replace("~1", "/").replace("~0", "~"));
            *value = names.fold(value.take(), |value, name| redact::field(&name, value));
        }
        Ok(self)
    }

    pub fn matches(&self, subject: &Subject) -> bool {
        self.differences(subject).next().is_none()
    }

    /// The keys that do not match: `user`, `header.x-try`, `query.page`, `body./name`.
    pub fn differences<'a>(&'a self, subject: &'a Subject) -> impl Iterator<Item = String> + 'a {
        let request = &subject.request;
        let plain = [
            ("operation", differs(self.operation.as_ref(), subject.operation.as_ref())),
            ("dialect", differs(self.dialect.as_ref(), subject.dialect.as_ref())),
            ("method", self.method.as_ref().is_some_and(|method| !method.eq_ignore_ascii_case(&request.method))),
            ("path", self.path.as_ref().is_some_and(|pattern| !path_matches(pattern, &request.path))),
            ("user", differs(self.user.as_ref(), subject.user.as_ref())),
            ("token_id", differs(self.token_id, subject.token.as_ref().map(|token| token.id))),
        ];
        let plain = plain.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name.to_owned());
        let maps = [("header", &self.header, &request.headers), ("query", &self.query, &request.query)];
        let maps = maps.into_iter().flat_map(|(key, wanted, actual)| {
            let differing = wanted.iter().filter(|(name, value)| !has(actual.get(*name), value));
            differing.map(move |(name, _)| format!("{key}.{name}"))
        });
        let at = |pointer: &str| request.body.as_ref().and_then(|body| body.pointer(pointer));
        let body = self.body.iter().filter(move |(pointer, value)| at(pointer) != Some(value));
        plain.chain(maps).chain(body.map(|(pointer, _)| format!("body.{pointer}")))
    }
}

fn differs<T: PartialEq>(wanted: Option<T>, actual: Option<T>) -> bool {
    wanted.is_some() && wanted != actual
}

/// Whether the value, or one of the values of a repeated name, is the wanted one.
fn has(actual: Option<&Value>, wanted: &Value) -> bool {
    match actual {
        Some(Value::Array(values)) => values.contains(wanted),
        other => other == Some(wanted),
    }
}

fn text<'a>(key: &str, value: &'a Value) -> Result<&'a str, Failure> {
    value.as_str().ok_or_else(|| Failure::invalid(format!("the values of {key} must be text")))
}

fn known<'a>(
    code: &'static str,
    kind: &str,
    name: Option<&str>,
    names: impl Iterator<Item = &'a str>,
) -> Result<(), Failure> {
    let Some(name) = name else { return Ok(()) };
    let names: BTreeSet<_> = names.filter(|name| !name.starts_with("control")).collect();
    if names.contains(name) {
        return Ok(());
    }
    let closest =
        names.iter().map(|known| (strsim::jaro(name, known), known)).max_by(|one, other| one.0.total_cmp(&other.0));
    let hint = closest.map(|(_, known)| format!("; did you mean {known:?}?")).unwrap_or_default();
    Err(Failure::new(StatusCode::BAD_REQUEST, code, format!("there is no {kind} {name:?}{hint}")))
}

/// Compares from left to right, and returns to the last star when that fails: `*` takes no `/`, `**` takes everything.
fn path_matches(pattern: &str, path: &str) -> bool {
    let (pattern, path) = (pattern.as_bytes(), path.as_bytes());
    // Where the pattern goes on after a star, and what the star has taken until then.
    let mut star: Option<(usize, usize)> = None;
    let mut double: Option<(usize, usize)> = None;
    let (mut at, mut to) = (0, 0);
    while to < path.len() {
        if pattern[at..].starts_with(b"**") {
            at += 2;
            (star, double) = (None, Some((at, to)));
        } else if pattern.get(at) == Some(&b'*') {
            at += 1;
            star = Some((at, to));
        } else if pattern.get(at) == Some(&path[to]) {
            (at, to) = (at + 1, to + 1);
        } else if let Some((after, taken)) = star.filter(|(_, taken)| path[*taken] != b'/') {
            star = Some((after, taken + 1));
            (at, to) = (after, taken + 1);
        } else if let Some((after, taken)) = double {
            (star, double) = (None, Some((after, taken + 1)));
            (at, to) = (after, taken + 1);
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_star_is_a_segment_and_two_are_any_path() {
        for (pattern, path) in [
            ("/api/v4/users", "/api/v4/users"),
            ("/api/v4/users/*", "/api/v4/users/7"),
            ("/api/*/users/*/keys", "/api/v4/users/7/keys"),
            ("/api/v4/**", "/api/v4/users/7/keys"),
            ("**/keys", "/api/v4/users/7/keys"),
            ("/**/users/*", "/api/v4/users/7"),
            ("/**/a*c/d", "/x/abc/y/abbc/d"),
            ("**", "/"),
            ("/us*s", "/users"),
            ("/**", "/"),
            ("/a/*", "/a/"),
        ] {
            assert!(path_matches(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in [
            ("/api/v4/users/*", "/api/v4/users/7/keys"),
            ("/api/v4/users", "/api/v4/users/7"),
            ("/api/*/keys", "/api/v4/users/7/keys"),
            ("/**/keys", "/api/v4/users"),
            ("/**/a*c/d", "/x/ab/c/d"),
            ("", "/"),
        ] {
            assert!(!path_matches(pattern, path), "{pattern} {path}");
        }
    }
}
