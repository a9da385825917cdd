//! What may be done.

use crate::accounts::Accounts;
use std::fmt;

/// Where it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    Docker,
    V3,
    V4,
    Cli,
}

/// With what. Numbers of tokens and users are taken modulo what there is.
#[derive(Clone, Copy, Debug)]
pub enum Credential {
    Nothing,
    Junk,
    /// As `PRIVATE-TOKEN` or as `Authorization: Bearer`.
    Token(usize),
    /// As the password of Basic.
    TokenAsPassword(usize),
    Password {
        user: i64,
        right: bool,
    },
}

/// How a body is written (SPEC 2: all mean the same).
#[derive(Clone, Copy, Debug)]
pub enum Form {
    Json,
    UrlEncoded,
    Multipart,
}

/// What an administrator changes of a user.
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

/// What docker's users change of themselves.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    pub full_name: Option<&'static str>,
    pub location: Option<&'static str>,
    pub company: Option<&'static str>,
    pub profile_url: Option<&'static str>,
}

/// `doc/api/user_moderation.md` of GitLab; v3 and the commands know the first two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    Block,
    Unblock,
    Ban,
    Unban,
    Deactivate,
    Activate,
    Approve,
    Reject,
}

impl Move {
    pub fn name(self) -> &'static str {
        match self {
            Move::Block => "block",
            Move::Unblock => "unblock",
            Move::Ban => "ban",
            Move::Unban => "unban",
            Move::Deactivate => "deactivate",
            Move::Activate => "activate",
            Move::Approve => "approve",
            Move::Reject => "reject",
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub enum Filter {
    Everybody,
    Active,
    Blocked,
    Name(&'static str),
    /// v3 and the commands.
    Search(&'static str),
}

#[derive(Clone, Copy, Debug)]
pub enum Address {
    Written(&'static str),
    /// The one at that place among the user's, modulo how many there are.
    Theirs(usize),
}

impl Address {
    pub fn of(self, accounts: &Accounts, user: i64) -> String {
        match self {
            Address::Written(text) => text.to_owned(),
            Address::Theirs(at) => {
                let emails = accounts.users.get(&user).map(|user| &user.emails);
                emails.map_or("gone@example.com".into(), |emails| emails[at % emails.len()].address.clone())
            }
        }
    }
}

/// Users are named by id, from 1; nobody has the highest ones.
#[derive(Clone, Debug)]
pub enum Operation {
    CreateUser { door: Door, username: &'static str, email: &'static str, name: &'static str, admin: bool, vouch: bool },
    UpdateUser { door: Door, user: i64, change: Change },
    UpdateProfile { user: i64, profile: Profile },
    DeleteUser { door: Door, user: i64 },
    MoveUser { door: Door, user: i64, to: Move },
    ShowUser { door: Door, user: i64 },
    ShowSelf { door: Door },
    ListUsers { door: Door, filter: Filter },
    ListEmails { door: Door, user: i64 },
    AddEmail { door: Door, user: i64, own: bool, address: &'static str, vouch: bool },
    ChangeEmail { door: Door, user: i64, address: Address, verify: Option<bool>, primary: Option<bool> },
    RemoveEmail { door: Door, user: i64, own: bool, address: Address },
    ListKeys { door: Door, user: i64, own: bool },
    AddKey { door: Door, user: i64, own: bool, title: &'static str, file: &'static str },
    RemoveKey { door: Door, user: i64, own: bool, key: i64 },
    MakeToken { door: Door, user: i64, own: bool, scopes: &'static [&'static str] },
    RevokeToken { door: Door, token: Option<usize> },
    RotateToken { token: Option<usize> },
    SignIn { user: i64, by_address: bool, right: bool },
}

/// An operation, who does it and how it is written.
#[derive(Clone)]
pub struct Step {
    pub operation: Operation,
    pub by: Credential,
    pub form: Form,
    /// Whether the path has its final slash, and which of two equal headers carries the token.
    pub slash: bool,
}

/// One line.
impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} by {:?}, {:?}", self.operation, self.by, self.form)
    }
}

/// What is done one after the other, and how the server is started.
#[derive(Clone)]
pub struct Sequence {
    pub steps: Vec<Step>,
    /// `--gitlab-errors precise`.
    pub precise: bool,
}

/// A line a step.
impl fmt::Debug for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "--gitlab-errors {}", if self.precise { "precise" } else { "documented" })?;
        self.steps.iter().try_for_each(|step| writeln!(f, "  {step:?}"))
    }
}
