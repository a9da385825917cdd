//! The reference as an OpenAPI 3.1 document.

use crate::accounts::Error;
use crate::http::reference::{
    Answer, Attribute, Content, Credential, DocumentedRoute, ErrorAnswer, Parts, Reference, Type,
};
use crate::http::reply::{EntityTag, json_text};
use bytes::Bytes;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// A document without its servers.
pub struct OpenApi {
    /// Everything after the address of the server.
    rest: Bytes,
    /// Of the rest.
    hash: [u8; 32],
}

impl OpenApi {
    /// # Errors
    /// `Internal` if the document cannot be serialized.
    pub fn of(routes: &[DocumentedRoute]) -> Result<Self, Error> {
        let rest = json_text(&document(routes))?;
        Ok(Self { hash: Sha256::digest(&rest).into(), rest })
    }

    /// The `ETag` of the document of a server with this address.
    ///
    /// # Errors
    /// `Internal` if it cannot be made.
    pub fn tag(&self, base_url: &str) -> Result<EntityTag, Error> {
        EntityTag::of(&(self.hash, base_url))
    }

    /// The document of a server with this address.
    ///
    /// # Errors
    /// `Internal` if the address cannot be serialized.
    pub fn text(&self, base_url: &str) -> Result<Bytes, Error> {
        let servers = json_text(&json!([{ "url": base_url }]))?;
        // The rest begins with `{`.
        Ok([br#"{"openapi":"3.1.0","servers":"#, &*servers, b",", &self.rest[1..]].concat().into())
    }
}

fn document(routes: &[DocumentedRoute]) -> Value {
    let mut dialects: Vec<&Reference> = Vec::new();
    let mut paths = Map::new();
    for route in routes {
        if !dialects.iter().any(|known| known.name == route.reference.name) {
            dialects.push(route.reference);
        }
        let path = paths.entry(route.path.clone()).or_insert_with(|| json!({}));
        path[route.method.as_str().to_ascii_lowercase()] = operation(route);
    }
    json!({
        "info": {
            "title": "accountd",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "All dialects show the same accounts. Every path may end in a slash. HEAD works wherever GET \
                            does, and a known path with another method is a 405 that lists the methods in Allow.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "tags": dialects.iter().map(|dialect| tag(dialect)).collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "schemas": object(dialects.iter().flat_map(|dialect| schemas(dialect))),
            "responses": object(dialects.iter().flat_map(|dialect| error_responses(dialect))),
            "securitySchemes": object(dialects.iter().flat_map(|dialect| security_schemes(dialect))),
        },
    })
}

fn object(entries: impl Iterator<Item = (String, Value)>) -> Value {
    entries.collect::<Map<_, _>>().into()
}

fn tag(dialect: &Reference) -> Value {
    json!({ "name": dialect.name, "description": format!("{}. {}", dialect.title, dialect.summary.join("\n\n")) })
}

fn operation(route: &DocumentedRoute) -> Value {
    let dialect = route.reference;
    let query = route.operation.query.iter().copied().flatten();
    let parameters = route.path_parameters().map(|attribute| parameter(dialect, "path", attribute));
    let parameters = parameters.chain(query.map(|attribute| parameter(dialect, "query", attribute)));
    let parameters = parameters.chain(route.headers().iter().map(|header| parameter(dialect, "header", header)));
    let answers = route.operation.answers.iter().map(|answer| (answer.status.to_string(), response(dialect, answer)));
    let errors = route.errors().map(|error| {
        let name = error_name(dialect, error);
        (error.status.to_string(), json!({ "$ref": format!("#/components/responses/{name}") }))
    });
    let mut operation = json!({
        "tags": [dialect.name],
        "operationId": route.id(),
        "summary": route.operation.summary,
        "description": format!("Who may call it: {}.", route.requirement),
        "parameters": parameters.collect::<Vec<_>>(),
        // An answer of the operation's own replaces the dialect's error with the same status.
        "responses": object(errors.chain(answers)),
        "security": security(route),
    });
    if !route.operation.body.is_empty() {
        operation["requestBody"] = request_body(dialect, route.operation.body);
    }
    operation
}

fn parameter(dialect: &Reference, place: &str, attribute: &Attribute) -> Value {
    json!({
        "name": attribute.name,
        "in": place,
        "required": attribute.is_required,
        "description": attribute.rule,
        "schema": schema(dialect, attribute.of),
    })
}

/// Unknown attributes are ignored.
fn request_body(dialect: &Reference, parts: Parts) -> Value {
    let schema = fields(dialect, parts);
    let media_types = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"];
    let is_required = parts.iter().copied().flatten().any(|attribute| attribute.is_required);
    let content = media_types.into_iter().map(|media_type| (media_type.to_owned(), json!({ "schema": schema })));
    json!({ "required": is_required, "content": object(content) })
}

fn response(dialect: &Reference, answer: &Answer) -> Value {
    let headers = answer.headers.iter().map(|header| {
        let description = json!({
            "description": header.rule, "required": header.is_required, "schema": schema(dialect, header.of),
        });
        (header.name.to_owned(), description)
    });
    described(dialect, answer.what, answer.body, object(headers))
}

fn described(dialect: &Reference, what: &str, body: Content, headers: Value) -> Value {
    let content = match body {
        Content::Empty => json!({}),
        Content::Json(of) => json!({ "application/json": { "schema": schema(dialect, of) } }),
        Content::Text => json!({ "text/plain": { "schema": { "type": "string" } } }),
        Content::Html => json!({ "text/html": { "schema": { "type": "string" } } }),
    };
    json!({ "description": what, "headers": headers, "content": content })
}

fn error_name(dialect: &Reference, error: &ErrorAnswer) -> String {
    format!("{}.{}", dialect.name, error.status)
}

fn error_responses(dialect: &Reference) -> impl Iterator<Item = (String, Value)> {
    dialect.errors.iter().map(|error| {
        let headers = match error.status {
            401 => json!({ "WWW-Authenticate": { "schema": { "type": "string" } } }),
            429 | 503 => json!({ "Retry-After": { "description": "in seconds", "schema": { "type": "integer" } } }),
            _ => json!({}),
        };
        (error_name(dialect, error), described(dialect, error.what, error.body, headers))
    })
}

fn schemas(dialect: &Reference) -> impl Iterator<Item = (String, Value)> {
    dialect.schemas.iter().map(|named| {
        let mut schema = schema(dialect, named.of);
        schema["description"] = named.what.into();
        (schema_name(dialect, named.name), schema)
    })
}

fn schema_name(dialect: &Reference, name: &str) -> String {
    format!("{}.{name}", dialect.name)
}

fn schema(dialect: &Reference, of: Type) -> Value {
    match of {
        Type::Any => json!({}),
        Type::Null => json!({ "type": "null" }),
        Type::Boolean => json!({ "type": "boolean" }),
        Type::Integer => json!({ "type": "integer" }),
        Type::Text => json!({ "type": "string" }),
        Type::Time => json!({ "type": "string", "format": "date-time" }),
        Type::Date => json!({ "type": "string", "format": "date" }),
        Type::Word(words) => json!({ "type": "string", "enum": words }),
        Type::Nullable(of) => json!({ "anyOf": [schema(dialect, *of), { "type": "null" }] }),
        Type::List(of) => json!({ "type": "array", "items": schema(dialect, *of) }),
        Type::Map(of) => json!({ "type": "object", "additionalProperties": schema(dialect, *of) }),
        Type::Object(parts) => {
            let mut schema = fields(dialect, parts);
            schema["additionalProperties"] = false.into();
            schema
        }
        Type::Either(types) => {
            json!({ "anyOf": types.iter().map(|of| schema(dialect, *of)).collect::<Vec<_>>() })
        }
        Type::Named(name) => json!({ "$ref": format!("#/components/schemas/{}", schema_name(dialect, name)) }),
    }
}

fn fields(dialect: &Reference, parts: Parts) -> Value {
    let attributes = || parts.iter().copied().flatten();
    let properties = attributes().map(|attribute| {
        let mut property = schema(dialect, attribute.of);
        if !attribute.rule.is_empty() {
            property["description"] = attribute.rule.into();
        }
        (attribute.name.to_owned(), property)
    });
    let required = attributes().filter(|attribute| attribute.is_required).map(|attribute| attribute.name);
    json!({ "type": "object", "properties": object(properties), "required": required.collect::<Vec<_>>() })
}

fn security_schemes(dialect: &Reference) -> impl Iterator<Item = (String, Value)> {
    let scheme = |credential: &Credential| match credential {
        Credential::Basic(what) => json!({ "type": "http", "scheme": "basic", "description": what }),
        Credential::Bearer => json!({ "type": "http", "scheme": "bearer", "description": "a token" }),
        Credential::Header(name) => json!({ "type": "apiKey", "in": "header", "name": name }),
        Credential::Query(name) => json!({ "type": "apiKey", "in": "query", "name": name }),
    };
    dialect.credentials.iter().map(move |credential| (scheme_name(dialect, credential), scheme(credential)))
}

/// The other schemes are the same in each dialect.
fn scheme_name(dialect: &Reference, credential: &Credential) -> String {
    match credential {
        Credential::Basic(_) => format!("{}.basic", dialect.name),
        Credential::Bearer => "bearer".to_owned(),
        Credential::Header(name) | Credential::Query(name) => (*name).to_owned(),
    }
}

/// Any of these is enough. For schemes other than OAuth, the list may name what the credential needs (OpenAPI 3.1,
/// "Security Requirement Object").
fn security(route: &DocumentedRoute) -> Value {
    let Some(is_needed) = route.requirement.needs_credential else { return json!([]) };
    let scopes: Vec<_> = route.requirement.scope.into_iter().map(|scope| scope.name()).collect();
    let schemes = route.reference.credentials.iter();
    let schemes = schemes.map(|credential| json!({ scheme_name(route.reference, credential): scopes }));
    schemes.chain((!is_needed).then(|| json!({}))).collect()
}
