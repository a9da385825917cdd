//! Commands that write to the database file while the server does (SPEC 1).

use super::{ROUNDS, assert_clean, race};
use crate::harness::{JANE, JOHN, ROOT, Request, Response, Server, file, read_file, run_with_stdin};
use serde_json::json;
use std::process::Output;
use std::time::{Duration, Instant};

/// The result of a request or of a command.
enum Outcome {
    Http(Response),
    Cli(Output),
}

impl Outcome {
    fn done(&self) -> bool {
        match self {
            Outcome::Http(answer) => answer.status < 300,
            Outcome::Cli(output) => output.status.success(),
        }
    }
}

/// Delays between the start of a command and a request. Over the rounds, the request meets every phase of the command.
struct Delays(Duration);

impl Delays {
    fn on(server: &Server) -> Self {
        let start = Instant::now();
        assert!(server.cli(&["user", "show", "root"]).status.success());
        Self(start.elapsed() * 3 / 2)
    }

    fn of(&self, round: usize) -> Duration {
        self.0 * u32::try_from(round).unwrap() / u32::try_from(ROUNDS).unwrap()
    }
}

/// Runs a request and a command at the same time. One succeeds; the other is refused, the request with this status or
/// the command with exit code 1 and one line on stderr that contains `why`.
#[track_caller]
fn assert_one_wins(call: Request, delay: Duration, command: impl FnOnce() -> Output + Send, status: u16, why: &str) {
    let request = || {
        std::thread::sleep(delay);
        Outcome::Http(call.send())
    };
    let outcomes = race::<Outcome>(vec![Box::new(request), Box::new(|| Outcome::Cli(command()))]);
    assert_eq!(outcomes.iter().filter(|outcome| outcome.done()).count(), 1);
    for outcome in outcomes.iter().filter(|outcome| !outcome.done()) {
        match outcome {
            Outcome::Http(answer) => assert_eq!(answer.status, status, "{answer:?}"),
            Outcome::Cli(output) => {
                let stderr = String::from_utf8_lossy(&output.stderr);
                assert_eq!(output.status.code(), Some(1), "{stderr}");
                assert!(stderr.contains(why) && stderr.trim().lines().count() == 1, "{stderr}");
            }
        }
    }
}

fn add_email(server: &Server, user: &str, token: &str, address: &str) -> Request {
    server.post(&format!("/api/v1.1/users/{user}/emails/")).bearer(token).json(json!({"email": address}))
}

#[test]
fn only_one_of_a_request_and_a_command_adds_an_address() {
    let server = Server::on_file_without_passwords(&[]);
    let delays = Delays::on(&server);
    for round in 0..ROUNDS {
        let address = format!("same{round}@example.com");
        // An administrator vouches for it, because an address that only its user vouches for can be taken away.
        let body = json!({"email": address, "skip_confirmation": true});
        let call = server.post("/api/v4/users/1/emails").private_token(ROOT).json(body);
        let command = || server.cli(&["email", "add", "janedoe", &address, "--verified"]);
        assert_one_wins(call, delays.of(round), command, 400, "taken");
        assert_eq!(server.sql::<i64>(&format!("SELECT count(*) FROM emails WHERE address = '{address}'")), 1);
    }
    assert_clean(&server);
}

#[test]
fn only_one_of_a_request_and_a_command_adds_a_user() {
    let server = Server::on_file_without_passwords(&["--gitlab-errors", "precise"]);
    let delays = Delays::on(&server);
    for round in (0..ROUNDS).step_by(2) {
        let (name, upper, address) =
            (format!("same{round}"), format!("SAME{round}"), format!("same{round}@example.com"));
        let user = json!({"email": address, "password": "a-password", "username": name, "name": "By HTTP"});
        let call = server.post("/api/v3/users").private_token(ROOT).json(user);
        let db = server.db.to_str().unwrap();
        let args = ["user", "add", &upper, "--email", &address, "--password-stdin", "--db", db];
        assert_one_wins(call, delays.of(round), || run_with_stdin(&args, "a-password\n"), 409, "taken");
        assert_eq!(server.sql::<i64>(&format!("SELECT count(*) FROM users WHERE username = '{name}'")), 1);
        let session = json!({"login": name, "password": "a-password"});
        server.post("/api/v3/session").json(session).send().expect(201);
    }
    assert_clean(&server);
}

