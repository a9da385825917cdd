//! The operations of the model and how a step performs one.

use crate::accounts::Accounts;
use std::fmt;

/// Where an operation is performed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interface {
    Docker,
    V3,
    V4,
    Cli,
}

/// What a step authenticates with. An index of a token is taken modulo the number of tokens.
#[derive(Clone, Copy, Debug)]
pub enum Credential {
    Missing,
    /// A token that never existed.
    Unknown,
    /// In `PRIVATE-TOKEN` or `Authorization: Bearer`.
    Token(usize),
    /// As the password in `Authorization: Basic`.
    TokenAsPassword(usize),
    Password {
        user: i64,
        correct: bool,
    },
}

/// How a body is encoded (SPEC 2: all formats mean the same).
#[derive(Clone, Copy, Debug)]
pub enum BodyFormat {
    Json,
    UrlEncoded,
    Multipart,
}

/// What an administrator changes about a user.
#[derive(Clone, Debug, Default)]
pub struct Change {
    pub username: Option<&'static str>,
    pub email: Option<&'static str>,
    pub name: Option<&'static str>,
    pub bio: Option<&'static str>,
    pub website: Option<&'static str>,
    pub password: Option<&'static str>,
    pub admin: Option<bool>,
}

impl Change {
    /// Whether it changes none of the attributes that a command can change.
    pub fn is_empty_command(&self) -> bool {
        let texts = [self.username, self.email, self.name, self.bio, self.website];
        texts.iter().all(Option::is_none) && self.admin.is_none()
    }
}

/// What a user changes about themself in docker's dialect.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    pub full_name: Option<&'static str>,
    pub location: Option<&'static str>,
    pub company: Option<&'static str>,
    pub profile_url: Option<&'static str>,
}

/// A change of an account's state, as in GitLab's `doc/api/user_moderation.md`. v3 and the commands have the first two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transition {
    Block,
    Unblock,
    Ban,
    Unban,
    Deactivate,
    Activate,
    Approve,
    Reject,
}

impl Transition {
    pub fn name(self) -> &'static str {
        match self {
            Transition::Block => "block",
            Transition::Unblock => "unblock",
            Transition::Ban => "ban",
            Transition::Unban => "unban",
            Transition::Deactivate => "deactivate",
            Transition::Activate => "activate",
            Transition::Approve => "approve",
            Transition::Reject => "reject",
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub enum Filter {
    All,
    Active,
    Blocked,
    Name(&'static str),
    /// Only in v3 and the commands.
    Search(&'static str),
}

#[derive(Clone, Copy, Debug)]
pub enum Address {
    Literal(&'static str),
    /// The user's address with this index, modulo their number.
    OfUser(usize),
}

impl Address {
    pub fn of(self, accounts: &Accounts, user: i64) -> String {
        match self {
            Address::Literal(text) => text.to_owned(),
            Address::OfUser(at) => {
                let emails = accounts.users.get(&user).map(|user| &user.emails);
                emails.map_or("gone@example.com".into(), |emails| emails[at % emails.len()].address.clone())
            }
        }
    }
}

type Text = &'static str;

/// Users are given by id. `own` says that the path is that of the caller, so that the id is not used; `verified`, that
/// the caller asserts that the address is.
#[derive(Clone, Debug)]
pub enum Operation {
    CreateUser { interface: Interface, username: Text, email: Text, name: Text, admin: bool, verified: bool },
    UpdateUser { interface: Interface, user: i64, change: Change },
    UpdateProfile { user: i64, profile: Profile },
    DeleteUser { interface: Interface, user: i64 },
    ChangeState { interface: Interface, user: i64, transition: Transition },
    ShowUser { interface: Interface, user: i64 },
    ShowSelf { interface: Interface },
    ListUsers { interface: Interface, filter: Filter },
    ListEmails { interface: Interface, user: i64 },
    AddEmail { interface: Interface, user: i64, own: bool, address: Text, verified: bool },
    ChangeEmail { interface: Interface, user: i64, address: Address, verify: Option<bool>, primary: Option<bool> },
    RemoveEmail { interface: Interface, user: i64, own: bool, address: Address },
    ListKeys { interface: Interface, user: i64, own: bool },
    AddKey { interface: Interface, user: i64, own: bool, title: Text, file: Text },
    RemoveKey { interface: Interface, user: i64, own: bool, key: i64 },
    CreateToken { interface: Interface, user: i64, own: bool, scopes: &'static [Text] },
    RevokeToken { interface: Interface, token: Option<usize> },
    RotateToken { token: Option<usize> },
    SignIn { user: i64, by_address: bool, correct: bool },
}

/// An operation, its credential and how its request is written.
#[derive(Clone)]
pub struct Step {
    pub operation: Operation,
    pub credential: Credential,
    pub format: BodyFormat,
    /// Adds a slash to the path and sends a token as Bearer. Neither changes the meaning.
    pub variant: bool,
}

/// On one line.
impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} by {:?}, {:?}", self.operation, self.credential, self.format)
    }
}

/// Steps performed one after another, on a new server.
#[derive(Clone)]
pub struct Sequence {
    pub steps: Vec<Step>,
    /// `--gitlab-errors precise`.
    pub precise: bool,
}

/// One line per step.
impl fmt::Debug for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "--gitlab-errors {}", if self.precise { "precise" } else { "documented" })?;
        self.steps.iter().try_for_each(|step| writeln!(f, "  {step:?}"))
    }
}
