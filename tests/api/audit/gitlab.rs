//! `doc/api/audit_events.md`, 17.9: "Instance audit events".

use crate::cli::{Commands, JANE, JOE, light_server};
use crate::harness::{Response, Server};
use serde_json::{Value, json};

#[track_caller]
fn get(server: &Server, query: &str) -> Response {
    server.get(&format!("/api/v4/audit_events{query}")).private_token(JANE).send()
}

/// Sends as many requests as are asked for, each of which is an event about joe.
fn change_company(server: &Server, times: usize) {
    for n in 0..times {
        let company = json!({"company": format!("{n}")});
        server.patch("/api/v1.1/users/joe/").bearer(JOE).json(company).send().expect(200);
    }
}

#[test]
fn the_entity_is_gitlabs() {
    let server = light_server();
    server.post("/api/v4/users/2/block").private_token(JANE).send().expect(201);
    let mut found = get(&server, "").expect(200);
    for event in found.as_array_mut().unwrap() {
        let at = event.as_object_mut().unwrap().remove("created_at").unwrap();
        assert_eq!(at.as_str().unwrap().len(), "2019-08-30T07:00:41.885Z".len(), "{at}");
    }
    let blocked = json!({
        "id": 2, "author_id": 1, "entity_id": 2, "entity_type": "User",
        "details": {
            "event_name": "user.blocked", "custom_message": "user.blocked",
            "author_name": "jane", "author_email": "jane@example.com",
            "target_id": 2, "target_type": "User", "target_details": "joe",
            "ip_address": "127.0.0.1", "entity_path": "joe",
            "via": "personal token 1 (test)", "attributes": {},
        },
    });
    let imported = json!({
        "id": 1, "author_id": -1, "entity_id": 1, "entity_type": "Gitlab::Audit::InstanceScope",
        "details": {
            "event_name": "accounts.imported", "custom_message": "accounts.imported users=2 applications=0 seed=false",
            "author_name": super::uid(), "author_email": null,
            "target_id": null, "target_type": null, "target_details": null,
            "ip_address": null, "entity_path": "gitlab_instance",
            "via": "command line", "attributes": {"users": 2, "applications": 0, "seed": false},
        },
    });
    assert_eq!(found, json!([blocked, imported]));
    let mut one = get(&server, "/2").expect(200);
    one.as_object_mut().unwrap().remove("created_at");
    assert_eq!(one, blocked);
}

#[test]
fn only_administrators_read_it() {
    let server = light_server();
    let reader = server.ok(&["token", "create", "jane", "--scope", "read_api"]);
    let narrow = server.ok(&["token", "create", "jane", "--scope", "read_user"]);
    for path in ["/api/v4/audit_events", "/api/v4/audit_events/1"] {
        let status = |token: &str| server.get(path).private_token(token.trim_end()).send().status;
        assert_eq!([JANE, &reader, &narrow, JOE].map(status), [200, 200, 403, 403], "{path}");
        assert_eq!(server.get(path).send().status, 401);
        let sudo = server.get(path).private_token(JANE).header("Sudo", "joe").send();
        assert_eq!(sudo.status, 403);
        assert_eq!(server.post(path).private_token(JANE).send().status, 405);
        assert_eq!(server.delete(path).private_token(JANE).send().status, 405);
    }
    assert_eq!(server.get("/api/v3/audit_events").private_token(JANE).send().status, 404);
}

#[test]
fn every_page_is_found_in_both_ways_of_pagination() {
    let server = light_server();
    change_company(&server, 24);
    let ids = |answer: &Response| -> Vec<i64> {
        let list: Value = serde_json::from_str(&answer.body).unwrap();
        list.as_array().unwrap().iter().map(|event| event["id"].as_i64().unwrap()).collect()
    };
    for (query, order) in [
        ("?per_page=10", (1..=25).rev().collect::<Vec<_>>()),
        ("?per_page=5&pagination=keyset&sort=asc", (1..=25).collect()),
        ("?per_page=10&pagination=keyset&entity_type=User&entity_id=2", (2..=25).rev().collect()),
        ("?per_page=10&sort=asc&entity_type=User", (2..=25).collect()),
    ] {
        let (mut found, mut next) = (Vec::new(), Some(query.to_owned()));
        while let Some(query) = next {
            let answer = get(&server, &query);
            found.extend(ids(&answer));
            let links = answer.header("link").unwrap_or_default().to_owned();
            let link = links.split(", ").find(|link| link.ends_with("rel=\"next\"")).map(str::to_owned);
            next = link.map(|link| link[link.find('?').unwrap()..link.find('>').unwrap()].to_owned());
        }
        assert_eq!(found, order, "{query}");
    }
    let first = get(&server, "?per_page=10");
    assert_eq!((first.header("x-next-page"), first.header("x-total")), (Some("2"), None));
}

#[test]
fn filters_narrow_the_list() {
    let server = light_server();
    change_company(&server, 3);
    let count = |query: &str| get(&server, query).expect(200).as_array().unwrap().len();
    let second = get(&server, "/3").expect(200)["created_at"].as_str().unwrap().to_owned();
    assert_eq!(count(""), 4);
    assert_eq!(count("?entity_type=User"), 3);
    assert_eq!(count("?entity_type=User&entity_id=2"), 3);
    assert_eq!(count("?entity_type=User&entity_id=1"), 0);
    assert_eq!(count("?entity_type=Gitlab::Audit::InstanceScope"), 1);
    for none in ["Group", "Project", "Group&entity_id=2"] {
        assert_eq!(count(&format!("?entity_type={none}")), 0);
    }
    assert_eq!(count("?created_after=2999-01-01"), 0);
    assert_eq!(count("?created_before=2000-01-01T00:00:00Z"), 0);
    assert_eq!(count("?created_after=2000-01-01&created_before=2999-01-01"), 4);
    // GitLab prints milliseconds, so the event itself may be after the time that it shows.
    assert!(count(&format!("?created_after={second}")) >= 2);
}

#[test]
fn wrong_parameters_are_refused() {
    let server = light_server();
    for (query, error) in [
        ("?entity_id=2", "entity_type is missing"),
        ("?entity_type=Thing", "entity_type does not have a valid value"),
        ("?entity_type=User&entity_id=x", "entity_id is invalid"),
        ("?created_after=yesterday", "created_after is invalid"),
        ("?sort=up", "sort does not have a valid value"),
        ("?page=0", "page does not have a valid value"),
        ("?page=100000", "page does not have a valid value"),
        ("?pagination=keyset&cursor=x", "cursor is invalid"),
        ("?pagination=keyset&cursor=-1", "cursor is invalid"),
        ("?pagination=keyset&cursor=99999999999999999999", "cursor is invalid"),
    ] {
        assert_eq!(get(&server, query).expect(400), json!({"error": error}), "{query}");
    }
    for id in ["0", "x", "99", "-1"] {
        assert_eq!(get(&server, &format!("/{id}")).expect(404), json!({"message": "404 Audit Event Not Found"}));
    }
}
