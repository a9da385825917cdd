//! The journal of requests and their answers.

use super::{create_user, refusal, requests, reset, stand_in};
use crate::harness::{JOHN, ROOT, Request, Server, run};
use serde_json::{Value, json};

fn find(server: &Server, wanted: Value) -> Vec<Value> {
    let found = server.post("/_accountd/requests/find").json(json!({ "match": wanted })).send().expect(200);
    found["requests"].as_array().unwrap().clone()
}

/// The numbers of the entries that match.
fn found(server: &Server, wanted: Value) -> Vec<u64> {
    find(server, wanted).iter().map(|entry| entry["seq"].as_u64().unwrap()).collect()
}

#[test]
fn an_entry_has_the_request_the_caller_and_the_answer() {
    let server = stand_in();
    let id = create_user(&server.url(), "ada");
    let entries = requests(&server);
    assert_eq!(entries.len(), 1);
    let entry = &entries[0];
    assert_eq!((entry["seq"].as_u64(), entry["operation"].as_str()), (Some(1), Some("gitlab.v3.users.create")));
    assert_eq!((&entry["user"], &entry["token"]["name"]), (&json!("root"), &json!("api")));
    assert!(entry["token"]["id"].as_i64().is_some_and(|id| id > 0), "{entry}");
    assert!(entry["took_us"].as_u64().is_some_and(|micros| micros > 0), "{entry}");
    assert!(entry["at"].as_str().is_some_and(|at| at.ends_with('Z') && at.contains('T')), "{entry}");
    let request = &entry["request"];
    assert_eq!((&request["method"], &request["path"]), (&json!("POST"), &json!("/api/v3/users")));
    assert_eq!(request["headers"]["content-type"], "application/json");
    assert_eq!(request["body"]["username"], "ada");
    assert_eq!((&entry["answer"]["status"], &entry["answer"]["body"]["id"]), (&json!(201), &json!(id)));
    assert_eq!(entry["answer"]["headers"]["content-type"], "application/json");
    assert_eq!((&entry["fault"], &entry["unrouted"], &entry["ignored"]), (&Value::Null, &Value::Null, &json!([])));
}

#[test]
fn a_query_and_the_fields_that_no_handler_reads_are_in_the_entry() {
    let server = stand_in();
    server.get("/api/v4/users?username=jane%20d&sort=asc&typo=1&typo=2").private_token(ROOT).send();
    let form = [("name", "John"), ("nmae", "x")];
    server.put("/api/v3/users/1").private_token(ROOT).form(&form).send().expect(200);
    server.put("/api/v3/users/1").private_token("wrong-token-wrong-token").form(&form).send().expect(401);
    let entries = requests(&server);
    assert_eq!(entries[0]["request"]["query"], json!({"username": "jane d", "sort": "asc", "typo": ["1", "2"]}));
    assert_eq!(entries[0]["ignored"], json!(["typo"]));
    assert_eq!(entries[1]["request"]["body"], json!({"name": "John", "nmae": "x"}));
    assert_eq!(entries[1]["ignored"], json!(["nmae"]));
    // Nothing is ignored where no handler was called.
    assert_eq!((&entries[2]["ignored"], &entries[2]["user"]), (&json!([]), &Value::Null));
}

#[test]
fn a_body_that_is_not_parsed_leaves_its_length() {
    let server = stand_in();
    let put = || server.put("/api/v3/users/1").private_token(ROOT);
    put().header("Content-Type", "application/json").body("{\"name\": ").send().expect(400);
    let long = format!("{{\"name\": \"John\", \"bio\": \"{}\"}}", "x".repeat(70_000));
    put().header("Content-Type", "application/json").body(long.clone()).send();
    server.get("/john_smith.keys").send();
    let entries = requests(&server);
    for (entry, length) in entries.iter().zip([9, long.len()]) {
        assert_eq!((&entry["request"]["body"], &entry["request"]["body_bytes"]), (&Value::Null, &json!(length)));
    }
    let answer = &entries[2]["answer"];
    assert!(answer["body"].is_null() && answer["body_bytes"].as_u64().is_some_and(|bytes| bytes > 100), "{answer}");
}

