//! The page `/docs`.

use super::{document, operations};
use crate::harness::{Response, Server};
use std::collections::BTreeSet;

fn page(server: &Server) -> Response {
    let page = server.get("/docs").send();
    assert_eq!(page.status, 200);
    page
}

/// The values of an attribute, in their order.
fn values<'p>(page: &'p Response, attribute: &str) -> Vec<&'p str> {
    let start = format!(" {attribute}=\"");
    page.body.split(&start).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

/// The example of an operation.
fn command(page: &Response, id: &str) -> String {
    let (_, section) = page.body.split_once(&format!("<section id=\"{id}\"")).unwrap();
    let (_, rest) = section.split_once("<code class=\"copy\">").unwrap();
    let (command, _) = rest.split_once("</code>").unwrap();
    command.replace("&#39;", "'").replace("&#38;", "&")
}

#[test]
fn the_page_has_every_operation_of_the_document() {
    let server = Server::start(&["--memory"]);
    let page = page(&server);
    let document = document(&server);
    let ids: BTreeSet<_> = values(&page, "id").into_iter().collect();
    for (id, (method, path, operation)) in operations(&document) {
        assert!(ids.contains(&*id), "{id}");
        let (_, section) = page.body.split_once(&format!("<section id=\"{id}\"")).unwrap();
        let (section, _) = section.split_once("</section>").unwrap();
        assert!(section.contains(&format!("<code>{method} {path}</code>")), "{id}: {section}");
        for parameter in operation["parameters"].as_array().unwrap() {
            let name = parameter["name"].as_str().unwrap();
            assert!(section.contains(&format!("<code>{name}</code>")), "{id}: {name}");
        }
        for status in operation["responses"].as_object().unwrap().keys() {
            assert!(section.contains(&format!(">{status}")), "{id}: {status}");
        }
        assert!(command(&page, &id).starts_with("curl "), "{id}");
    }
}

#[test]
fn every_link_of_the_page_leads_somewhere() {
    let server = Server::start(&["--memory"]);
    let page = page(&server);
    let all = values(&page, "id");
    let ids: BTreeSet<_> = all.iter().copied().collect();
    assert_eq!(ids.len(), all.len(), "an id is there twice");
    let (local, other): (Vec<_>, Vec<_>) =
        values(&page, "href").into_iter().partition(|address| address.starts_with('#'));
    let broken: Vec<_> = local.iter().filter(|address| !ids.contains(&address[1..])).collect();
    assert!(local.len() > 300 && broken.is_empty(), "{broken:?}");
    for address in other {
        assert!([200, 303].contains(&server.get(address).header("Accept", "text/html").send().status), "{address}");
    }
    assert!(!page.body.contains("<script"));
}

#[test]
fn the_commands_have_the_readers_own_host() {
    let server = Server::start(&["--memory"]);
    let page = page(&server);
    let url = server.url();
    for (id, expected) in [
        ("docker.users.get", format!("curl -u 'NAME:SECRET' '{url}/api/v1.1/users/USERNAME'")),
        (
            "docker.emails.delete",
            format!("curl -u 'NAME:SECRET' -X DELETE '{url}/api/v1.1/users/USERNAME/emails?email=EMAIL'"),
        ),
        (
            "gitlab.v4.keys.create",
            format!("curl -H 'PRIVATE-TOKEN: TOKEN' -d 'title=TITLE' -d 'key=KEY' '{url}/api/v4/users/ID/keys'"),
        ),
        ("gitlab.v4.users.block", format!("curl -H 'PRIVATE-TOKEN: TOKEN' -X POST '{url}/api/v4/users/ID/block'")),
        ("openssh.public_keys", format!("curl '{url}/USERNAME.keys'")),
    ] {
        assert_eq!(command(&page, id), expected);
    }
    let server = Server::start(&["--memory", "--base-url", "https://it's.example/a"]);
    let page = server.get("/docs").header("Host", "evil.example").send();
    assert_eq!(command(&page, "openssh.public_keys"), r"curl 'https://it'\''s.example/a/USERNAME.keys'");
    assert!(!page.body.contains("evil.example"));
}

#[test]
fn a_disabled_dialect_is_not_on_the_page() {
    let page = page(&Server::start(&["--memory", "--dialects", "docker"]));
    assert!(page.body.contains("/api/v1.1/users/{username}"));
    assert!(!page.body.contains("/api/v3") && !page.body.contains("/api/v4"));
}
