//! Sources of passwords: a prompt, `--password-stdin` and `--generate`.

use super::{Commands, Connection, Database, JOE, basic, light_server, ok, refused, wrong_usage};
use crate::harness::{accountd, binary, run, run_with_stdin};
use std::io::{Read, Write};
use std::process::{Command, Stdio};

/// Sets joe's password from stdin.
fn set_password(database: &impl Commands, stdin: &str) -> std::process::Output {
    run_with_stdin(&["user", "password", "joe", "--password-stdin", "--db", database.path().to_str().unwrap()], stdin)
}

#[test]
fn a_new_password_takes_effect_immediately_and_ends_only_sessions() {
    let server = light_server();
    ok(set_password(&server, "correct-horse\n"));
    let login = [("login", "joe"), ("password", "correct-horse")];
    let session = server.post("/api/v3/session").form(&login).send().expect(201);
    let session = session["private_token"].as_str().unwrap();
    let mut open = Connection::to(&server);
    let path = "/api/v1.1/users/joe/";
    assert_eq!(open.get(path, &basic("joe", "correct-horse")).0, 200);
    assert_eq!(open.by(session, "/api/v3/user").0, 200);
    assert_eq!(ok(set_password(&server, "battery-staple")), "user joe (id 2) has a new password\n");
    assert_eq!(open.get(path, &basic("joe", "correct-horse")).0, 401);
    assert_eq!(open.get(path, &basic("joe", "battery-staple")).0, 200);
    assert_eq!(open.by(session, "/api/v3/user").0, 401);
    assert_eq!(open.by(JOE, "/api/v3/user").0, 200);
    assert_eq!(server.post("/api/v3/session").form(&login).send().status, 401);
}

#[test]
fn password_stdin_strips_only_the_final_line_break() {
    let server = light_server();
    for (stdin, password) in [
        ("correct-horse", "correct-horse"),
        ("correct-horse\n", "correct-horse"),
        ("correct-horse\r\n", "correct-horse"),
        (" correct horse ", " correct horse "),
        ("pässwörd:mit:Doppelpunkt\n", "pässwörd:mit:Doppelpunkt"),
    ] {
        ok(set_password(&server, stdin));
        let answer = server.get("/api/v1.1/users/joe/").basic("joe", password).send();
        assert_eq!(answer.status, 200, "{stdin:?}");
    }
}

#[test]
fn a_password_has_8_to_1024_characters() {
    let database = Database::light();
    for good in ["12345678", &"é".repeat(8), &"é".repeat(1024)] {
        ok(set_password(&database, good));
    }
    for bad in ["", "\n", "1234567", "ééééééé\n", &"x".repeat(1025), "nul\0inside"] {
        let line = refused(set_password(&database, bad));
        assert!(line.contains("password") && (bad.trim().is_empty() || !line.contains(bad)), "{bad:?}: {line}");
    }
}

#[test]
fn a_password_that_is_not_utf8_is_refused() {
    let database = Database::light();
    let args = ["user", "password", "joe", "--password-stdin", "--db", database.path().to_str().unwrap()];
    let mut child =
        accountd(&args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"caf\xe9 au lait").unwrap();
    refused(child.wait_with_output().unwrap());
}

#[test]
fn a_generated_password_is_printed_once_and_works() {
    let server = light_server();
    let text = server.ok(&["user", "password", "joe", "--generate"]);
    let password = text.lines().find_map(|line| line.strip_prefix("password: ")).unwrap();
    assert!(password.len() >= 20, "{password}");
    assert_eq!(server.get("/api/v1.1/users/joe/").basic("joe", password).send().status, 200);
    let json = server.json(&["user", "password", "joe", "--generate"]);
    assert_ne!(json["password"], password);
    let password = json["password"].as_str().unwrap();
    assert_eq!(server.get("/api/v1.1/users/joe/").basic("joe", password).send().status, 200);
    assert!(!server.ok(&["user", "show", "joe"]).contains("password"));
}

