//! Field values: text in forms, wrong types, unknown fields.

use super::{EMAILS, PROFILE, snapshot};
use crate::harness::{JANE, JOHN, ROOT, Response, Server};
use serde_json::{Value, json};

const JACKS_USER: &str = "/api/v3/users/3";

fn put_form(server: &Server, pairs: &[(&str, &str)]) -> Response {
    server.put(JACKS_USER).bearer(ROOT).form(pairs).send()
}

fn put_json(server: &Server, body: Value) -> Response {
    server.put(JACKS_USER).bearer(ROOT).json(body).send()
}

#[test]
fn forms_accept_true_false_1_and_0_as_booleans() {
    let server = Server::demo();
    for (text, value) in [("true", true), ("false", false), ("1", true), ("0", false)] {
        for (field, shown) in [("admin", "is_admin"), ("can_create_group", "can_create_group")] {
            // Starts from the opposite value, so that the change is visible.
            put_json(&server, json!({ field: !value })).expect(200);
            assert_eq!(put_form(&server, &[(field, text)]).expect(200)[shown], value, "{field}={text}");
        }
    }
}

#[test]
fn true_and_1_verify_an_address_in_forms() {
    for text in ["true", "1"] {
        let server = Server::demo();
        server.post(EMAILS).bearer(JANE).form(&[("email", "new@example.com")]).send().expect(201);
        let form = [("email", "new@example.com"), ("verified", text), ("primary", text)];
        let answer = server.patch(EMAILS).bearer(JANE).form(&form).send().expect(200);
        assert_eq!(answer, json!({ "email": "new@example.com", "verified": true, "primary": true }));
    }
}

#[test]
fn false_and_0_are_refused_where_only_true_is_accepted() {
    let server = Server::demo();
    for field in ["verified", "primary"] {
        for text in ["false", "0", "no", "2", "TRUE!"] {
            let form = [("email", "jane.doe@example.com"), (field, text)];
            let answer = server.patch(EMAILS).bearer(JANE).form(&form).send();
            assert_eq!(crate::harness::names(&answer.expect(400)), [field], "{field}={text}");
        }
    }
}

#[test]
fn integers_are_accepted_in_forms_and_as_json_strings() {
    let server = Server::demo();
    for (text, value) in [("10", 10), ("0", 0), ("2147483647", 2_147_483_647)] {
        put_json(&server, json!({ "projects_limit": 5 })).expect(200);
        let form = put_form(&server, &[("projects_limit", text)]);
        assert_eq!(form.expect(200)["projects_limit"], value, "{text}");
        put_json(&server, json!({ "projects_limit": 5 })).expect(200);
        let json = put_json(&server, json!({ "projects_limit": text }));
        assert_eq!(json.expect(200)["projects_limit"], value, "{text}");
    }
}

#[test]
fn digits_are_text_in_a_text_field() {
    let server = Server::demo();
    assert_eq!(put_form(&server, &[("name", "10"), ("bio", "true")]).expect(200)["name"], "10");
    let answer = server.patch(PROFILE).bearer(JANE).form(&[("full_name", "1"), ("company", "null")]).send().expect(200);
    assert_eq!((&answer["full_name"], &answer["company"]), (&json!("1"), &json!("null")));
}

/// Checks for a 400 of GitLab's v3 that names the field.
#[track_caller]
fn assert_names_field(answer: &Response, field: &str) {
    assert_eq!(answer.status, 400, "{field}: {answer:?}");
    let body = answer.json();
    assert_eq!(crate::harness::names(&body), ["message"]);
    let text = body["message"].as_str().unwrap_or_else(|| panic!("{body}"));
    assert!(text.starts_with(&format!("400 (Bad request) \"{field}\" ")), "{text}");
}

#[test]
fn text_that_is_not_a_boolean_or_integer_is_400() {
    let server = Server::demo();
    let before = snapshot(&server);
    for text in ["yes", "2", "truee", "-1", "1.0", "null"] {
        for field in ["admin", "can_create_group"] {
            assert_names_field(&put_form(&server, &[(field, text)]), field);
            assert_names_field(&put_json(&server, json!({ field: text })), field);
        }
    }
    for text in ["ten", "1.5", "0x10", "1e3", "1,000", "true", "1 0", "９", "99999999999999999999"] {
        assert_names_field(&put_form(&server, &[("projects_limit", text)]), "projects_limit");
        assert_names_field(&put_json(&server, json!({ "projects_limit": text })), "projects_limit");
    }
    assert_eq!(snapshot(&server), before);
}

