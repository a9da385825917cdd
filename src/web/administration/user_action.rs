//! What an administrator can do to a whole account. Each action has a page of its own, which asks first.

use super::question::Question;
use super::user::Holdings;
use super::{USERS, named_user, path_of, state_text};
use crate::accounts::{Admin, Error, Moderated, UpdateUser, UserAttributes};
use crate::domain::{ModerationAction, State, Transition, User};
use crate::http::Request;
use crate::web::navigation::Section;
use crate::web::{Failure, Message, Session, Web, shell};
use hyper::StatusCode;
use jiff::Timestamp;
use std::sync::Arc;
use warp::reply::Response;

/// An action, and the words for it.
pub struct Action {
    /// The end of its path.
    pub name: &'static str,
    pub label: &'static str,
    /// The title of its page.
    question: &'static str,
    kind: Kind,
    /// What will happen, a sentence each.
    effects: &'static [&'static str],
    message: Message,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Moderate(ModerationAction),
    SetAdministrator(bool),
    EndSessions,
    Delete,
}

const SHUT_OUT: &str = "The password, tokens, SSH keys and sessions of the user stop working.";
const READMITTED: &str = "The user can sign in again, and the tokens and SSH keys work again.";

const ACTIONS: &[Action] = &[
    Action {
        name: "approve",
        label: "Approve",
        question: "Approve {user}?",
        kind: Kind::Moderate(ModerationAction::Approve),
        effects: &["The user can sign in."],
        message: Message::UserApproved,
    },
    Action {
        name: "reject",
        label: "Reject",
        question: "Reject {user}?",
        kind: Kind::Moderate(ModerationAction::Reject),
        effects: &[],
        message: Message::UserDeleted,
    },
    Action {
        name: "unblock",
        label: "Unblock",
        question: "Unblock {user}?",
        kind: Kind::Moderate(ModerationAction::Unblock),
        effects: &[READMITTED],
        message: Message::UserUnblocked,
    },
    Action {
        name: "unban",
        label: "Unban",
        question: "Unban {user}?",
        kind: Kind::Moderate(ModerationAction::Unban),
        effects: &[READMITTED],
        message: Message::UserUnbanned,
    },
    Action {
        name: "activate",
        label: "Activate",
        question: "Activate {user}?",
        kind: Kind::Moderate(ModerationAction::Activate),
        effects: &[READMITTED],
        message: Message::UserActivated,
    },
    Action {
        name: "make-administrator",
        label: "Make administrator",
        question: "Make {user} an administrator?",
        kind: Kind::SetAdministrator(true),
        effects: &["The user can do everything that you can do, to every account, yours included."],
        message: Message::AdministratorMade,
    },
    Action {
        name: "remove-administrator",
        label: "Remove administrator role",
        question: "Remove the administrator role of {user}?",
        kind: Kind::SetAdministrator(false),
        effects: &["The user can manage only the own account from now on."],
        message: Message::AdministratorRemoved,
    },
    Action {
        name: "end-sessions",
        label: "End all sessions",
        question: "End all sessions of {user}?",
        kind: Kind::EndSessions,
        effects: &["The user is signed out in every browser and has to sign in again.", "Personal access tokens stay."],
        message: Message::SessionsEnded,
    },
    Action {
        name: "deactivate",
        label: "Deactivate",
        question: "Deactivate {user}?",
        kind: Kind::Moderate(ModerationAction::Deactivate),
        effects: &[
            "Tokens and SSH keys of the user stop working.",
            "Signing in with the password reactivates the account.",
        ],
        message: Message::UserDeactivated,
    },
    Action {
        name: "block",
        label: "Block",
        question: "Block {user}?",
        kind: Kind::Moderate(ModerationAction::Block),
        effects: &[SHUT_OUT, "Nothing is deleted."],
        message: Message::UserBlocked,
    },
    Action {
        name: "ban",
        label: "Ban",
        question: "Ban {user}?",
        kind: Kind::Moderate(ModerationAction::Ban),
        effects: &[SHUT_OUT, "The account is marked as one that broke the rules. Nothing is deleted."],
        message: Message::UserBanned,
    },
    Action {
        name: "delete",
        label: "Delete",
        question: "Delete {user}?",
        kind: Kind::Delete,
        effects: &[],
        message: Message::UserDeleted,
    },
];

