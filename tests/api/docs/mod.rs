//! The HTTP reference: what it says of the server is what the server does.

mod answers;
mod checker;
mod errors;
mod openapi;
mod page;

use crate::harness::Server;
use serde_json::Value;
use std::collections::BTreeMap;

fn document(server: &Server) -> Value {
    server.get("/openapi.json").send().expect(200)
}

/// The operations by `operationId`, each with its method and path.
fn operations(document: &Value) -> BTreeMap<String, (String, String, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    let all = paths.flat_map(|(path, methods)| {
        methods.as_object().unwrap().iter().map(move |(method, operation)| {
            let id = operation["operationId"].as_str().unwrap().to_owned();
            (id, (method.to_ascii_uppercase(), path.clone(), operation))
        })
    });
    all.collect()
}
