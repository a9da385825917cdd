//! Someone else's address: a user adds it to their own account and marks it as verified, as docker's API allows.

use super::assert_still_serves;
use crate::harness::{JANE, JOHN, ROOT, Request, Response, Server};
use crate::serving::wait_for;
use serde_json::{Value, json};

const CEO: &str = "ceo@corp.example";
const JANES: &str = "/api/v1.1/users/janedoe/emails/";

fn patch(server: &Server, address: &str, marks: [&str; 2]) -> Response {
    let mut body = json!({"email": address});
    marks.iter().filter(|mark| !mark.is_empty()).for_each(|mark| body[*mark] = json!(true));
    server.patch(JANES).bearer(JANE).json(body).send()
}

/// Jane adds the address to her account and sets these marks.
fn claim(server: &Server, marks: [&str; 2]) {
    server.post(JANES).bearer(JANE).json(json!({"email": CEO})).send().expect(201);
    let claimed = patch(server, CEO, marks).expect(200);
    let is = |mark| marks.contains(&mark);
    assert_eq!(claimed, json!({"email": CEO, "verified": is("verified"), "primary": is("primary")}));
}

fn as_root(call: Request, body: Value) -> Response {
    call.private_token(ROOT).json(body).send()
}

/// The CEO's new account, with the attributes that v3 or v4 require.
fn new_user() -> Value {
    json!({"username": "ceo", "name": "The CEO", "email": CEO, "password": "correct-horse"})
}

fn v4(server: &Server, path: &str) -> Value {
    server.get(&format!("/api/v4/{path}")).private_token(ROOT).send().expect(200)
}

fn addresses(server: &Server) -> Value {
    let emails = server.get(JANES).bearer(JANE).send().expect(200);
    emails.as_array().unwrap().iter().map(|email| email["email"].clone()).collect()
}

#[test]
fn marking_it_as_verified_does_not_confirm_it_in_v4() {
    let server = Server::on_file_without_passwords(&[]);
    claim(&server, ["verified", "primary"]);
    for user in [v4(&server, "users/2"), v4(&server, "users?username=janedoe")[0].clone()] {
        assert_eq!((&user["email"], &user["confirmed_at"]), (&json!(CEO), &Value::Null));
    }
    let first = v4(&server, "users/2/emails")[0].clone();
    assert!(first["email"] == "jane.doe@example.com" && first["confirmed_at"].is_string(), "{first}");

    patch(&server, "jane.doe@example.com", ["", "primary"]).expect(200);
    assert!(v4(&server, "users/2")["confirmed_at"].is_string());
    let claimed = v4(&server, "users/2/emails")[0].clone();
    assert_eq!((&claimed["email"], &claimed["confirmed_at"]), (&json!(CEO), &Value::Null));
    let one = v4(&server, &format!("users/2/emails/{}", claimed["id"]));
    assert_eq!(one, claimed);

    // An administrator's word counts, and the user's own does not replace it.
    assert!(server.cli(&["email", "verify", "janedoe", CEO]).status.success());
    let confirmed = v4(&server, "users/2/emails")[0]["confirmed_at"].clone();
    assert!(confirmed.is_string());
    patch(&server, CEO, ["verified", ""]).expect(200);
    assert_eq!(v4(&server, "users/2/emails")[0]["confirmed_at"], confirmed);
}

#[test]
fn an_administrator_who_marks_their_own_address_through_docker_is_a_user_like_any_other() {
    let server = Server::demo_with(&["--trust-self-verified=false"]);
    let path = "/api/v1.1/users/root/emails/";
    for call in [server.post(path), server.patch(path)] {
        let body = json!({"email": CEO, "verified": true});
        assert!(call.bearer(ROOT).json(body).send().status < 300);
    }
    assert_eq!(v4(&server, "users/4/emails")[0]["confirmed_at"], Value::Null);
}

#[test]
fn an_operator_can_trust_the_word_of_users() {
    for (server, is_confirmed) in [
        (Server::demo(), true),
        (Server::demo_with(&["--trust-self-verified=false"]), false),
        (Server::on_file_without_passwords(&["--trust-self-verified"]), true),
        (Server::on_file_without_passwords(&[]), false),
    ] {
        claim(&server, ["verified", "primary"]);
        assert_eq!(v4(&server, "users/2")["confirmed_at"].is_string(), is_confirmed);
    }
}

