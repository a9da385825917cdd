//! Performs an action on a stand-in and follows it in the models.

use super::actions::{Action, ClockChange, Image};
use super::stand_in::{Sandbox, StandIn, State, expect, own_token};
use super::time::Clock;
use crate::operations::Step;
use crate::rules::is_importable;
use crate::{follow, perform, start};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

type Outcome = Result<(), String>;

/// Fails if the answer is not the one that the model gives.
pub fn perform(stand_in: &mut StandIn, action: &Action, transcript: &mut String) -> Outcome {
    match action {
        Action::Perform(at, step) => {
            let precise = stand_in.precise;
            let sandbox = stand_in.at(*at);
            fill(sandbox)?;
            take(sandbox, step, precise, transcript)
        }
        Action::Reset(at, to) => reset(stand_in.at(*at), *to),
        Action::TakeSnapshot(at, name) => {
            let sandbox = stand_in.at(*at);
            expect("snapshot", sandbox.control("PUT", &format!("snapshots/{name}")).send(), 200)?;
            sandbox.snapshots.insert(name, sandbox.current.clone());
            Ok(())
        }
        Action::DeleteSnapshot(at, name) => {
            let sandbox = stand_in.at(*at);
            let status = if sandbox.snapshots.remove(name).is_some() { 204 } else { 404 };
            expect("delete snapshot", sandbox.control("DELETE", &format!("snapshots/{name}")).send(), status).map(drop)
        }
        Action::Create(name, from) => create(stand_in, name, *from),
        Action::Delete(name) => {
            let found = stand_in.sandboxes.iter().skip(1).position(|sandbox| sandbox.name == *name);
            let deleted = stand_in.at(0).control("DELETE", &format!("sandboxes/{name}")).send();
            expect("delete sandbox", deleted, if found.is_some() { 204 } else { 404 })?;
            found.map(|at| stand_in.sandboxes.remove(at + 1));
            Ok(())
        }
        Action::Clock(at, change) => change_clock(stand_in.at(*at), *change),
        Action::Import(at, name) => {
            stand_in.imported += 1;
            let token = format!("token-of-import-{}", stand_in.imported);
            import(stand_in.at(*at), name, token)
        }
        Action::UseToken { of, token, at } => use_token(stand_in, *of, *token, *at),
    }
}

/// Imports the accounts of the start if there are none: steps need a token.
fn fill(sandbox: &mut Sandbox) -> Outcome {
    if sandbox.current.accounts.tokens.is_empty() {
        let accounts = start::accounts(true);
        expect("fill", sandbox.control("POST", "import").json(start::seed(&accounts)).send(), 200)?;
        sandbox.current.accounts = accounts;
    }
    Ok(())
}

fn take(sandbox: &mut Sandbox, step: &Step, precise: bool, transcript: &mut String) -> Outcome {
    let accounts = &sandbox.current.accounts;
    let observed = perform::send_request(&sandbox.url, accounts, step);
    *transcript +=
        &format!("    {}: {}\n    -> {} {}\n", sandbox.name, observed.request, observed.status, observed.body);
    sandbox.current.accounts = follow(accounts, step, precise, &observed)?;
    Ok(())
}

/// How the control service names the image, and the state in it; none if there is no such snapshot.
fn named(sandbox: &Sandbox, image: Image) -> (String, Option<State>) {
    match image {
        Image::Seed => ("seed".into(), Some(sandbox.seed.clone())),
        Image::Empty => ("empty".into(), Some(State::empty())),
        Image::Current => ("current".into(), Some(sandbox.current.clone())),
        Image::Snapshot(name) => (format!("snapshot:{name}"), sandbox.snapshots.get(name).cloned()),
    }
}

fn reset(sandbox: &mut Sandbox, to: Image) -> Outcome {
    let (name, state) = named(sandbox, to);
    let status = if state.is_some() { 200 } else { 404 };
    let answer = expect("reset", sandbox.control("POST", "reset").json(json!({ "to": name })).send(), status)?;
    let Some(state) = state else { return Ok(()) };
    sandbox.current = state;
    sandbox.epoch += 1;
    match answer["epoch"] == sandbox.epoch {
        true => Ok(()),
        false => Err(format!("reset: {answer} instead of epoch {}\n", sandbox.epoch)),
    }
}

