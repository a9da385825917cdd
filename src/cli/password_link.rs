//! `accountd user invite` and `accountd user reset-link`: links with which users set a password.

use super::arguments::Common;
use super::database::{Database, notice_taken, wait};
use super::outcome::{Failure, Outcome};
use super::show;
use super::user::refuse_taken;
use crate::accounts::{CreateUser, Error, LinkPurpose, ProfileChange, UserAttributes};
use crate::app::base_url;
use crate::domain::{EmailAddress, Field, Invalid, SingleLineText, User, Username};
use crate::web::password_link_path;
use clap::Args;

/// The address of the server that the link leads to.
#[derive(Args, Debug)]
pub struct ServerUrl {
    /// The address of the server, as browsers reach it: the start of the link
    #[arg(long, value_name = "URL", required = true, value_parser = base_url)]
    base_url: String,
}

#[derive(Args, Debug)]
pub struct InviteArgs {
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
    server: ServerUrl,
}

#[derive(Args, Debug)]
pub struct ResetLinkArgs {
    /// The user name
    username: String,
    #[command(flatten)]
    server: ServerUrl,
}

/// Adds a user without a password, and prints a link that sets one.
pub fn invite(common: &Common, args: &InviteArgs) -> Outcome {
    let mut invalid = Invalid::default();
    let username = invalid.keep(Field::Username, Username::parse(&args.username));
    let email = invalid.keep(Field::Email, EmailAddress::parse(&args.email));
    let name = invalid.keep(Field::Name, SingleLineText::parse(&args.name));
    invalid.into_result().map_err(Error::from)?;
    let (Some(username), Some(email)) = (username, email) else { return Err(Failure::new("nothing to add")) };
    refuse_taken(common, &username, &email)?;
    let db = Database::open_or_create(common)?;
    let profile = ProfileChange { name, ..ProfileChange::default() };
    let attributes = UserAttributes { admin: Some(args.admin), profile, ..UserAttributes::default() };
    let owner = db.owner_of(&email)?;
    let new = CreateUser { username, email, verified: true, attributes };
    let user = wait(db.accounts.create_user(&db.operator, new))??;
    notice_taken(&user.email, owner, user.id);
    print(common, &db, &args.server, &user, LinkPurpose::Invitation)
}

/// Prints a link that sets a new password. The old one works until then.
pub fn reset(common: &Common, args: &ResetLinkArgs) -> Outcome {
    let db = Database::open(common)?;
    let user = db.user(&args.username)?;
    if user.state.is_blocked() {
        let reason = format!("user {:?} is {}: a link would not work", args.username, user.state.name());
        return Err(Failure::new(reason));
    }
    print(common, &db, &args.server, &user, LinkPurpose::Reset)
}

fn print(common: &Common, db: &Database, server: &ServerUrl, user: &User, purpose: LinkPurpose) -> Outcome {
    let (secret, expires_at) = wait(db.accounts.create_password_link(&db.operator, user.id, purpose))??;
    let url = format!("{}{}", server.base_url, password_link_path(&secret));
    let text = format!("{url}\n\nPass the link on to {}. It works once, until {expires_at:.0}.", user.username);
    show::with_secret(common, user, "link", Some(&url), &text)
}