/// For each way in which an administrator gives the address to someone, and each state in which Jane holds it.
#[test]
fn claiming_it_does_not_keep_its_owner_from_getting_it() {
    let give: [fn(&Server) -> Response; 5] = [
        |server| as_root(server.post("/api/v3/users"), new_user()),
        |server| as_root(server.post("/api/v4/users"), new_user()),
        |server| as_root(server.put("/api/v3/users/1"), json!({"email": CEO})),
        |server| as_root(server.put("/api/v4/users/1"), json!({"email": CEO})),
        |server| as_root(server.post("/api/v4/users/1/emails"), json!({"email": CEO})),
    ];
    for give in give {
        for marks in [["verified", ""], ["", ""]] {
            let server = Server::demo();
            claim(&server, marks);
            let given = give(&server);
            assert!([200, 201].contains(&given.status) && given.json()["email"] == CEO, "{given:?}");
            assert_eq!(addresses(&server), json!(["jane.doe@example.com"]));
            assert_eq!(patch(&server, CEO, ["", "primary"]).status, 404);
            wait_for(|| {
                let log = server.log();
                let line = log.lines().find(|line| line.contains("moved an address"))?;
                assert!(line.contains(CEO) && line.contains("\"from\":\"janedoe\""), "{line}");
                Some(())
            });
            assert_still_serves(&server);
        }
    }
}

#[test]
fn commands_give_it_to_its_owner_too() {
    for args in [
        &["user", "add", "ceo", "--email", CEO, "--generate"][..],
        &["user", "update", "john_smith", "--email", CEO],
        &["email", "add", "john_smith", CEO],
    ] {
        let server = Server::on_file_without_passwords(&[]);
        claim(&server, ["verified", ""]);
        let output = server.cli(args);
        assert!(output.status.success(), "{output:?}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), format!("{CEO} was taken from user janedoe\n"));
        assert_eq!(addresses(&server), json!(["jane.doe@example.com"]));
    }
}

/// Taking a primary address would leave its user without one.
#[test]
fn a_claimed_primary_address_is_refused_with_the_name_of_the_claimant() {
    let server = Server::on_file_without_passwords(&[]);
    claim(&server, ["verified", "primary"]);
    let taken = json!({"message": "Email has already been taken by janedoe"});
    assert_eq!(as_root(server.post("/api/v3/users"), new_user()).expect(404), taken);
    assert_eq!(as_root(server.post("/api/v4/users"), new_user()).expect(409), taken);
    assert_eq!(as_root(server.put("/api/v4/users/1"), json!({"email": CEO})).expect(409), taken);
    let in_list = json!({"message": {"email": ["has already been taken by janedoe"]}});
    assert_eq!(as_root(server.post("/api/v4/users/1/emails"), json!({"email": CEO})).expect(400), in_list);
    for args in [&["user", "add", "ceo", "--email", CEO][..], &["email", "add", "john_smith", CEO]] {
        let output = server.cli(args);
        let line = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{line}");
        assert!(line.trim().ends_with("email has already been taken by janedoe"), "{line}");
    }
    assert_eq!(addresses(&server), json!([CEO, "jane.doe@example.com"]));
}

#[test]
fn an_address_that_an_administrator_vouched_for_stays() {
    let server = Server::demo();
    let body = json!({"email": CEO, "skip_confirmation": true});
    as_root(server.post("/api/v4/users/2/emails"), body).expect(201);
    let refused = as_root(server.post("/api/v4/users"), new_user()).expect(409);
    assert_eq!(refused, json!({"message": "Email has already been taken by janedoe"}));
    assert_eq!(addresses(&server), json!(["jane.doe@example.com", CEO]));
}

#[test]
fn other_users_neither_take_it_nor_learn_who_has_it() {
    let server = Server::demo();
    claim(&server, ["verified", ""]);
    for call in [server.post("/api/v4/user/emails"), server.post("/api/v1.1/users/john_smith/emails/")] {
        let refused = call.bearer(JOHN).json(json!({"email": CEO})).send();
        assert!(refused.status == 400 && !refused.body.contains("janedoe"), "{refused:?}");
    }
    // An administrator who adds it to their own account as a user is no exception.
    for call in [server.post("/api/v4/user/emails"), server.post("/api/v1.1/users/root/emails/")] {
        let refused = call.bearer(ROOT).json(json!({"email": CEO})).send();
        assert!(refused.status == 400 && !refused.body.contains("janedoe"), "{refused:?}");
    }
    assert_eq!(addresses(&server), json!(["jane.doe@example.com", CEO]));
}

/// A creation that fails for another reason.
#[test]
fn a_refused_creation_takes_nothing_away() {
    let server = Server::demo();
    claim(&server, ["verified", ""]);
    let mut body = new_user();
    body["username"] = json!("john_smith");
    as_root(server.post("/api/v4/users"), body).expect(409);
    assert_eq!(addresses(&server), json!(["jane.doe@example.com", CEO]));
    assert_still_serves(&server);
    assert!(!server.log().contains("moved an address"));
}
