//! Performs a step: sends its request or runs its command.

mod body;
mod commands;
mod requests;

use crate::accounts::Accounts;
use crate::harness::{Request, Server, read_file};
use crate::operations::{Credential, Step};
use serde_json::{Value, json};

/// The password of a user created over HTTP.
pub const FIRST_PASSWORD: &str = "correct-horse";

/// What the server or the command answered, and the request for the transcript.
pub struct Observed {
    pub status: u16,
    pub body: Value,
    pub request: String,
}

/// The public key in a file of fixtures/keys.
pub fn key_line(name: &str) -> String {
    read_file(&format!("fixtures/keys/{name}")).trim_end().to_owned()
}

/// Performs a step. `accounts` give the current names and ids.
pub fn perform(server: &Server, accounts: &Accounts, step: &Step) -> Observed {
    match commands::command_line(accounts, &step.operation) {
        Some(args) => run_command(server, &args),
        None => send_request(&server.url(), accounts, step),
    }
}

fn run_command(server: &Server, args: &[String]) -> Observed {
    let args: Vec<_> = args.iter().map(String::as_str).chain(["--json"]).collect();
    let output = server.cli(&args);
    let status = output.status.code().unwrap() as u16;
    let body = match status {
        0 => serde_json::from_slice(&output.stdout).unwrap(),
        _ => json!(String::from_utf8_lossy(&output.stderr)),
    };
    Observed { status, body, request: format!("accountd {}", args.join(" ")) }
}

/// Sends a step's request to the server with this URL.
pub fn send_request(url: &str, accounts: &Accounts, step: &Step) -> Observed {
    let (method, mut path, body) = requests::request(accounts, &step.operation);
    if step.variant && !path.contains('?') {
        path.push('/');
    }
    let mut call =
        authenticate(Request::to(method, &format!("{url}{path}")), accounts, step, path.starts_with("/api/v1.1"));
    let mut request = format!("{method} {path}");
    if !body.0.is_empty() {
        let (content_type, text) = body.encode(step.format);
        request = format!("{request} {text}");
        call = call.header("Content-Type", content_type).body(text);
    }
    let answer = call.send();
    let body = if answer.body.is_empty() { Value::Null } else { answer.json() };
    Observed { status: answer.status, body, request }
}

fn authenticate(call: Request, accounts: &Accounts, step: &Step, bearer_only: bool) -> Request {
    match step.credential {
        Credential::Missing => call,
        Credential::Unknown if bearer_only => call.bearer("a-token-that-never-existed"),
        Credential::Unknown => call.private_token("a-token-that-never-existed"),
        Credential::Token(at) => {
            let secret = &accounts.tokens[at % accounts.tokens.len()].secret;
            if bearer_only || step.variant { call.bearer(secret) } else { call.private_token(secret) }
        }
        Credential::TokenAsPassword(at) => {
            let token = &accounts.tokens[at % accounts.tokens.len()];
            call.basic(accounts.name_of(token.user), &token.secret)
        }
        Credential::Password { user, correct } => {
            call.basic(accounts.name_of(user), &password(accounts, user, correct))
        }
    }
}

fn password(accounts: &Accounts, user: i64, correct: bool) -> String {
    let password = accounts.users.get(&user).and_then(|user| user.password.as_deref());
    if correct { password.unwrap_or("no-password").to_owned() } else { "a-wrong-password".to_owned() }
}
