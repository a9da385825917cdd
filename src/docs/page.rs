//! The reference as a page.

use super::Docs;
use super::curl::curl;
use crate::http::Request;
use crate::http::reference::{Attribute, Content, Credential, DocumentedRoute, Parts, Reference, Type};
use crate::web::{Failure, Shell, session};
use askama::Template;
use hyper::StatusCode;
use std::sync::Arc;
use warp::reply::Response;

#[derive(Template)]
#[template(path = "docs.html", config = "src/web/askama.toml")]
struct Page<'a> {
    shell: &'a Shell,
    dialects: Vec<Dialect<'a>>,
    base_url: String,
}

/// A dialect with its routes.
struct Dialect<'a> {
    reference: &'static Reference,
    routes: Vec<&'a DocumentedRoute>,
}

/// `GET /docs`
pub async fn show(docs: Arc<Docs>, request: Request, _anyone: ()) -> Result<Response, Failure> {
    let session = session(&docs.app, &request)?;
    let shell = Shell { session, ..Shell::new(&docs.app, &request) };
    let base_url = docs.app.base_url(&request);
    let page = Page { shell: &shell, dialects: by_dialect(&docs.routes), base_url };
    Ok(shell.page(StatusCode::OK, &page))
}

fn by_dialect(routes: &[DocumentedRoute]) -> Vec<Dialect<'_>> {
    let mut dialects: Vec<Dialect<'_>> = Vec::new();
    for route in routes {
        match dialects.iter_mut().find(|dialect| dialect.reference.name == route.reference.name) {
            Some(dialect) => dialect.routes.push(route),
            None => dialects.push(Dialect { reference: route.reference, routes: vec![route] }),
        }
    }
    dialects
}

impl Page<'_> {
    fn curl(&self, route: &DocumentedRoute) -> String {
        curl(&self.base_url, route)
    }
}

/// The parameters of an operation, each with its place.
fn parameters(route: &DocumentedRoute) -> impl Iterator<Item = (&'static str, &'static Attribute)> {
    let path = route.path_parameters().map(|attribute| ("path", attribute));
    let query = attributes(route.operation.query).map(|attribute| ("query", attribute));
    let headers = route.headers().iter().map(|attribute| ("header", attribute));
    let body = attributes(route.operation.body).map(|attribute| ("body", attribute));
    path.chain(query).chain(headers).chain(body)
}

fn attributes(parts: Parts) -> impl Iterator<Item = &'static Attribute> {
    parts.iter().copied().flatten()
}

/// A text in pieces, each with whether it is code: what is between backticks.
fn pieces(text: &str) -> impl Iterator<Item = (bool, &str)> {
    text.split('`').enumerate().map(|(index, piece)| (index % 2 == 1, piece))
}

fn credential(credential: &Credential) -> String {
    match credential {
        Credential::Basic(what) => format!("`Authorization: Basic` with {what}"),
        Credential::Bearer => "`Authorization: Bearer TOKEN`".to_owned(),
        Credential::Header(name) => format!("`{name}: TOKEN`"),
        Credential::Query(name) => format!("`?{name}=TOKEN`"),
    }
}

/// A piece of a type's name; the names of schemas are links.
enum TypeName {
    Words(String),
    Schema(&'static str),
}

fn content(body: &Content) -> Vec<TypeName> {
    match body {
        Content::Empty => Vec::new(),
        Content::Json(of) => type_name(of),
        Content::Text => vec![TypeName::Words("text".into())],
        Content::Html => vec![TypeName::Words("a page".into())],
    }
}

/// `array of User or null`
fn type_name(of: &Type) -> Vec<TypeName> {
    let words = |text: &str| vec![TypeName::Words(text.to_owned())];
    let prefixed = |prefix: &str, of: &Type| words(prefix).into_iter().chain(type_name(of)).collect();
    match of {
        Type::Any => words("anything"),
        Type::Null => words("null"),
        Type::Boolean => words("boolean"),
        Type::Integer => words("integer"),
        Type::Text => words("text"),
        Type::Time => words("time"),
        Type::Date => words("date"),
        Type::Word(all) => words(&all.join(" | ")),
        Type::Nullable(of) => type_name(of).into_iter().chain(words(" or null")).collect(),
        Type::List(of) => prefixed("array of ", of),
        Type::Map(of) => prefixed("object of ", of),
        Type::Object(parts) => {
            let names: Vec<_> = attributes(parts).map(|attribute| attribute.name).collect();
            words(&if names.is_empty() { "empty object".into() } else { format!("object with {}", names.join(", ")) })
        }
        Type::Either(types) => {
            let or = |(index, of): (usize, &Type)| {
                let separator = if index == 0 { Vec::new() } else { words(" or ") };
                separator.into_iter().chain(type_name(of)).collect::<Vec<_>>()
            };
            types.iter().enumerate().flat_map(or).collect()
        }
        Type::Named(name) => vec![TypeName::Schema(name)],
    }
}

/// The fields of a schema; none if it is not an object with known ones.
fn fields(of: &Type) -> Vec<&'static Attribute> {
    match of {
        Type::Object(parts) => attributes(parts).collect(),
        _ => Vec::new(),
    }
}
