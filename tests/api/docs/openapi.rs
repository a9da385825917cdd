//! `/openapi.json` as a document.

use super::{document, operations};
use crate::harness::{Server, run};
use serde_json::Value;
use std::collections::BTreeSet;

fn all_references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").map(|reference| reference.as_str().unwrap().to_owned()));
            fields.values().for_each(|value| all_references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| all_references(value, found)),
        _ => {}
    }
}

#[test]
fn every_route_is_described_except_the_pages() {
    let output = run(&["routes", "--json"]);
    let rows: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    let rows: BTreeSet<_> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (text(row, "operation"), text(row, "method"), text(row, "path")))
        .filter(|(operation, ..)| !operation.starts_with("web.") && !operation.starts_with("docs."))
        .collect();
    assert!(rows.len() > 90, "{}", rows.len());
    let document = document(&Server::start(&["--memory"]));
    let described: BTreeSet<_> =
        operations(&document).into_iter().map(|(id, (method, path, _))| (id, method, path)).collect();
    assert_eq!(described, rows);
}

#[test]
fn an_operation_says_who_may_call_it_and_describes_its_path() {
    let document = document(&Server::start(&["--memory"]));
    for (id, (_, path, operation)) in operations(&document) {
        let names: Vec<_> = path.split('{').skip(1).map(|rest| rest.split('}').next().unwrap()).collect();
        let parameters = operation["parameters"].as_array().unwrap().iter();
        let described: Vec<_> = parameters.filter(|parameter| parameter["in"] == "path").collect();
        assert!(described.iter().map(|parameter| &parameter["name"]).eq(&names), "{id}: {described:?}");
        assert!(described.iter().all(|parameter| parameter["required"] == true), "{id}: {described:?}");
        let text = |name: &str| operation[name].as_str().unwrap();
        assert!(text("description").starts_with("Who may call it: ") && text("summary").len() > 5, "{operation}");
    }
    let (_, _, update) = &operations(&document)["gitlab.v4.users.update"];
    assert_eq!(update["description"], "Who may call it: an administrator, with the scope api.");
    assert_eq!(update["security"][0], serde_json::json!({"PRIVATE-TOKEN": ["api"]}));
    let (_, _, keys) = &operations(&document)["openssh.public_keys"];
    assert_eq!((&keys["description"], &keys["security"]), (&"Who may call it: anyone.".into(), &serde_json::json!([])));
}

#[test]
fn every_reference_leads_somewhere_and_nothing_is_left_over() {
    let document = document(&Server::start(&["--memory"]));
    let mut references = BTreeSet::new();
    all_references(&document, &mut references);
    let components = ["schemas", "responses"].into_iter().flat_map(|kind| {
        let names = document["components"][kind].as_object().unwrap().keys();
        names.map(move |name| format!("#/components/{kind}/{name}"))
    });
    assert_eq!(references, components.collect());
    let schemes = document["components"]["securitySchemes"].as_object().unwrap();
    for (id, (_, _, operation)) in operations(&document) {
        let named = operation["security"].as_array().unwrap().iter();
        let mut named = named.flat_map(|scheme| scheme.as_object().unwrap().keys());
        assert!(named.all(|name| schemes.contains_key(name)), "{id}");
    }
}

#[test]
fn a_disabled_dialect_is_not_described() {
    for (enabled, absent) in [("docker", "gitlab.v"), ("gitlab-v3", "docker"), ("gitlab-v3", "gitlab.v4")] {
        let server = Server::start(&["--memory", "--dialects", enabled]);
        let document = document(&server);
        let ids = operations(&document);
        assert!(ids.keys().any(|id| id.starts_with(&enabled.replace('-', "."))), "{enabled}: {ids:?}");
        let operations = ids.keys().filter(|id| id.starts_with(absent) || id.contains(&format!("oauth.{absent}.")));
        assert_eq!(operations.count(), 0, "{enabled}");
        for kind in ["schemas", "responses", "securitySchemes"] {
            let mut names = document["components"][kind].as_object().unwrap().keys();
            assert!(names.all(|name| !name.starts_with(absent)), "{enabled}: {kind}");
        }
    }
    let document = document(&Server::start(&["--memory", "--no-public-keys"]));
    assert!(!operations(&document).contains_key("openssh.public_keys"));
}

#[test]
fn the_address_of_the_server_is_the_callers_or_the_base_url() {
    let url = |server: &Server, host: &str| {
        let document = server.get("/openapi.json").header("Host", host).send().expect(200);
        document["servers"][0]["url"].as_str().unwrap().to_owned()
    };
    let server = Server::start(&["--memory"]);
    assert_eq!(url(&server, "accounts.example:8080"), "http://accounts.example:8080");
    for odd in ["a\"b", "a/b", "<script>", "a{b}"] {
        let answer = server.get("/openapi.json").header("Host", odd).send();
        assert!(!answer.body.contains(odd), "{odd}");
    }
    let server = Server::start(&["--memory", "--base-url", "https://accounts.example/a"]);
    assert_eq!(url(&server, "evil.example"), "https://accounts.example/a");
}

#[test]
fn the_document_is_revalidated_with_its_etag() {
    let server = Server::start(&["--memory"]);
    let get = || server.get("/openapi.json");
    let first = get().send();
    let tag = first.header("etag").unwrap();
    assert_eq!(first.header("cache-control"), Some("no-cache"));
    assert_eq!(get().send().header("etag"), Some(tag));
    let again = get().header("If-None-Match", tag).send();
    assert_eq!((again.status, again.body.as_str()), (304, ""));
    let other = get().header("Host", "other.example").header("If-None-Match", tag).send();
    assert_eq!(other.status, 200);
}