#[test]
fn only_one_of_a_request_and_a_command_adds_a_key() {
    let server = Server::on_file_without_passwords(&["--gitlab-errors", "precise"]);
    let path = file("fixtures/keys/accepted/ecdsa-384.pub");
    let key = read_file("fixtures/keys/accepted/ecdsa-384.pub");
    let delays = Delays::on(&server);
    for round in 0..ROUNDS {
        let call = server.post("/api/v3/user/keys").private_token(JOHN).json(json!({"title": "x", "key": key}));
        let args = ["key", "add", "janedoe", path.to_str().unwrap(), "--title", "x"];
        assert_one_wins(call, delays.of(round), || server.cli(&args), 400, "taken");
        assert_eq!(server.sql::<i64>("SELECT count(*) FROM ssh_keys"), 4);
        let id: i64 = server.sql("SELECT max(id) FROM ssh_keys");
        assert!(server.cli(&["key", "remove", &id.to_string()]).status.success());
    }
    assert_clean(&server);
}

#[test]
fn changes_by_a_request_and_a_command_are_both_kept() {
    let server = Server::on_file_without_passwords(&[]);
    for round in 0..ROUNDS {
        let (location, company) = (format!("location {round}"), format!("company {round}"));
        let call = server.patch("/api/v1.1/users/john_smith/").bearer(JOHN).json(json!({"location": location}));
        let outcomes = race::<Outcome>(vec![
            Box::new(|| Outcome::Http(call.send())),
            Box::new(|| Outcome::Cli(server.cli(&["user", "update", "john_smith", "--company", &company]))),
        ]);
        assert!(outcomes.iter().all(Outcome::done));
        let user = server.get("/api/v1.1/users/john_smith/").bearer(JOHN).send().expect(200);
        assert_eq!((&user["location"], &user["company"]), (&json!(location), &json!(company)));
    }
    assert_clean(&server);
}

#[test]
fn many_concurrent_requests_and_commands_all_succeed() {
    let server = Server::on_file_without_passwords(&[]);
    for round in 0..4 {
        let server = &server;
        let racers = (0..6).map(|n| {
            let address = format!("n{n}-{round}@example.com");
            match n % 2 {
                0 => Box::new(move || Outcome::Http(add_email(server, "janedoe", JANE, &address).send()))
                    as Box<dyn FnOnce() -> Outcome + Send>,
                _ => Box::new(move || Outcome::Cli(server.cli(&["email", "add", "john_smith", &address]))),
            }
        });
        for outcome in race(racers.collect()) {
            match outcome {
                Outcome::Http(answer) => assert_eq!(answer.status, 201, "{answer:?}"),
                Outcome::Cli(output) => assert!(output.status.success(), "{output:?}"),
            }
        }
    }
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM emails"), 5 + 24);
    assert_clean(&server);
}

#[test]
fn the_server_sees_command_line_writes_immediately() {
    let server = Server::on_file_without_passwords(&[]);
    for round in 0..5 {
        let name = format!("John {round}");
        assert!(server.cli(&["user", "update", "john_smith", "--name", &name]).status.success());
        assert_eq!(server.get("/api/v3/user").private_token(JOHN).send().expect(200)["name"], name);
        assert_eq!(server.get("/api/v1.1/users/john_smith/").bearer(JOHN).send().expect(200)["full_name"], name);
        let back = json!({"full_name": format!("Back {round}")});
        server.patch("/api/v1.1/users/john_smith/").bearer(JOHN).json(back).send().expect(200);
        let shown = server.cli(&["user", "show", "john_smith", "--json"]);
        assert!(String::from_utf8_lossy(&shown.stdout).contains(&format!("Back {round}")), "{shown:?}");
    }
}