fn create(stand_in: &mut StandIn, name: &str, from: Image) -> Outcome {
    let (image, state) = named(stand_in.at(0), from);
    let is_taken = stand_in.sandboxes.iter().skip(1).any(|sandbox| sandbox.name == name);
    let status = match (&state, is_taken) {
        (None, _) => 404,
        (Some(_), true) => 409,
        (Some(_), false) => 201,
    };
    let created = stand_in.at(0).control("POST", "sandboxes").json(json!({ "name": name, "from": image })).send();
    let created = expect("create sandbox", created, status)?;
    if let (Some(state), false) = (state, is_taken) {
        let url = created["url"].as_str().unwrap().to_owned();
        stand_in.sandboxes.push(Sandbox::new(name, url, state));
    }
    Ok(())
}

fn change_clock(sandbox: &mut Sandbox, change: ClockChange) -> Outcome {
    let answer = match change {
        ClockChange::Advance { hours } => {
            sandbox.control("POST", "clock/advance").json(json!({ "by": format!("{hours}h") })).send()
        }
        ClockChange::Freeze(frozen) => sandbox.control("PUT", "clock").json(json!({ "frozen": frozen })).send(),
        ClockChange::Restore => sandbox.control("DELETE", "clock").send(),
    };
    let answer = expect("clock", answer, 200)?;
    let now: Timestamp = answer["now"].as_str().unwrap().parse().unwrap();
    let before = sandbox.current.clock;
    sandbox.current.clock = match (change, before) {
        (ClockChange::Advance { hours }, before) => before.advance(SignedDuration::from_hours(hours)),
        (ClockChange::Freeze(true), Clock::Running(_)) if before.allows(now) => Clock::Frozen(now),
        (ClockChange::Freeze(false), Clock::Frozen(at)) => Clock::Running(at.duration_since(Timestamp::now())),
        (ClockChange::Freeze(_), unchanged) => unchanged,
        (ClockChange::Restore, _) => Clock::REAL,
    };
    Ok(())
}

fn import(sandbox: &mut Sandbox, name: &str, token: String) -> Outcome {
    fill(sandbox)?;
    let address = format!("{name}@import.example");
    let entry: Value = json!({
        "username": name, "emails": [{ "email": address }], "tokens": [{ "token": token, "scopes": ["api"] }],
    });
    let accounts = &mut sandbox.current.accounts;
    let is_possible = is_importable(accounts, name, &address);
    let (status, expected) = match is_possible {
        false => (409, json!({ "error": "conflict" })),
        true => {
            let id = accounts.add_user(name, &address, true).id;
            accounts.add_token(id, &["api"], false).secret = token;
            (200, json!({ "users": [{ "username": name, "id": id }] }))
        }
    };
    let answer = expect("import", sandbox.control("POST", "import").json(json!({ "users": [entry] })).send(), status)?;
    crate::difference(&expected, &answer).map_or(Ok(()), |why| Err(format!("import: {why}\n")))
}

fn use_token(stand_in: &mut StandIn, of: usize, token: usize, at: usize) -> Outcome {
    let tokens = &stand_in.at(of).current.accounts.tokens;
    // The newest tokens are the ones that the others may not know.
    let Some(secret) = tokens.iter().rev().nth(token % tokens.len().max(1)).map(|token| token.secret.clone()) else {
        return Ok(());
    };
    let sandbox = stand_in.at(at);
    let answer = own_token(sandbox, &secret);
    let accounts = &mut sandbox.current.accounts;
    let known = accounts.tokens.iter().position(|token| token.secret == secret);
    let caller = known.and_then(|at| {
        accounts.revoke_family_if_reused(at);
        accounts.authenticate_token(at)
    });
    if let Some(caller) = &caller {
        accounts.users.get_mut(&caller.user).unwrap().used = true;
    }
    let what = format!("a token of sandbox {of} at {}", sandbox.name);
    expect(&what, answer, if caller.is_some() { 200 } else { 401 }).map(drop)
}
