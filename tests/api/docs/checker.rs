//! Sends requests, and checks each answer against the description of its operation.

use super::{document, operations};
use crate::harness::{Request, Response, Server};
use serde_json::Value;
use std::collections::BTreeSet;

pub struct Checker<'s> {
    pub server: &'s Server,
    pub document: Value,
    /// The `operationId`s that succeeded, and the named schemas' properties that answers had.
    pub seen: BTreeSet<String>,
}

impl<'s> Checker<'s> {
    pub fn new(server: &'s Server) -> Self {
        Self { server, document: document(server), seen: BTreeSet::new() }
    }

    /// Sends the request, checks its status and that the answer is as described, and returns it.
    #[track_caller]
    pub fn call(&mut self, id: &str, path: &str, status: u16, request: impl FnOnce(Request) -> Request) -> Response {
        let document = std::mem::take(&mut self.document);
        let (method, template, operation) = operations(&document).remove(id).unwrap_or_else(|| panic!("no {id}"));
        assert!(is_instance(path.split('?').next().unwrap(), &template), "{path} is not {template}");
        let answer = request(self.server.call(&method, path)).send();
        assert_eq!(answer.status, status, "{id}: {answer:?}");
        let described = resolve(&document, &operation["responses"][status.to_string()]);
        assert!(described.is_object(), "{id} has no answer {status}");
        self.check(&document, id, described, &answer);
        if status < 400 {
            self.seen.insert(id.to_owned());
        }
        self.document = document;
        answer
    }

    fn check(&mut self, document: &Value, id: &str, described: &Value, answer: &Response) {
        for (name, header) in described["headers"].as_object().unwrap() {
            let value = answer.header(&name.to_ascii_lowercase());
            assert!(value.is_some() || header["required"] != true, "{id}: no {name}: {answer:?}");
        }
        let content = described["content"].as_object().unwrap();
        let media_type = answer.header("content-type").map(|value| value.split(';').next().unwrap());
        let Some(media_type) = media_type else {
            assert!(content.is_empty() && answer.body.is_empty(), "{id}: {answer:?}");
            return;
        };
        let described = content.get(media_type).unwrap_or_else(|| panic!("{id}: {media_type}"));
        if media_type != "application/json" {
            return;
        }
        let body = answer.json();
        let mut seen = BTreeSet::new();
        let problems = mismatch(document, &described["schema"], &body, &mut seen);
        assert!(problems.is_none(), "{id}: {}\n{body:#}", problems.unwrap());
        self.seen.append(&mut seen);
    }
}

/// Whether the path is one of those that the template stands for.
fn is_instance(path: &str, template: &str) -> bool {
    let (mut path, mut template) = (path.split('/'), template.split('/'));
    loop {
        match (path.next(), template.next()) {
            (None, None) => return true,
            (Some(segment), Some(pattern)) if segment == pattern => {}
            (Some(segment), Some(pattern)) => {
                let Some((prefix, rest)) = pattern.split_once('{') else { return false };
                let (_, suffix) = rest.split_once('}').unwrap();
                if !(segment.starts_with(prefix) && segment.ends_with(suffix)) {
                    return false;
                }
            }
            _ => return false,
        }
    }
}

fn resolve<'d>(document: &'d Value, value: &'d Value) -> &'d Value {
    match value["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).unwrap_or_else(|| panic!("{reference}")),
        None => value,
    }
}

/// Why a value does not match a schema; None if it does. Understands only the keywords that the document uses.
fn mismatch(document: &Value, schema: &Value, value: &Value, seen: &mut BTreeSet<String>) -> Option<String> {
    if let Some(name) = schema["$ref"].as_str() {
        let mut within = BTreeSet::new();
        let problem = mismatch(document, resolve(document, schema), value, &mut within);
        let name = name.rsplit('/').next().unwrap();
        seen.extend(within.into_iter().map(|path| if path.starts_with('.') { format!("{name}{path}") } else { path }));
        return problem.map(|problem| format!("{name}: {problem}"));
    }
    if let Some(schemas) = schema["anyOf"].as_array() {
        let mut problems = Vec::new();
        for schema in schemas {
            let mut within = BTreeSet::new();
            match mismatch(document, schema, value, &mut within) {
                Some(problem) => problems.push(problem),
                None => {
                    seen.append(&mut within);
                    return None;
                }
            }
        }
        return Some(problems.join("; "));
    }
    for keyword in schema.as_object().unwrap().keys() {
        let known =
            ["type", "format", "enum", "items", "properties", "required", "additionalProperties", "description"];
        assert!(known.contains(&keyword.as_str()), "{schema}");
    }
    let words = schema["enum"].as_array();
    match (schema["type"].as_str().unwrap(), value) {
        ("null", Value::Null) | ("boolean", Value::Bool(_)) => None,
        ("integer", Value::Number(number)) if number.is_i64() => None,
        ("string", Value::String(text)) if words.is_none_or(|words| words.contains(value)) => {
            let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
            let is_right = match schema["format"].as_str() {
                None => true,
                Some("date") => text.len() == 10 && is_digits(text),
                Some("date-time") => text.len() >= 20 && is_digits(&text[..10]) && text.ends_with('Z'),
                Some(format) => panic!("{format}"),
            };
            (!is_right).then(|| format!("{value} is not {schema}"))
        }
        ("array", Value::Array(items)) => {
            items.iter().find_map(|item| mismatch(document, &schema["items"], item, seen))
        }
        ("object", Value::Object(fields)) => {
            let required = schema["required"].as_array().into_iter().flatten();
            let missing = required.map(|name| name.as_str().unwrap()).find(|name| !fields.contains_key(*name));
            let problem = missing.map(|name| format!("no {name}"));
            problem.or_else(|| {
                fields.iter().find_map(|(name, value)| {
                    seen.insert(format!(".{name}"));
                    let described = match schema["properties"].get(name) {
                        Some(described) => described,
                        None if schema["additionalProperties"].is_object() => &schema["additionalProperties"],
                        None => return Some(format!("{name} is not described")),
                    };
                    mismatch(document, described, value, seen).map(|problem| format!("{name}: {problem}"))
                })
            })
        }
        _ => Some(format!("{value} is not {schema}")),
    }
}

#[test]
fn a_value_that_differs_from_its_schema_is_noticed() {
    let document = serde_json::json!({"schemas": {"A": {
        "type": "object", "properties": {"id": {"type": "integer"}, "at": {"type": "string", "format": "date"}},
        "required": ["id"], "additionalProperties": false,
    }}});
    let schema = serde_json::json!({"anyOf": [{"type": "array", "items": {"$ref": "#/schemas/A"}}, {"type": "null"}]});
    let mut seen = BTreeSet::new();
    for good in ["[]", "null", r#"[{"id": 1}, {"id": 2, "at": "2012-05-23"}]"#] {
        assert_eq!(mismatch(&document, &schema, &serde_json::from_str(good).unwrap(), &mut seen), None, "{good}");
    }
    assert!(seen.iter().eq(["A.at", "A.id"]), "{seen:?}");
    for bad in ["1", "{}", "[1]", "[{}]", r#"[{"id": "1"}]"#, r#"[{"id": 1, "at": "now"}]"#, r#"[{"id": 1, "b": 1}]"#] {
        assert!(mismatch(&document, &schema, &serde_json::from_str(bad).unwrap(), &mut seen).is_some(), "{bad}");
    }
}
