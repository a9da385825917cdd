//! `accountd token …`

use super::arguments::{Common, UserArgs};
use super::database::{Database, wait};
use super::expiry::expiry;
use super::outcome::{Failure, Outcome};
use super::show;
use crate::accounts::{Error, NewPersonalToken};
use crate::domain::{Scope, Scopes, SingleLineText, TokenId, TokenKind, TokenPrefix};
use clap::{Args, Subcommand};
use jiff::Timestamp;

#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Create a token and print it; it cannot be shown again
    #[command(after_help = "Example: accountd token create jane --name ci --scope read_user --expires 2030-01-01")]
    Create(CreateArgs),
    /// List a user's tokens, without the secrets
    #[command(after_help = "Example: accountd token list jane")]
    List(UserArgs),
    /// Revoke a token, with immediate effect
    #[command(after_help = "Example: accountd token revoke 7")]
    Revoke {
        /// The token's id
        id: TokenId,
    },
}

#[derive(Args, Debug)]
pub struct CreateArgs {
    /// The user name
    username: String,
    /// A name that tells what the token is for
    #[arg(long, default_value = "")]
    name: String,
    /// What the token allows: profile_read, profile_write, email_read, email_write, read_user, read_api, api
    /// (everything)
    #[arg(long, required = true, value_delimiter = ',')]
    scope: Vec<Scope>,
    /// When the token expires: a date (2030-01-01, at 00:00 UTC), a time (2030-01-01T12:00:00Z) or a span (90d, 12h) [default: never]
    #[arg(long, value_name = "WHEN", value_parser = expiry)]
    expires: Option<Timestamp>,
}

pub fn run(common: &Common, command: TokenCommand) -> Outcome {
    let db = Database::open(common)?;
    match command {
        TokenCommand::Create(args) => {
            let name = SingleLineText::parse(&args.name).map_err(|problem| Failure::new(format!("name {problem}")))?;
            let scopes: Scopes = args.scope.into_iter().collect();
            let access = db.access(&args.username)?;
            let new = NewPersonalToken {
                kind: TokenKind::Personal,
                prefix: TokenPrefix::Own,
                name,
                description: SingleLineText::default(),
                scopes,
                expires_at: args.expires,
            };
            let (record, token) = wait(db.accounts.create_token(&access, new))??;
            show::with_secret(common, &record, "token", Some(token.expose()), token.expose())
        }
        TokenCommand::List(args) => show::list(common, &db.accounts.tokens(&db.access(&args.username)?)?),
        TokenCommand::Revoke { id } => {
            let about = || Failure::about::<Error>(format!("token {id}"));
            let token = db.accounts.any_token(&db.operator, id).map_err(about())?;
            let access = db.operator.access_to(token.user_id);
            let token = wait(db.accounts.revoke_token(&access.into(), token.id))?.map_err(about())?;
            show::done(common, &token, &format!("token {} revoked", token.id))
        }
    }
}
