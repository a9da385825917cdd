//! `accountd email …`

use super::arguments::{Common, UserArgs};
use super::database::{Database, notice_taken, wait};
use super::outcome::{Failure, Outcome};
use super::show;
use crate::accounts::{EmailChange, Error};
use crate::domain::{EmailAddress, Field};
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum EmailCommand {
    /// Add an address to a user; a secondary one that no administrator vouched for is taken from another user
    #[command(after_help = "Example: accountd email add jane jane@work.example --verified")]
    Add(AddArgs),
    /// List a user's addresses, the primary one first
    #[command(after_help = "Example: accountd email list jane --json")]
    List(UserArgs),
    /// Mark an address as verified: an administrator vouches for it
    #[command(after_help = "Example: accountd email verify jane jane@work.example")]
    Verify(AddressArgs),
    /// Make an address the primary one
    #[command(after_help = "Example: accountd email primary jane jane@work.example")]
    Primary(AddressArgs),
    /// Remove an address that is not primary
    #[command(after_help = "Example: accountd email remove jane jane@old.example")]
    Remove(AddressArgs),
}

#[derive(Args, Debug)]
pub struct AddressArgs {
    /// The user name
    username: String,
    /// The email address
    address: String,
}

#[derive(Args, Debug)]
pub struct AddArgs {
    #[command(flatten)]
    to: AddressArgs,
    /// Add the address as verified
    #[arg(long)]
    verified: bool,
}

pub fn run(common: &Common, command: EmailCommand) -> Outcome {
    let db = Database::open(common)?;
    let change = |args: &AddressArgs, change| {
        let access = db.access(&args.username)?;
        let email = wait(db.accounts.change_email(&access, parse(&args.address)?, change))?
            .map_err(Failure::about(&args.address))?;
        show::one(common, &email)
    };
    match command {
        EmailCommand::Add(args) => {
            let access = db.access(&args.to.username)?;
            let address = parse(&args.to.address)?;
            let owner = db.owner_of(&address)?;
            let added = wait(db.accounts.add_email(&access, address, args.verified))?
                .map_err(Failure::about(&args.to.address))?;
            notice_taken(&added.email.address, owner, access.user());
            show::one(common, &added.email)
        }
        EmailCommand::List(args) => show::list(common, &db.accounts.emails(&db.access(&args.username)?)?),
        EmailCommand::Verify(args) => change(&args, EmailChange { verify: true, make_primary: false }),
        EmailCommand::Primary(args) => change(&args, EmailChange { verify: false, make_primary: true }),
        EmailCommand::Remove(args) => {
            let access = db.access(&args.username)?;
            let email = wait(db.accounts.remove_email(&access, parse(&args.address)?))?
                .map_err(Failure::about(&args.address))?;
            show::done(common, &email, &format!("{} removed", email.address))
        }
    }
}

fn parse(text: &str) -> Result<EmailAddress, Failure> {
    EmailAddress::parse(text).map_err(|problem| Error::invalid(Field::Email, problem).into())
}
