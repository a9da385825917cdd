//! What an answer must be: its status and the fields that tell, or one of several where the documents leave it open.

use crate::accounts::{Accounts, Key, State, User};
use crate::operations::{Door, Move};
use serde_json::{Value, json};

/// Stands in an expected body for whatever is there, …
pub const ANY: &str = "\u{0}any";
/// … for what must not be there, …
pub const NONE: &str = "\u{0}none";
/// … and, with a text after it, for a text that has it in it.
const HAS: &str = "\u{0}has ";

pub fn has(text: &str) -> Value {
    json!(format!("{HAS}{text}"))
}

/// Status, or exit code of a command; and the fields that tell of the body, or of what a command printed.
#[derive(Clone, Debug)]
pub struct Expected {
    pub status: u16,
    pub body: Value,
}

/// Why something is not done.
#[derive(Clone, Debug)]
pub enum Fault {
    Unauthenticated,
    /// The token has not this scope.
    Scope(&'static str),
    NotAdmin,
    /// docker: another's account.
    NotYou,
    /// There is no such thing: `User`, `Key`, `Email`, `Token`.
    Missing(&'static str),
    /// A user to be deleted.
    NobodyToDelete,
    /// An own key to be deleted.
    NoKeyToDelete,
    /// By the names of the attributes.
    Invalid(Vec<&'static str>),
    /// `Email`, `Username`, `Key`.
    Taken(&'static str),
    LastAdmin,
    ListNeedsName,
    /// The state that does not allow it.
    Moved(Move, State),
    Oneself,
    InUse,
    NotRotatable,
}

impl Fault {
    /// The answer of that door. `precise`: SPEC 5, "Refusals".
    pub fn at(&self, door: Door, precise: bool) -> Expected {
        match door {
            Door::Docker => self.at_docker(),
            Door::V3 => self.at_v3(precise),
            Door::V4 => self.at_v4(),
            Door::Cli => Expected { status: 1, body: has(self.at_commands()) },
        }
    }

    /// SPEC 4.
    fn at_docker(&self) -> Expected {
        let detail = |status| Expected { status, body: json!({ "detail": ANY }) };
        match self {
            Fault::Unauthenticated => detail(401),
            Fault::Scope(_) | Fault::NotYou => detail(403),
            Fault::Missing(_) => detail(404),
            Fault::Invalid(names) => {
                Expected { status: 400, body: names.iter().map(|name| (docker_name(name), json!([ANY]))).collect() }
            }
            Fault::Taken(_) => Expected { status: 400, body: json!({ "email": [ANY] }) },
            other => panic!("not docker's: {other:?}"),
        }
    }

    /// SPEC 5.
    fn at_v3(&self, precise: bool) -> Expected {
        let message = |status, body: Value| Expected { status, body: json!({ "message": body }) };
        let or_later = |later| if precise { later } else { 404 };
        match self {
            Fault::Unauthenticated => message(401, json!("401 Unauthorized")),
            Fault::Scope(_) | Fault::NotAdmin => message(403, json!("403 Forbidden")),
            Fault::LastAdmin => message(403, has("last active administrator")),
            Fault::Oneself | Fault::Moved(..) => message(403, has("403 Forbidden - ")),
            Fault::NobodyToDelete if !precise => Expected { status: 200, body: Value::Null },
            Fault::Missing(_) | Fault::NobodyToDelete => message(404, json!("404 Not found")),
            Fault::NoKeyToDelete => Expected { status: 200, body: Value::Null },
            Fault::Invalid(names) => message(or_later(400), reasons(names)),
            Fault::Taken("Key") => {
                let taken = json!(["has already been taken"]);
                message(or_later(400), json!({ "key": taken, "fingerprint": taken }))
            }
            Fault::Taken(what) => message(or_later(409), json!(format!("{what} has already been taken"))),
            other => panic!("not v3's: {other:?}"),
        }
    }

    /// src/gitlab/README.md, "v4", "Refusals".
    fn at_v4(&self) -> Expected {
        let message = |status, body: Value| Expected { status, body: json!({ "message": body }) };
        match self {
            Fault::Unauthenticated => message(401, json!("401 Unauthorized")),
            Fault::Scope(scope) => {
                let body = json!({ "error": "insufficient_scope", "error_description": ANY, "scope": has(scope) });
                Expected { status: 403, body }
            }
            Fault::NotAdmin => message(403, json!("403 Forbidden")),
            Fault::LastAdmin => message(403, has("last active administrator")),
            Fault::ListNeedsName => message(403, has("403 Forbidden")),
            // The page on tokens has no name for what is missing.
            Fault::Missing("Token") => message(404, has("404")),
            Fault::Missing(what) => message(404, json!(format!("404 {what} Not Found"))),
            Fault::NobodyToDelete => message(404, json!("404 User Not Found")),
            Fault::NoKeyToDelete => message(404, json!("404 Key Not Found")),
            Fault::Invalid(names) => message(400, reasons(names)),
            Fault::Taken("Key") => {
                let taken = json!(["has already been taken"]);
                message(400, json!({ "key": taken, "fingerprint": taken }))
            }
            Fault::Taken("Own email") => message(400, json!({ "email": ["has already been taken"] })),
            Fault::Taken(what) => message(409, json!(format!("{what} has already been taken"))),
            Fault::Oneself | Fault::InUse => message(403, has("403")).or_any_message(),
            Fault::Moved(to, state) => message(status_of_refused_move(*to, *state), json!(ANY)),
            Fault::NotRotatable => message(405, has("405")),
            Fault::NotYou => panic!("not v4's"),
        }
    }

    fn at_commands(&self) -> &'static str {
        match self {
            Fault::Missing(_) | Fault::NobodyToDelete => "not found",
            Fault::Taken(_) => "has already been taken",
            Fault::LastAdmin => "last active administrator",
            Fault::Moved(..) => "the user is ",
            Fault::Invalid(names) => names[0],
            _ => "accountd: ",
        }
    }
}

impl Expected {
    /// The sentences are the documentation's; what counts here is the status.
    fn or_any_message(self) -> Expected {
        Expected { body: json!({ "message": ANY }), ..self }
    }
}

/// `doc/api/user_moderation.md`: 403 for what the state forbids, 409 where nobody waits for approval.
fn status_of_refused_move(to: Move, state: State) -> u16 {
    match (to, state) {
        (Move::Approve, State::Active | State::Deactivated) | (Move::Reject, _) => 409,
        _ => 403,
    }
}

fn docker_name(name: &str) -> String {
    match name {
        "name" => "full_name".into(),
        "website_url" => "profile_url".into(),
        name => name.into(),
    }
}

fn reasons(names: &[&str]) -> Value {
    names.iter().map(|name| ((*name).to_owned(), json!([ANY]))).collect()
}

/// Whether what came has all that was expected; if not, where it differs.
pub fn difference(expected: &Value, seen: &Value) -> Option<String> {
    match (expected, seen) {
        (Value::String(text), _) if text == ANY => None,
        (Value::String(text), Value::String(seen)) if text.starts_with(HAS) => {
            let text = &text[HAS.len()..];
            (!seen.contains(text)).then(|| format!("{seen:?} has not {text:?} in it"))
        }
        (Value::Object(expected), Value::Object(seen)) => expected.iter().find_map(|(name, expected)| {
            let different = match seen.get(name) {
                None => (expected != NONE).then(|| "is not there".to_owned()),
                Some(seen) => difference(expected, seen),
            };
            different.map(|what| format!("{name}: {what}"))
        }),
        (Value::Array(expected), Value::Array(seen)) if expected.len() == seen.len() => {
            expected.iter().zip(seen).find_map(|(expected, seen)| difference(expected, seen))
        }
        _ => (expected != seen).then(|| format!("{seen} instead of {expected}")),
    }
}

/// A user as docker shows it.
pub fn docker_user(user: &User) -> Value {
    json!({
        "id": user.id, "username": user.username, "full_name": user.name, "location": user.location,
        "company": user.company, "profile_url": user.website, "email": user.email(), "is_active": true,
        "type": "User", "url": has(&format!("/api/v1.1/users/{}/", user.username)),
    })
}

/// A user as v3 shows it to everybody.
pub fn v3_user(user: &User) -> Value {
    json!({
        "id": user.id, "username": user.username, "name": user.shown_name(), "email": user.email(),
        "state": user.state.name(), "blocked": user.state.is_blocked(), "is_admin": user.admin, "bio": user.bio,
        "website_url": user.website,
    })
}

/// A user as v4 shows it to administrators.
pub fn v4_user(user: &User) -> Value {
    json!({
        "id": user.id, "username": user.username, "name": user.shown_name(), "email": user.email(),
        "state": user.state.name(), "is_admin": user.admin, "bio": user.bio.as_deref().unwrap_or(""),
        "website_url": user.website, "location": text_or_null(&user.location),
        "organization": text_or_null(&user.company),
    })
}

/// What v4 shows of unset texts depends on the field; both forms say the same.
fn text_or_null(text: &str) -> Value {
    if text.is_empty() { json!(ANY) } else { json!(text) }
}

/// The same to everybody else.
pub fn v4_basic_user(user: &User) -> Value {
    json!({
        "id": user.id, "username": user.username, "name": user.shown_name(), "state": user.state.name(),
        "email": NONE, "is_admin": NONE, "note": NONE,
    })
}

/// The same to the user.
pub fn v4_current_user(user: &User) -> Value {
    let admin = if user.admin { json!(true) } else { json!(NONE) };
    json!({
        "id": user.id, "username": user.username, "name": user.shown_name(), "state": "active",
        "email": user.email(), "is_admin": admin, "website_url": user.website,
    })
}

/// A user as commands print it.
pub fn cli_user(user: &User) -> Value {
    json!({
        "id": user.id, "username": user.username, "name": user.name, "email": user.email(), "admin": user.admin,
        "blocked": user.state.is_blocked(), "state": user.state.name(), "bio": user.bio, "location": user.location,
        "company": user.company, "profile_url": user.website,
    })
}

/// A user's addresses as docker and the commands show them.
pub fn emails(user: &User) -> Value {
    let entry = |email: &crate::accounts::Email| json!({ "email": email.address, "verified": email.verified, "primary": email.id == user.primary });
    user.emails_in_order().into_iter().map(entry).collect()
}

/// The same as v4 shows them: without the primary one.
pub fn v4_emails(user: &User) -> Value {
    let others = user.emails.iter().filter(|email| email.id != user.primary);
    others.map(|email| v4_email(email.id, &email.address, email.verified)).collect()
}

pub fn v4_email(id: i64, address: &str, verified: bool) -> Value {
    json!({ "id": id, "email": address, "confirmed_at": if verified { json!(ANY) } else { Value::Null } })
}

pub fn key(key: &Key) -> Value {
    json!({ "id": key.id, "title": key.title, "key": key.line })
}

pub fn keys(accounts: &Accounts, user: i64) -> Value {
    accounts.keys_of(user).map(key).collect()
}