#[test]
fn a_supplied_password_is_not_printed() {
    let database = Database::light();
    let path = database.path().to_str().unwrap();
    for json in [&[][..], &["--json"]] {
        let args = [&["user", "password", "joe", "--password-stdin", "--db", path], json].concat();
        assert!(!ok(run_with_stdin(&args, "correct-horse")).contains("correct-horse"));
    }
}

#[test]
fn without_a_terminal_the_password_options_are_named_and_no_database_is_created() {
    let database = Database::none();
    let line = database.refused(&["user", "add", "ada", "--email", "ada@example.com"]);
    assert!(line.contains("--password-stdin") && line.contains("--generate"), "{line}");
    assert!(!database.path().exists());
}

#[test]
fn passwords_are_not_accepted_in_arguments_or_variables() {
    let database = Database::light();
    let table: [&[&str]; 3] = [
        &["user", "add", "ada", "--email", "ada@example.com", "--password", "correct-horse"],
        &["user", "add", "ada", "correct-horse", "--email", "ada@example.com"],
        &["user", "password", "joe", "correct-horse"],
    ];
    for args in table {
        wrong_usage(database.run(args));
    }
    wrong_usage(database.run(&["user", "password", "joe", "--generate", "--password-stdin"]));
    let args = ["user", "password", "joe", "--db", database.path().to_str().unwrap()];
    refused(accountd(&args).env("ACCOUNTD_PASSWORD", "correct-horse").output().unwrap());
    for command in ["add", "password", "update"] {
        let help = ok(run(&["user", command, "--help"]));
        assert!(!help.contains("--password ") && !help.contains("--password=") && !help.contains("--password <"));
    }
}

/// Whether the terminal of the only child of this `script` process echoes input.
fn echoes(script: u32) -> bool {
    let child = std::fs::read_to_string(format!("/proc/{script}/task/{script}/children")).unwrap();
    let terminal = std::fs::read_link(format!("/proc/{}/fd/0", child.trim())).unwrap();
    let settings = Command::new("stty").arg("--file").arg(terminal).arg("--all").output().unwrap();
    !String::from_utf8(settings.stdout).unwrap().split_whitespace().any(|word| word == "-echo")
}

/// Runs a command in a terminal made by `script` and types each answer after its prompt. Returns everything that the
/// terminal showed, and whether the command succeeded.
pub fn on_a_terminal(args: &[&str], answers: &[(&str, &str)]) -> (String, bool) {
    let words: Vec<String> = [&[binary()], args].concat().iter().map(|word| format!("'{word}'")).collect();
    let mut child = Command::new("script")
        .args(["--quiet", "--return", "--flush", "--command", &words.join(" "), "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut keyboard, mut screen) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut seen = Vec::new();
    for (prompt, answer) in answers {
        let start = seen.len();
        while !String::from_utf8_lossy(&seen[start..]).contains(prompt) {
            let mut byte = [0];
            screen.read_exact(&mut byte).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&seen)));
            seen.extend(byte);
        }
        while echoes(child.id()) {
            std::thread::yield_now();
        }
        writeln!(keyboard, "{answer}").unwrap();
    }
    // Ends the input, so that a command with another prompt does not wait for ever.
    drop(keyboard);
    screen.read_to_end(&mut seen).unwrap();
    (String::from_utf8(seen).unwrap(), child.wait().unwrap().success())
}

#[test]
fn the_prompt_asks_twice_and_does_not_echo() {
    let server = light_server();
    let args = ["user", "password", "joe", "--db", server.db.to_str().unwrap()];
    let (screen, done) = on_a_terminal(&args, &[("Password: ", "correct-horse"), ("Again: ", "correct-horse")]);
    assert!(done && !screen.contains("correct-horse") && screen.contains("has a new password"), "{screen}");
    assert_eq!(server.get("/api/v1.1/users/joe/").basic("joe", "correct-horse").send().status, 200);
    let (screen, done) = on_a_terminal(&args, &[("Password: ", "battery-staple"), ("Again: ", "battery-stable")]);
    assert!(!done && screen.contains("differ") && !screen.contains("battery"), "{screen}");
    assert_eq!(server.get("/api/v1.1/users/joe/").basic("joe", "correct-horse").send().status, 200);
}