#[test]
fn json_of_the_wrong_type_is_400() {
    let server = Server::demo();
    let before = snapshot(&server);
    let texts = [
        "email",
        "password",
        "username",
        "name",
        "skype",
        "linkedin",
        "twitter",
        "extern_uid",
        "provider",
        "bio",
        "website_url",
    ];
    for field in texts {
        for wrong in [json!(5), json!(1.5), json!(true), json!(["x"]), json!({ "x": "y" })] {
            assert_names_field(&put_json(&server, json!({ field: wrong })), field);
        }
    }
    for wrong in [json!(true), json!(1.5), json!([1]), json!({})] {
        assert_names_field(&put_json(&server, json!({ "projects_limit": wrong })), "projects_limit");
    }
    for field in ["admin", "can_create_group"] {
        for wrong in [json!(2), json!(1.5), json!([true]), json!({})] {
            assert_names_field(&put_json(&server, json!({ field: wrong })), field);
        }
    }
    assert_eq!(snapshot(&server), before);
}

#[test]
fn json_of_the_wrong_type_is_400_on_every_endpoint_with_a_body() {
    let server = Server::demo();
    let before = snapshot(&server);
    let user = json!({ "email": "a@b.example", "password": "a-password", "username": "a", "name": "A" });
    let key = json!({ "title": "laptop", "key": "ssh-ed25519 AAAA" });
    let login = json!({ "login": "john_smith", "password": "john-password" });
    for (path, token, body) in [
        ("/api/v3/users", ROOT, user),
        ("/api/v3/user/keys", JOHN, key.clone()),
        ("/api/v3/users/3/keys", ROOT, key),
        ("/api/v3/session", JOHN, login),
    ] {
        for field in crate::harness::names(&body) {
            for wrong in [json!(5), json!(false), json!([]), json!({})] {
                let mut body = body.clone();
                body[&field] = wrong;
                assert_names_field(&server.post(path).bearer(token).json(body).send(), &field);
            }
        }
    }
    assert_eq!(snapshot(&server), before);
}

#[test]
fn unknown_fields_are_ignored_whatever_their_value() {
    let server = Server::demo();
    let before = snapshot(&server);
    let unknown = json!({
        "unknown": { "deep": [1, { "er": null }] }, "": 1, "Organization": 5, "Full_Name": 5, "NAME": [],
        "confirm": "false", "id": 9, "created_at": "yesterday", "💥": true
    });
    server.patch(PROFILE).bearer(JANE).json(unknown.clone()).send().expect(200);
    put_json(&server, unknown).expect(200);
    let form = [("unknown", "1"), ("unknown", "2"), ("", ""), ("Full_Name", "x"), ("NAME", "x")];
    server.patch(PROFILE).bearer(JANE).form(&form).send().expect(200);
    put_form(&server, &form).expect(200);
    assert_eq!(snapshot(&server), before);
}

#[test]
fn unknown_query_parameters_are_ignored() {
    let server = Server::demo();
    for (path, token) in super::READABLE {
        let plain = server.get(path).bearer(token).send().expect(200);
        for query in ["unknown=1", "a&b=&=c&&", "id=9&email=x%40y.example", "%zz=%", "unknown=%FF", "_=1700000000"] {
            let answer = server.get(&format!("{path}?{query}")).bearer(token).send();
            assert_eq!(answer.expect(200), plain, "{path}?{query}");
        }
    }
}

#[test]
fn query_values_are_percent_decoded() {
    let server = Server::demo();
    for query in ["search=john%5Fsmith", "search=JOHN+smith", "search=john%20SMITH", "username=john%5fsmith"] {
        let users = server.get(&format!("/api/v3/users?{query}")).bearer(JOHN).send().expect(200);
        let names: Vec<&Value> = users.as_array().unwrap().iter().map(|user| &user["username"]).collect();
        assert_eq!(names, [&json!("john_smith")], "{query}");
    }
}
