//! Why a step is refused, and how each interface says so.

use crate::accounts::State;
use crate::expected::{ANY, Expected, containing};
use crate::operations::{Interface, Transition};
use serde_json::{Value, json};

/// Why a step is refused.
#[derive(Clone, Debug)]
pub enum Refusal {
    Unauthenticated,
    /// The caller's token, which v4 says.
    TokenRevoked,
    /// The token lacks this scope.
    Scope(&'static str),
    NotAdmin,
    /// docker: the account is not the caller's.
    OtherAccount,
    /// There is no such `User`, `Key`, `Email` or `Token`.
    NotFound(&'static str),
    /// The user to delete.
    UserAlreadyDeleted,
    /// The caller's key to delete.
    OwnKeyAlreadyDeleted,
    /// The names of the attributes.
    Invalid(Vec<&'static str>),
    /// A command without any attribute.
    NothingToChange,
    /// `Email`, `Username`, `Key`.
    Taken(&'static str),
    LastAdmin,
    ListNeedsUsername,
    /// The transition is not possible from this state.
    WrongState(Transition, State),
    /// Administrators cannot block themselves.
    OwnAccount,
    /// An active user cannot be deactivated as dormant.
    RecentlyActive,
    NotRotatable,
}

impl Refusal {
    /// The response of an interface. For `precise`, see SPEC 5, "Refusals".
    pub fn response(&self, interface: Interface, precise: bool) -> Expected {
        match interface {
            Interface::Docker => self.docker_response(),
            Interface::V3 => self.v3_response(precise),
            Interface::V4 => self.v4_response(),
            Interface::Cli => Expected { status: self.exit_code(), body: containing(self.command_message()) },
        }
    }

    /// SPEC 4.
    fn docker_response(&self) -> Expected {
        let detail = |status| Expected { status, body: json!({ "detail": ANY }) };
        match self {
            Refusal::Unauthenticated | Refusal::TokenRevoked => detail(401),
            Refusal::Scope(_) | Refusal::OtherAccount => detail(403),
            Refusal::NotFound(_) => detail(404),
            Refusal::Invalid(names) => {
                Expected { status: 400, body: names.iter().map(|name| (docker_name(name), json!([ANY]))).collect() }
            }
            Refusal::Taken(_) => Expected { status: 400, body: json!({ "email": [ANY] }) },
            other => panic!("docker's dialect has no {other:?}"),
        }
    }

    /// SPEC 5.
    fn v3_response(&self, precise: bool) -> Expected {
        let message = |status, body: Value| Expected { status, body: json!({ "message": body }) };
        let status = |precisely| if precise { precisely } else { 404 };
        match self {
            Refusal::Unauthenticated | Refusal::TokenRevoked => message(401, json!("401 Unauthorized")),
            Refusal::Scope(_) | Refusal::NotAdmin => message(403, json!("403 Forbidden")),
            Refusal::LastAdmin => message(403, containing("last active administrator")),
            Refusal::OwnAccount | Refusal::WrongState(..) => message(403, containing("403 Forbidden - ")),
            Refusal::UserAlreadyDeleted if !precise => Expected { status: 200, body: Value::Null },
            Refusal::NotFound(_) | Refusal::UserAlreadyDeleted => message(404, json!("404 Not found")),
            Refusal::OwnKeyAlreadyDeleted => Expected { status: 200, body: Value::Null },
            Refusal::Invalid(names) => message(status(400), reasons(names)),
            Refusal::Taken("Key") => {
                let taken = json!(["has already been taken"]);
                message(status(400), json!({ "key": taken, "fingerprint": taken }))
            }
            Refusal::Taken("Email") => message(status(409), containing("Email has already been taken by ")),
            Refusal::Taken(what) => message(status(409), json!(format!("{what} has already been taken"))),
            other => panic!("v3 has no {other:?}"),
        }
    }

    /// src/gitlab/README.md, "v4", "Refusals".
    fn v4_response(&self) -> Expected {
        let message = |status, body: Value| Expected { status, body: json!({ "message": body }) };
        match self {
            Refusal::Unauthenticated => message(401, json!("401 Unauthorized")),
            Refusal::TokenRevoked => {
                let body = json!({ "error": "invalid_token", "error_description": containing("Token was revoked.") });
                Expected { status: 401, body }
            }
            Refusal::Scope(scope) => {
                let body =
                    json!({ "error": "insufficient_scope", "error_description": ANY, "scope": containing(scope) });
                Expected { status: 403, body }
            }
            Refusal::NotAdmin => message(403, json!("403 Forbidden")),
            Refusal::LastAdmin => message(403, containing("last active administrator")),
            Refusal::ListNeedsUsername => message(403, containing("403 Forbidden")),
            // The page on tokens does not give the message.
            Refusal::NotFound("Token") => message(404, containing("404")),
            Refusal::NotFound(what) => message(404, json!(format!("404 {what} Not Found"))),
            Refusal::UserAlreadyDeleted => message(404, json!("404 User Not Found")),
            Refusal::OwnKeyAlreadyDeleted => message(404, json!("404 Key Not Found")),
            Refusal::Invalid(names) => message(400, reasons(names)),
            Refusal::Taken("Key") => {
                let taken = json!(["has already been taken"]);
                message(400, json!({ "key": taken, "fingerprint": taken }))
            }
            Refusal::Taken("Own email") => message(400, json!({ "email": [containing("has already been taken")] })),
            Refusal::Taken("Email") => message(409, containing("Email has already been taken by ")),
            Refusal::Taken(what) => message(409, json!(format!("{what} has already been taken"))),
            Refusal::OwnAccount | Refusal::RecentlyActive => message(403, containing("403")).with_any_message(),
            Refusal::WrongState(transition, state) => message(status_of_wrong_state(*transition, *state), json!(ANY)),
            Refusal::NotRotatable => message(405, containing("405")),
            Refusal::OtherAccount | Refusal::NothingToChange => panic!("v4 has no such refusal"),
        }
    }

    /// 2 for arguments that make no command, 1 for everything else.
    fn exit_code(&self) -> u16 {
        if matches!(self, Refusal::NothingToChange) { 2 } else { 1 }
    }

    fn command_message(&self) -> &'static str {
        match self {
            Refusal::NotFound(_) | Refusal::UserAlreadyDeleted => "not found",
            Refusal::Taken(_) => "has already been taken",
            Refusal::LastAdmin => "last active administrator",
            Refusal::NothingToChange => "nothing to change",
            Refusal::WrongState(..) => "the user is ",
            Refusal::Invalid(names) => names[0],
            _ => "accountd: ",
        }
    }
}

impl Expected {
    /// The documentation gives no wording, so only the status is compared.
    fn with_any_message(self) -> Expected {
        Expected { body: json!({ "message": ANY }), ..self }
    }
}

/// `doc/api/user_moderation.md`: 409 to approve or reject a user who is not pending, 403 for everything else.
fn status_of_wrong_state(transition: Transition, state: State) -> u16 {
    match (transition, state) {
        (Transition::Approve, State::Active | State::Deactivated) | (Transition::Reject, _) => 409,
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
