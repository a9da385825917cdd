//! `accountd user …`

use super::arguments::{Common, UserArgs};
use super::database::{self, Database, notice_taken, wait};
use super::outcome::{Failure, Outcome, notice};
use super::password::PasswordSource;
use super::password_link::{self, InviteArgs, ResetLinkArgs};
use super::show;
use super::user_update::UpdateArgs;
use crate::accounts::{
    CreateUser, Error, Moderated, ProfileChange, Refused, Search, UpdateUser, UserAttributes, UserQuery,
};
use crate::domain::{EmailAddress, Field, Invalid, ModerationAction, SingleLineText, State, User, Username};
use crate::store::{self, read_only};
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Add a user, and prompt for the password
    #[command(
        after_help = "Example: accountd user add jane --email jane@example.com --name 'Jane Doe' --admin --generate"
    )]
    Add(AddArgs),
    /// List users
    #[command(after_help = "Example: accountd user list --search example.com --json")]
    List {
        /// Only users with this text in the user name, name or an address
        #[arg(long)]
        search: Option<String>,
        /// Only users who are not blocked
        #[arg(long, conflicts_with = "blocked")]
        active: bool,
        /// Only users who are blocked
        #[arg(long)]
        blocked: bool,
    },
    /// Show one user
    #[command(after_help = "Example: accountd user show jane")]
    Show(UserArgs),
    /// Change attributes of a user
    #[command(after_help = "Example: accountd user update jane --name 'Jane Roe' --admin true")]
    Update(Box<UpdateArgs>),
    /// Set a new password, which ends the user's sessions
    #[command(after_help = "Example: accountd user password jane --generate")]
    Password {
        /// The user name
        username: String,
        #[command(flatten)]
        password: PasswordSource,
    },
    /// Add a user without a password, and print a link that sets one
    #[command(
        after_help = "Example: accountd user invite jane --email jane@example.com --base-url https://accounts.example.com"
    )]
    Invite(InviteArgs),
    /// Print a link that sets a new password for a user who forgot it
    #[command(after_help = "Example: accountd user reset-link jane --base-url https://accounts.example.com")]
    ResetLink(ResetLinkArgs),
    /// Block a user, with immediate effect
    #[command(after_help = "Example: accountd user block jane")]
    Block(UserArgs),
    /// Unblock a user
    #[command(after_help = "Example: accountd user unblock jane")]
    Unblock(UserArgs),
    /// Delete a user with all addresses, keys and tokens
    #[command(after_help = "Example: accountd user delete jane")]
    Delete(UserArgs),
}

