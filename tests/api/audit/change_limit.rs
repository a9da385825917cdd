//! Attack: a user makes changes in a loop, each of which is a row for 400 days, until the disk is full.

use crate::cli::{JANE, JOE, light};
use crate::harness::{JOHN, ROOT, Request, Response, Server, read_file};
use crate::oauth::{self, EXAMPLE};
use crate::stand_in::clock::advance;
use crate::web::Browser;
use serde_json::json;

const ADA: &str = "ada-api-token-for-these-tests";

/// jane, an administrator, and the users joe and ada, on a database file.
fn server(per_day: &str) -> Server {
    let folder = tempfile::tempdir().unwrap();
    let mut seed = light();
    seed["users"].as_array_mut().unwrap().push(json!({
        "username": "ada", "emails": [{"email": "ada@example.com"}],
        "tokens": [{"name": "test", "token": ADA, "scopes": ["api"]}]
    }));
    let (db, path) = (folder.path().join("test.db"), folder.path().join("seed.json"));
    std::fs::write(&path, seed.to_string()).unwrap();
    let (db, path) = (db.to_str().unwrap().to_owned(), path.to_str().unwrap().to_owned());
    Server::start_in(folder, &["--db", &db, "--seed", &path, "--max-changes-per-day", per_day])
}

/// A stand-in with a clock that stands.
fn frozen(per_day: &str) -> Server {
    Server::demo_with(&["--control", "--clock", "2030-01-01T00:00:00Z,frozen", "--max-changes-per-day", per_day])
}

fn add_email(server: &Server, token: &str, name: &str) -> Request {
    server.post("/api/v4/user/emails").private_token(token).json(json!({"email": format!("{name}@new.example")}))
}

/// Checks that the limit refused this, and returns the seconds to wait.
#[track_caller]
fn refused(answer: &Response) -> u64 {
    assert_eq!(answer.status, 429, "{answer:?}");
    answer.header("retry-after").unwrap().parse().unwrap()
}

fn rows(server: &Server, actor: &str) -> i64 {
    server.sql(&format!("SELECT count(*) FROM audit_log WHERE actor = '{actor}'"))
}

#[test]
fn changes_beyond_the_allowance_are_refused_in_each_dialect_and_change_nothing() {
    let server = server("4");
    for n in 0..4 {
        add_email(&server, JOE, &format!("joe{n}")).send().expect(201);
    }
    let answer = add_email(&server, JOE, "more").send();
    assert!((1..=21_600).contains(&refused(&answer)), "{answer:?}");
    let rule = "An account can make 4 changes a day";
    assert_eq!(answer.json(), json!({"message": format!("429 Too Many Requests - {rule}")}));
    let key = json!({"title": "x", "key": read_file("fixtures/keys/accepted/rsa-2048.pub").trim()});
    let v3 = server.post("/api/v3/user/keys").private_token(JOE).json(key).send();
    assert_eq!((refused(&v3), v3.json()), (refused(&v3), answer.json()));
    let docker = server.post("/api/v1.1/users/joe/emails/").basic("joe", JOE);
    let docker = docker.json(json!({"email": "more@new.example"})).send();
    let detail = format!("Request was throttled. Expected available in {} seconds. {rule}.", refused(&docker));
    assert_eq!(docker.json(), json!({ "detail": detail }));
    let name = json!({"full_name": "Renamed"});
    refused(&server.patch("/api/v1.1/users/joe/").basic("joe", JOE).json(name).send());
    let found = server.rows("SELECT name FROM users WHERE username = 'joe'").to_string();
    assert!(found.contains("Joe Roe"), "{found}");
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM emails WHERE address LIKE 'more@%'"), 0);
    assert_eq!(rows(&server, "joe"), 4);

    // Others are not affected.
    add_email(&server, ADA, "ada").send().expect(201);
    for n in 0..8 {
        let new = json!({"email": format!("byjane{n}@new.example")});
        server.post("/api/v4/users/2/emails").private_token(JANE).json(new.clone()).send().expect(201);
        let own = json!({"email": format!("jane{n}@new.example")});
        server.post("/api/v4/user/emails").private_token(JANE).json(own).send().expect(201);
    }
    let as_joe = server.post("/api/v4/user/emails?sudo=joe").private_token(JANE);
    as_joe.json(json!({"email": "sudo@new.example"})).send().expect(201);
    assert_eq!(rows(&server, "jane"), 17);
}

#[test]
fn what_takes_away_is_never_refused() {
    let server = server("2");
    let id = add_email(&server, JOE, "a").send().expect(201)["id"].clone();
    add_email(&server, JOE, "b").send().expect(201);
    refused(&add_email(&server, JOE, "c").send());
    server.delete(&format!("/api/v4/user/emails/{id}")).private_token(JOE).send().expect(204);
    refused(&add_email(&server, JOE, "c").send());
    server.delete("/api/v4/personal_access_tokens/self").private_token(JOE).send().expect(204);
    assert_eq!(rows(&server, "joe"), 4);
}

