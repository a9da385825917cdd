//! `accountd user …`

use super::arguments::Common;
use super::database::{Database, wait};
use super::outcome::{Failure, Outcome, print};
use super::password::{Chosen, PasswordSource};
use super::show;
use crate::accounts::{
    CreateUser, IdentityChange, Moderated, ProfileChange, Refused, Search, UpdateUser, UserAttributes, UserQuery,
};
use crate::domain::{
    EmailAddress, Field, Invalid, ModerationAction, SingleLineText, State, User, Username, WebUrl, projects_limit,
};
use clap::{Args, Subcommand};
use serde_json::Value;

#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Add a user; asks for the password
    #[command(
        after_help = "Example: accountd user add jane --email jane@example.com --name 'Jane Doe' --admin --generate"
    )]
    Add(AddArgs),
    /// List users
    #[command(after_help = "Example: accountd user list --search example.com --json")]
    List(ListArgs),
    /// Show one user
    #[command(after_help = "Example: accountd user show jane")]
    Show(UserArgs),
    /// Change attributes of a user
    #[command(after_help = "Example: accountd user update jane --name 'Jane Roe' --admin true")]
    Update(Box<UpdateArgs>),
    /// Set a new password, which ends the user's sessions
    #[command(after_help = "Example: accountd user password jane --generate")]
    Password(PasswordArgs),
    /// Keep a user out, at once
    #[command(after_help = "Example: accountd user block jane")]
    Block(UserArgs),
    /// Let a blocked user in again
    #[command(after_help = "Example: accountd user unblock jane")]
    Unblock(UserArgs),
    /// Delete a user with all addresses, keys and tokens
    #[command(after_help = "Example: accountd user delete jane")]
    Delete(UserArgs),
}

#[derive(Args, Debug)]
pub struct AddArgs {
    /// The user's name
    username: String,
    /// The primary email address
    #[arg(long)]
    email: String,
    /// The person's name
    #[arg(long, default_value = "")]
    name: String,
    /// Make the user an administrator
    #[arg(long)]
    admin: bool,
    #[command(flatten)]
    password: PasswordSource,
}

#[derive(Args, Debug)]
pub struct ListArgs {
    /// Only users with this text in user name, name or address
    #[arg(long)]
    search: Option<String>,
    /// Only users who are not blocked
    #[arg(long, conflicts_with = "blocked")]
    active: bool,
    /// Only users who are blocked
    #[arg(long)]
    blocked: bool,
}

#[derive(Args, Debug)]
pub struct UserArgs {
    /// The user's name
    username: String,
}

#[derive(Args, Debug)]
pub struct PasswordArgs {
    /// The user's name
    username: String,
    #[command(flatten)]
    password: PasswordSource,
}

#[derive(Args, Debug)]
pub struct UpdateArgs {
    /// The user's name
    username: String,
    /// A new user name
    #[arg(long)]
    rename: Option<String>,
    /// The new primary address
    #[arg(long)]
    email: Option<String>,
    /// The person's name
    #[arg(long)]
    name: Option<String>,
    /// Whether the user is an administrator
    #[arg(long, value_name = "BOOL")]
    admin: Option<bool>,
    /// About the user; "" removes it
    #[arg(long)]
    bio: Option<String>,
    /// Name at Skype
    #[arg(long)]
    skype: Option<String>,
    /// Name at LinkedIn
    #[arg(long)]
    linkedin: Option<String>,
    /// Name at Twitter
    #[arg(long)]
    twitter: Option<String>,
    /// Where the user lives
    #[arg(long)]
    location: Option<String>,
    /// Where the user works
    #[arg(long)]
    company: Option<String>,
    /// Web site, http or https
    #[arg(long)]
    profile_url: Option<String>,
    /// The address that Gravatar knows; "" is the primary one
    #[arg(long)]
    gravatar_email: Option<String>,
    /// How many projects a git host may let the user have
    #[arg(long, value_name = "N")]
    projects_limit: Option<i64>,
    /// Whether a git host may let the user make groups
    #[arg(long, value_name = "BOOL")]
    can_create_group: Option<bool>,
    /// Who the user is at --provider
    #[arg(long)]
    extern_uid: Option<String>,
    /// The other service that knows the user as --extern-uid
    #[arg(long)]
    provider: Option<String>,
}

pub fn run(common: &Common, command: UserCommand) -> Outcome {
    match command {
        UserCommand::Add(args) => add(common, &args),
        UserCommand::List(args) => list(common, args),
        UserCommand::Show(args) => show::one(common, &Database::open(common)?.user(&args.username)?),
        UserCommand::Update(args) => {
            let change = args.change().map_err(crate::accounts::Error::from)?;
            let user = update(common, &args.username, change)?;
            done(common, &user, "changed")
        }
        UserCommand::Password(args) => set_password(common, &args),
        UserCommand::Block(args) => moderate(common, &args.username, ModerationAction::Block, "blocked"),
        UserCommand::Unblock(args) => moderate(common, &args.username, ModerationAction::Unblock, "unblocked"),
        UserCommand::Delete(args) => {
            let db = Database::open(common)?;
            let user = db.user(&args.username)?;
            let user = wait(db.accounts.delete_user(&db.operator, user.id))??;
            done(common, &user, "deleted")
        }
    }
}