#[test]
fn control_calls_are_not_in_it_and_unknown_paths_are() {
    let server = stand_in();
    server.get("/_accountd/health").send().expect(200);
    server.get("/_accountd/nothing").send().expect(404);
    server.get("/api/v4/projects").send().expect(404);
    server.delete("/api/v4/users").send().expect(405);
    server.get("/elsewhere").send().expect(404);
    let entries = requests(&server);
    assert_eq!(entries.len(), 3, "{entries:?}");
    for (entry, path) in entries.iter().zip(["/api/v4/projects", "/api/v4/users", "/elsewhere"]) {
        assert_eq!((&entry["unrouted"], &entry["request"]["path"]), (&json!(true), &json!(path)));
        assert!(entry.get("operation").is_none(), "{entry}");
    }
}

#[test]
fn entries_are_read_in_pages_and_deleted() {
    let server = stand_in();
    (0..3).for_each(|_| drop(server.get("/api/v4/version").private_token(ROOT).send()));
    let page = |since: &str| server.get(&format!("/_accountd/requests{since}")).send().expect(200);
    let numbers =
        |page: &Value| page["requests"].as_array().unwrap().iter().map(|it| it["seq"].clone()).collect::<Vec<_>>();
    assert_eq!(numbers(&page("")), [1, 2, 3]);
    let rest = page("?since=1");
    assert_eq!((numbers(&rest), &rest["last"], &rest["more"]), (vec![2.into(), 3.into()], &json!(3), &json!(false)));
    assert_eq!(page("?since=9")["last"], 9);
    // A page has a mebibyte at most.
    let long = format!("/api/v4/version?x={}", "x".repeat(40_000));
    (0..30).for_each(|_| drop(server.get(&long).private_token(ROOT).send()));
    let (mut seen, mut since) = (0, 3);
    loop {
        let page = page(&format!("?since={since}"));
        seen += page["requests"].as_array().unwrap().len();
        since = page["last"].as_u64().unwrap();
        if page["more"] == false {
            break;
        }
        assert!(page.to_string().len() < 1 << 21);
    }
    assert_eq!((seen, since), (30, 33));
    assert_eq!(server.delete("/_accountd/requests").send().status, 204);
    server.get("/api/v4/version").private_token(ROOT).send();
    assert_eq!(numbers(&page("")), [34]);
    for (query, status, error) in [("?since=x", 422, "invalid"), ("?from=1", 400, "unknown_key")] {
        assert_eq!(refusal(server.get(&format!("/_accountd/requests{query}")).send()), (status, error.to_owned()));
    }
}

#[test]
fn a_reset_and_each_sandbox_begin_with_an_empty_journal() {
    let server = stand_in();
    let created = server.post("/_accountd/sandboxes").json(json!({"name": "one"})).send().expect(201);
    let sandbox = created["url"].as_str().unwrap();
    create_user(sandbox, "ada");
    assert!(requests(&server).is_empty());
    create_user(&server.url(), "ada");
    reset(&server, "seed");
    assert!(requests(&server).is_empty());
    create_user(&server.url(), "ada");
    assert_eq!(requests(&server)[0]["seq"], 1);
    let of_sandbox = Request::to("GET", &format!("{sandbox}/_accountd/requests")).send().expect(200);
    assert_eq!(of_sandbox["requests"].as_array().unwrap().len(), 1);
}

#[test]
fn the_ring_keeps_as_many_entries_as_it_is_told() {
    let server = Server::demo_with(&["--control", "--journal", "3"]);
    (0..5).for_each(|_| drop(server.get("/api/v4/version").private_token(ROOT).send()));
    let page = server.get("/_accountd/requests").send().expect(200);
    let numbers: Vec<_> = page["requests"].as_array().unwrap().iter().map(|entry| entry["seq"].clone()).collect();
    assert_eq!((numbers, &page["lost"]), (vec![3.into(), 4.into(), 5.into()], &json!(2)));
}