/// The actions that would do something. The use cases decide again.
pub fn applicable(user: &User, is_oneself: bool, now: Timestamp) -> Vec<&'static Action> {
    let applies = |action: &&Action| match action.kind {
        Kind::Moderate(moderation) => match user.state.after(moderation) {
            Transition::To(State::Deactivated) => user.is_dormant(now),
            Transition::To(state) => state != user.state && !(is_oneself && moderation.takes_rights()),
            Transition::Delete => true,
            Transition::Already | Transition::NoOp | Transition::Refused => false,
        },
        Kind::SetAdministrator(admin) => user.admin != admin,
        Kind::EndSessions | Kind::Delete => true,
    };
    ACTIONS.iter().filter(applies).collect()
}

/// `GET /admin/users/{id}/{action}`
pub async fn ask(web: Arc<Web>, request: Request, (session, admin): (Session, Admin)) -> Result<Response, Failure> {
    let (action, user) = (action(&request)?, named_user(&web, &request, &admin)?);
    let mut effects: Vec<String> = action.effects.iter().map(|effect| (*effect).to_owned()).collect();
    if action.deletes() {
        effects.push("The account is deleted, with everything that belongs to it:".into());
        effects.extend(Holdings::of(&web, &admin, &user).await?.0.sentences());
    }
    let question = Question {
        title: action.question.replace("{user}", user.username.as_str()),
        effects,
        button: action.label,
        is_destructive: action.is_destructive(),
        cancel: path_of(&user),
    };
    Ok(question.page(&web, &request, session, Section::Users))
}

/// `POST /admin/users/{id}/{action}`
pub async fn act(web: Arc<Web>, request: Request, (_, admin): (Session, Admin)) -> Result<Response, Failure> {
    let (action, user) = (action(&request)?, named_user(&web, &request, &admin)?);
    let accounts = &web.app.accounts;
    match action.kind {
        Kind::Moderate(moderation) => refuse(accounts.moderate(&admin, user.id, moderation).await?)?,
        Kind::SetAdministrator(admin_role) => {
            let attributes = UserAttributes { admin: Some(admin_role), ..UserAttributes::default() };
            accounts.update_user(&admin, user.id, UpdateUser { attributes, ..UpdateUser::default() }).await?;
        }
        Kind::EndSessions => drop(accounts.end_sessions(&admin, user.id).await?),
        Kind::Delete => drop(accounts.delete_user(&admin, user.id).await?),
    }
    let next = if action.deletes() { USERS.to_owned() } else { path_of(&user) };
    Ok(shell::done(&web.app, &request, &next, action.message))
}

fn action(request: &Request) -> Result<&'static Action, Failure> {
    let name = request.param("action");
    Ok(ACTIONS.iter().find(|action| action.name == name).ok_or(Error::NotFound)?)
}

/// An action that had no effect, because the user's state has changed since the page was shown.
fn refuse(moderated: Moderated) -> Result<(), Failure> {
    let reason = match moderated {
        Moderated::Done | Moderated::Already => return Ok(()),
        Moderated::NoOp(state) => format!("The user is in this state: {}.", state_text(state)),
        Moderated::Refused(refused) => format!("The reason: {refused}."),
    };
    Err(Failure::problem(StatusCode::CONFLICT, "Nothing was done", reason))
}

impl Action {
    fn deletes(&self) -> bool {
        matches!(self.kind, Kind::Delete | Kind::Moderate(ModerationAction::Reject))
    }

    fn is_destructive(&self) -> bool {
        match self.kind {
            Kind::Moderate(moderation) => moderation.takes_rights(),
            Kind::SetAdministrator(admin) => !admin,
            Kind::EndSessions | Kind::Delete => true,
        }
    }
}