fn add(common: &Common, args: &AddArgs) -> Outcome {
    let mut invalid = Invalid::default();
    let username = invalid.keep(Field::Username, Username::parse(&args.username));
    let email = invalid.keep(Field::Email, EmailAddress::parse(&args.email));
    let name = invalid.keep(Field::Name, SingleLineText::parse(&args.name));
    invalid.into_result().map_err(crate::accounts::Error::from)?;
    let (Some(username), Some(email)) = (username, email) else { return Err(Failure::new("nothing to add")) };
    // Before the database, so that a refusal leaves no new file behind.
    let Chosen { password, generated } = args.password.choose()?;
    let db = Database::open_or_create(common)?;
    let secret = generated.then(|| password.clone());
    let new = CreateUser {
        username,
        email,
        verified: true,
        attributes: UserAttributes {
            password: Some(password),
            admin: Some(args.admin),
            profile: ProfileChange { name, ..ProfileChange::default() },
            ..UserAttributes::default()
        },
    };
    let user = wait(db.accounts.create_user(&db.operator, new))??;
    with_password(common, &user, "added", secret)
}

fn list(common: &Common, args: ListArgs) -> Outcome {
    let db = Database::open(common)?;
    let ListArgs { search, active, blocked } = args;
    let everything = u64::from(u32::MAX);
    let search = search.map(Search::Within);
    let query = UserQuery { search, active, blocked, limit: everything, ..UserQuery::default() };
    let found = wait(db.accounts.users(&db.operator, query, 0))??;
    show::list(common, &found.users)
}

fn set_password(common: &Common, args: &PasswordArgs) -> Outcome {
    let db = Database::open(common)?;
    let user = db.user(&args.username)?;
    let Chosen { password, generated } = args.password.choose()?;
    let secret = generated.then(|| password.clone());
    let attributes = UserAttributes { password: Some(password), ..UserAttributes::default() };
    let change = UpdateUser { attributes, ..UpdateUser::default() };
    let user = wait(db.accounts.update_user(&db.operator, user.id, change))??;
    with_password(common, &user, "has a new password", secret)
}

fn moderate(common: &Common, username: &str, action: ModerationAction, done_word: &str) -> Outcome {
    let db = Database::open(common)?;
    let user = db.user(username)?;
    match wait(db.accounts.moderate(&db.operator, user.id, action))?? {
        Moderated::Done | Moderated::Already | Moderated::NoOp(State::Active) => {}
        Moderated::NoOp(state) => return Err(Failure::new(format!("user {username:?}: {}", Refused::State(state)))),
        Moderated::Refused(refused) => return Err(Failure::new(format!("user {username:?}: {refused}"))),
    }
    done(common, &db.user(username)?, done_word)
}

fn update(common: &Common, username: &str, change: UpdateUser) -> Result<User, Failure> {
    let db = Database::open(common)?;
    let user = db.user(username)?;
    Ok(wait(db.accounts.update_user(&db.operator, user.id, change))??)
}

fn done(common: &Common, user: &User, what: &str) -> Outcome {
    with_password(common, user, what, None)
}

/// Says what happened; a password that was made here is shown now or never.
fn with_password(common: &Common, user: &User, what: &str, secret: Option<crate::domain::Password>) -> Outcome {
    if common.json {
        let mut json = show::Record::json(user);
        if let (Value::Object(fields), Some(secret)) = (&mut json, secret) {
            fields.insert("password".into(), secret.expose().into());
        }
        return show::print_json(&json);
    }
    let secret = secret.map(|secret| format!("password: {}\n", secret.expose())).unwrap_or_default();
    print(&format!("user {} (id {}) {what}\n{secret}", user.username, user.id))
}

impl UpdateArgs {
    fn change(&self) -> Result<UpdateUser, Invalid> {
        let mut invalid = Invalid::default();
        let mut line = |field, text: &Option<String>| {
            text.as_ref().and_then(|text| invalid.keep(field, SingleLineText::parse(text)))
        };
        let mut attributes = UserAttributes {
            admin: self.admin,
            bio: line(Field::Bio, &self.bio).map(|bio| Some(bio).filter(|bio| !bio.is_empty())),
            skype: line(Field::Skype, &self.skype),
            linkedin: line(Field::Linkedin, &self.linkedin),
            twitter: line(Field::Twitter, &self.twitter),
            can_create_group: self.can_create_group,
            identity: IdentityChange { provider: self.provider.clone(), extern_uid: self.extern_uid.clone() },
            profile: ProfileChange {
                name: line(Field::Name, &self.name),
                location: line(Field::Location, &self.location),
                company: line(Field::Company, &self.company),
                ..ProfileChange::default()
            },
            ..UserAttributes::default()
        };
        let limit = |number| invalid.keep(Field::ProjectsLimit, projects_limit(number));
        attributes.projects_limit = self.projects_limit.and_then(limit);
        let username = self.rename.as_ref().and_then(|name| invalid.keep(Field::Username, Username::parse(name)));
        let email = self.email.as_ref().and_then(|text| invalid.keep(Field::Email, EmailAddress::parse(text)));
        let url = |text: &String| invalid.keep(Field::ProfileUrl, WebUrl::parse(text));
        attributes.profile.profile_url = self.profile_url.as_ref().and_then(url);
        attributes.profile.gravatar_email = match self.gravatar_email.as_deref() {
            None => None,
            Some("") => Some(None),
            Some(text) => invalid.keep(Field::GravatarEmail, EmailAddress::parse(text)).map(Some),
        };
        invalid.into_result()?;
        Ok(UpdateUser { username, email, attributes })
    }
}