#[test]
fn simultaneous_changes_add_no_more_rows_than_the_allowance() {
    let server = server("40");
    let add = |client: usize| (0..10).map(move |n| (client, n));
    let added = std::thread::scope(|scope| {
        let clients: [_; 16] = std::array::from_fn(|client| {
            let server = &server;
            let send = move |(client, n)| add_email(server, JOE, &format!("c{client}n{n}")).send().status;
            scope.spawn(move || add(client).map(send).filter(|status| *status == 201).count())
        });
        add_email(&server, ADA, "ada").send().expect(201);
        clients.map(|client| client.join().unwrap()).into_iter().sum::<usize>()
    });
    assert_eq!((added, rows(&server, "joe"), rows(&server, "ada")), (40, 40, 1));
}

#[test]
fn the_allowance_refills_by_the_clock_and_is_full_after_a_reset() {
    let server = frozen("2");
    let url = server.url();
    let add = |name| add_email(&server, JOHN, name).send();
    for round in ["first", "second"] {
        add("a").expect(201);
        add("b").expect(201);
        assert_eq!(refused(&add("c")), 43_200, "{round}");
        advance(&url, "11h 59m 59s");
        assert_eq!(refused(&add("c")), 1);
        advance(&url, "1s");
        add("c").expect(201);
        assert_eq!(refused(&add("d")), 43_200);
        server.post("/_accountd/reset").json(json!({"to": "seed"})).send().expect(200);
    }
    advance(&url, "9d");
    add("a").expect(201);
    add("b").expect(201);
    assert_eq!(refused(&add("c")), 43_200);
}

/// A thief who has a token uses the allowance up, and the user signs in to revoke it.
#[test]
fn sign_ins_have_an_allowance_of_their_own() {
    let server = frozen("2");
    for name in ["a", "b"] {
        add_email(&server, JOHN, name).send().expect(201);
    }
    refused(&add_email(&server, JOHN, "c").send());
    let body = json!({"login": "john_smith", "password": "john-password"});
    let sign_in = || server.post("/api/v3/session").json(body.clone()).send();
    let mut browser = Browser::signed_in(&server, ("john_smith", "john-password"));
    sign_in().expect(201);
    assert_eq!(refused(&sign_in()), 43_200);
    let csrf = browser.csrf();
    assert_eq!(browser.post("/account/sign-out", &[("csrf", &csrf)]).status, 303);
    let page = browser.sign_in("john_smith", "john-password");
    assert_eq!(refused(&page), 43_200);
    assert!(page.body.contains("An account can make 2 changes a day. Please try again in 721 minutes."), "{page:?}");
    // The password itself is still good, and counted for no one else.
    server.get("/api/v1.1/users/john_smith/").basic("john_smith", "john-password").send().expect(200);
    server.post("/api/v3/session").json(json!({"login": "root", "password": "root-password"})).send().expect(201);
    add_email(&server, ROOT, "root").send().expect(201);
    advance(&server.url(), "12h");
    sign_in().expect(201);
}

#[test]
fn an_application_that_refreshes_in_a_loop_uses_up_only_the_refreshes_of_its_user() {
    let server = oauth::start(
        true,
        &[
            "--control",
            "--clock",
            "2030-01-01T00:00:00Z,frozen",
            "--auto-approve",
            "janedoe",
            "--max-changes-per-day",
            "2",
        ],
    );
    let mut tokens = EXAMPLE.tokens(&server, "profile_read");
    for _ in 0..2 {
        tokens = oauth::Tokens::of(EXAMPLE.refresh(&server, &tokens.refresh, &[]));
    }
    let answer = EXAMPLE.refresh(&server, &tokens.refresh, &[]);
    assert_eq!(refused(&answer), 43_200);
    let description = "the tokens of one user can be refreshed 2 times a day";
    assert_eq!(answer.json(), json!({"error": "temporarily_unavailable", "error_description": description}));
    let own = server.post("/api/v1.1/users/janedoe/emails/").basic("janedoe", crate::harness::JANE);
    own.json(json!({"email": "jane@new.example"})).send().expect(201);
    // The refused token was not used up.
    advance(&server.url(), "12h");
    tokens = oauth::Tokens::of(EXAMPLE.refresh(&server, &tokens.refresh, &[]));
    refused(&EXAMPLE.refresh(&server, &tokens.refresh, &[]));
    assert_eq!(EXAMPLE.revoke(&server, &tokens.access).status, 200);
    EXAMPLE.refresh(&server, &tokens.refresh, &[]).expect(400);
}