#[test]
fn without_a_journal_its_calls_say_so() {
    let server = Server::demo_with(&["--control", "--journal", "off"]);
    server.get("/api/v4/version").private_token(ROOT).send().expect(200);
    let conflict = (409, "conflict".to_owned());
    assert_eq!(refusal(server.get("/_accountd/requests").send()), conflict);
    assert_eq!(refusal(server.delete("/_accountd/requests").send()), conflict);
    for call in ["find", "expect"] {
        let call = server.post(&format!("/_accountd/requests/{call}")).json(json!({"match": {}})).send();
        assert!(call.json()["message"].as_str().unwrap().contains("--journal off"));
        assert_eq!(refusal(call), conflict);
    }
}

#[test]
fn journal_and_strict_need_memory_and_control() {
    for args in [["--journal", "5"].as_slice(), &["--journal", "off"], &["--strict"]] {
        for memory in [["--memory"].as_slice(), &["--control"], &[]] {
            let output = run(&[["serve"].as_slice(), memory, args].concat());
            let said = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{said}");
            assert!(said.contains(&format!("{} needs --memory --control", args[0])), "{said}");
        }
    }
    let output = run(&["serve", "--memory", "--control", "--journal", "0"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn find_matches_every_key() {
    let server = stand_in();
    create_user(&server.url(), "ada");
    let get = server.get("/api/v4/users/1?page=2&private_token=unused").private_token(JOHN).header("X-Try", "one");
    get.send().expect(200);
    server.get("/api/v4/nothing").send();
    let token = requests(&server)[1]["token"]["id"].clone();
    for (wanted, expected) in [
        (json!({}), vec![1, 2, 3]),
        (json!({"operation": "gitlab.v3.users.create"}), vec![1]),
        (json!({"dialect": "gitlab.v4"}), vec![2, 3]),
        (json!({"method": "post"}), vec![1]),
        (json!({"path": "/api/v4/users/*"}), vec![2]),
        (json!({"path": "/api/*"}), vec![]),
        (json!({"path": "/api/**"}), vec![1, 2, 3]),
        (json!({"user": "root"}), vec![1]),
        (json!({"token_id": token}), vec![2]),
        (json!({"header": {"x-TRY": "one"}}), vec![2]),
        (json!({"header": {"X-Try": "two"}}), vec![]),
        (json!({"header": {"PRIVATE-TOKEN": JOHN}}), vec![2]),
        (json!({"query": {"page": "2"}}), vec![2]),
        (json!({"query": {"private_token": "unused"}}), vec![2]),
        (json!({"body": {"/username": "ada"}}), vec![1]),
        (json!({"body": {"/password": "correct-horse"}}), vec![1]),
        (json!({"body": {"/password": "another"}}), vec![]),
        (json!({"user": "root", "method": "GET"}), vec![]),
    ] {
        assert_eq!(found(&server, wanted.clone()), expected, "{wanted}");
    }
}

#[test]
fn a_match_names_what_it_does_not_understand() {
    let server = stand_in();
    for (wanted, status, error, said) in [
        (
            json!({"operation": "gitlab.v4.user.create"}),
            400,
            "unknown_operation",
            "did you mean \"gitlab.v4.users.create\"",
        ),
        (json!({"operation": "control.reset"}), 400, "unknown_operation", "there is no operation"),
        (json!({"dialect": "gitlab"}), 400, "unknown_dialect", "did you mean"),
        (json!({"user_name": "x"}), 400, "unknown_key", "user_name"),
        (json!({"user": 1}), 400, "unreadable", "invalid type"),
        (json!({"header": {"x": 1}}), 422, "invalid", "text"),
        (json!({"query": {"x": true}}), 422, "invalid", "text"),
        (json!({"body": {"name": "x"}}), 422, "invalid", "JSON pointer"),
        (json!({"path": "users"}), 422, "invalid", "path"),
        (json!({"path": format!("/{}", "x".repeat(256))}), 422, "invalid", "256"),
    ] {
        for call in ["find", "expect"] {
            let refused = server.post(&format!("/_accountd/requests/{call}")).json(json!({"match": wanted})).send();
            assert!(refused.json()["message"].as_str().unwrap().contains(said), "{}", refused.body);
            assert_eq!(refusal(refused), (status, error.to_owned()), "{wanted}");
        }
    }
}
