//! Prints records: as aligned columns, or as JSON.

use super::arguments::Common;
use super::outcome::{Failure, Outcome, print};
use crate::domain::{Email, Key, TokenRecord, User};
use serde_json::{Value, json};

/// Something that a command prints.
pub trait Record {
    /// The named columns of a list.
    fn columns(&self) -> Vec<(&'static str, String)>;
    /// All fields.
    fn json(&self) -> Value;
}

/// Prints a list.
pub fn list<R: Record>(common: &Common, records: &[R]) -> Outcome {
    if common.json {
        return print_json(&records.iter().map(Record::json).collect::<Value>());
    }
    let rows: Vec<_> = records.iter().map(Record::columns).collect();
    let Some(first) = rows.first() else { return Ok(()) };
    let head: Vec<String> = first.iter().map(|(name, _)| name.to_uppercase()).collect();
    let mut lines = vec![head];
    lines.extend(rows.into_iter().map(|row| row.into_iter().map(|(_, cell)| cell).collect()));
    print(&align(&lines))
}

/// Prints one record, one line per field.
pub fn one<R: Record>(common: &Common, record: &R) -> Outcome {
    if common.json {
        return print_json(&record.json());
    }
    let Value::Object(fields) = record.json() else { return Err(Failure::new("nothing to show")) };
    let lines: Vec<Vec<String>> = fields
        .into_iter()
        .map(|(name, value)| {
            let text = match value {
                Value::String(text) => text,
                Value::Null => String::new(),
                other => other.to_string(),
            };
            vec![name, text]
        })
        .collect();
    print(&align(&lines))
}

/// Says what a command did to a record.
pub fn done<R: Record>(common: &Common, record: &R, line: &str) -> Outcome {
    either(common, &record.json(), line)
}

/// The same, with a generated secret: it cannot be shown later.
pub fn with_secret<R: Record>(common: &Common, record: &R, name: &str, secret: Option<&str>, text: &str) -> Outcome {
    let mut json = record.json();
    json[name] = secret.into();
    either(common, &json, text)
}

/// Prints a result as JSON, or as a line of text.
pub fn either(common: &Common, json: &Value, line: &str) -> Outcome {
    if common.json { print_json(json) } else { print(&format!("{line}\n")) }
}

fn print_json(value: &Value) -> Outcome {
    let text = serde_json::to_string_pretty(value).map_err(Failure::new)?;
    print(&format!("{text}\n"))
}

/// Pads each column to its widest cell.
fn align(lines: &[Vec<String>]) -> String {
    let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
    let width = |n: usize| lines.iter().filter_map(|line| line.get(n)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|n| width(n).unwrap_or(0)).collect();
    let mut text = String::new();
    for line in lines {
        let cells = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

pub fn time(time: Option<jiff::Timestamp>) -> String {
    time.map_or("never".to_owned(), |time| format!("{time:.0}"))
}

impl Record for User {
    fn columns(&self) -> Vec<(&'static str, String)> {
        let role = if self.admin { "administrator" } else { "user" };
        vec![
            ("id", self.id.to_string()),
            ("username", self.username.to_string()),
            ("email", self.email.to_string()),
            ("role", role.into()),
            ("state", self.state.name().into()),
            ("name", self.name.as_str().into()),
        ]
    }

    fn json(&self) -> Value {
        let identity = self.identities.first();
        json!({
            "id": self.id.0,
            "username": self.username.as_str(),
            "email": self.email.as_str(),
            "name": self.name.as_str(),
            "admin": self.admin,
            "blocked": self.state.is_blocked(),
            "state": self.state.name(),
            "created_at": self.created_at.to_string(),
            "location": self.location.as_str(),
            "company": self.company.as_str(),
            "profile_url": self.profile_url.as_str(),
            "gravatar_email": self.gravatar_email.as_ref().map_or("", |address| address.as_str()),
            "bio": self.bio.as_ref().map(|bio| bio.as_str()),
            "skype": self.skype.as_str(),
            "linkedin": self.linkedin.as_str(),
            "twitter": self.twitter.as_str(),
            "extern_uid": identity.map(|identity| identity.extern_uid.as_str()),
            "provider": identity.map(|identity| identity.provider.as_str()),
            "projects_limit": self.projects_limit,
            "can_create_group": self.can_create_group,
            "dark_scheme": self.dark_scheme,
        })
    }
}

impl Record for Email {
    fn columns(&self) -> Vec<(&'static str, String)> {
        let yes = |flag: bool| if flag { "yes" } else { "no" }.to_owned();
        vec![
            ("email", self.address.to_string()),
            ("primary", yes(self.primary)),
            ("verified", yes(self.is_verified())),
            ("verified by", self.verification.map_or("-", |given| given.by.name()).into()),
        ]
    }

    fn json(&self) -> Value {
        json!({
            "email": self.address.as_str(),
            "verified": self.is_verified(),
            "verified_by": self.verification.map(|given| given.by.name()),
            "primary": self.primary,
        })
    }
}

impl Record for Key {
    fn columns(&self) -> Vec<(&'static str, String)> {
        vec![
            ("id", self.id.to_string()),
            ("type", self.key.algorithm().into()),
            ("fingerprint", self.key.fingerprint().to_string()),
            ("expires", time(self.expires_at)),
            ("last used", time(self.last_used_at)),
            ("title", self.title.as_str().into()),
        ]
    }

    fn json(&self) -> Value {
        json!({
            "id": self.id.0,
            "user_id": self.user_id.0,
            "title": self.title.as_str(),
            "key": self.key.as_str(),
            "usage_type": self.usage.name(),
            "fingerprint": self.key.fingerprint().to_string(),
            "created_at": self.created_at.to_string(),
            "expires_at": self.expires_at.map(|time| time.to_string()),
            "last_used_at": self.last_used_at.map(|time| time.to_string()),
        })
    }
}

impl Record for TokenRecord {
    fn columns(&self) -> Vec<(&'static str, String)> {
        vec![
            ("id", self.id.to_string()),
            ("kind", self.kind.name().into()),
            ("name", self.name.as_str().into()),
            ("scopes", self.scopes.to_string()),
            ("expires", time(self.expires_at)),
            ("last used", time(self.last_used_at)),
        ]
    }

    fn json(&self) -> Value {
        json!({
            "id": self.id.0,
            "user_id": self.user_id.0,
            "kind": self.kind.name(),
            "name": self.name.as_str(),
            "description": self.description.as_str(),
            "scopes": self.scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>(),
            "created_at": self.created_at.to_string(),
            "expires_at": self.expires_at.map(|time| time.to_string()),
            "last_used_at": self.last_used_at.map(|time| time.to_string()),
        })
    }
}