#[derive(Args, Debug)]
pub struct AddArgs {
    /// The user name
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

pub fn run(common: &Common, command: UserCommand) -> Outcome {
    match command {
        UserCommand::Add(args) => add(common, &args),
        UserCommand::List { search, active, blocked } => {
            let search = search.map(Search::Within);
            let query = UserQuery { search, active, blocked, limit: u64::from(u32::MAX), ..UserQuery::default() };
            let db = Database::open(common)?;
            show::list(common, &wait(db.accounts.users(&db.operator, query, 0))??.users)
        }
        UserCommand::Show(args) => show::one(common, &Database::open(common)?.user(&args.username)?),
        UserCommand::Update(args) => {
            let change = args.change().map_err(Error::from)?;
            let db = Database::open(common)?;
            let user = db.user(&args.username)?;
            let owner = change.email.as_ref().map(|address| db.owner_of(address)).transpose()?.flatten();
            let user = wait(db.accounts.update_user(&db.operator, user.id, change))??;
            notice_taken(&user.email, owner, user.id);
            done(common, &user, "changed")
        }
        UserCommand::Password { username, password } => set_password(common, &username, &password),
        UserCommand::Invite(args) => password_link::invite(common, &args),
        UserCommand::ResetLink(args) => password_link::reset(common, &args),
        UserCommand::Block(args) => moderate(common, &args.username, ModerationAction::Block, "blocked"),
        UserCommand::Unblock(args) => moderate(common, &args.username, ModerationAction::Unblock, "unblocked"),
        UserCommand::Delete(args) => {
            let db = Database::open(common)?;
            let user = db.user(&args.username)?;
            let deleted = wait(db.accounts.delete_user(&db.operator, user.id))??;
            done(common, &deleted, "deleted")?;
            // The user is gone, whether or not this succeeds.
            if let Err(error) = wait(db.accounts.purge_deleted_users())? {
                notice(format!("{error}: rows of the user are left, and the server will delete them"));
            }
            Ok(())
        }
    }
}

fn add(common: &Common, args: &AddArgs) -> Outcome {
    let mut invalid = Invalid::default();
    let username = invalid.keep(Field::Username, Username::parse(&args.username));
    let email = invalid.keep(Field::Email, EmailAddress::parse(&args.email));
    let name = invalid.keep(Field::Name, SingleLineText::parse(&args.name));
    invalid.into_result().map_err(Error::from)?;
    let (Some(username), Some(email)) = (username, email) else { return Err(Failure::new("nothing to add")) };
    refuse_taken(common, &username, &email)?;
    // Before the database is opened, so that a refused password leaves no new file behind.
    let password = args.password.choose()?;
    let db = Database::open_or_create(common)?;
    let new = CreateUser {
        username,
        email,
        verified: true,
        attributes: UserAttributes {
            password: Some(password.clone()),
            admin: Some(args.admin),
            profile: ProfileChange { name, ..ProfileChange::default() },
            ..UserAttributes::default()
        },
    };
    let owner = db.owner_of(&new.email)?;
    let user = wait(db.accounts.create_user(&db.operator, new))??;
    notice_taken(&user.email, owner, user.id);
    args.password.done(common, &user, &password, &sentence(&user, "added"))
}

/// Checks before anyone types a password. A database that is missing or needs migration is left to the command itself.
pub fn refuse_taken(common: &Common, username: &Username, email: &EmailAddress) -> Outcome {
    let taken = read_only(&database::path(common)?, |db| {
        if let Some(row) = db.email(email)?.filter(|row| !row.email.can_be_reassigned()) {
            return Ok(db.user(row.user_id)?.map(|owner| Error::EmailTakenBy(owner.username)));
        }
        Ok(db.user_by_name(username.as_str())?.map(|_| Error::Taken(Field::Username)))
    });
    match taken {
        Ok(Some(error)) => Err(error.into()),
        Ok(None) | Err(store::Error::Missing(_) | store::Error::Older { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn set_password(common: &Common, username: &str, source: &PasswordSource) -> Outcome {
    let db = Database::open(common)?;
    let user = db.user(username)?;
    let password = source.choose()?;
    let attributes = UserAttributes { password: Some(password.clone()), ..UserAttributes::default() };
    let change = UpdateUser { attributes, ..UpdateUser::default() };
    let user = wait(db.accounts.update_user(&db.operator, user.id, change))??;
    source.done(common, &user, &password, &sentence(&user, "has a new password"))
}

fn moderate(common: &Common, username: &str, action: ModerationAction, outcome: &str) -> Outcome {
    let db = Database::open(common)?;
    let user = db.user(username)?;
    let refused = match wait(db.accounts.moderate(&db.operator, user.id, action))?? {
        Moderated::Done => return done(common, &db.user(username)?, outcome),
        Moderated::Already | Moderated::NoOp(State::Active) => {
            return done(common, &user, &format!("is already {outcome}"));
        }
        Moderated::NoOp(state) => Refused::State(state),
        Moderated::Refused(refused) => refused,
    };
    Err(Failure::new(format!("user {username:?}: {refused}")))
}

fn done(common: &Common, user: &User, outcome: &str) -> Outcome {
    show::done(common, user, &sentence(user, outcome))
}

fn sentence(user: &User, outcome: &str) -> String {
    format!("user {} (id {}) {outcome}", user.username, user.id)
}
