//! `accountd token …`

use super::arguments::Common;
use super::database::{Database, wait};
use super::outcome::{Failure, Outcome, print};
use super::show::{self, Record};
use super::when::when;
use crate::accounts::NewPersonalToken;
use crate::domain::{Scope, Scopes, SingleLineText, TokenId, TokenKind, TokenPrefix};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::Value;

#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a token and print it; it is shown only now
    #[command(after_help = "Example: accountd token create jane --name ci --scope read_user --expires 2030-01-01")]
    Create(CreateArgs),
    /// List a user's tokens, without the secrets
    #[command(after_help = "Example: accountd token list jane")]
    List(UserArgs),
    /// End a token, at once
    #[command(after_help = "Example: accountd token revoke 7")]
    Revoke(RevokeArgs),
}

#[derive(Args, Debug)]
pub struct CreateArgs {
    /// The user's name
    username: String,
    /// What it is for
    #[arg(long, default_value = "")]
    name: String,
    /// What it allows: profile_read, profile_write, email_read, email_write, read_user, read_api, api
    /// (everything)
    #[arg(long, required = true, value_delimiter = ',', value_parser = scope)]
    scope: Vec<Scope>,
    /// When it ends: a date (2030-01-01, its first moment in UTC), a time (2030-01-01T12:00:00Z) or a span (90d, 12h) [default: never]
    #[arg(long, value_name = "WHEN", value_parser = when)]
    expires: Option<Timestamp>,
}

#[derive(Args, Debug)]
pub struct UserArgs {
    /// The user's name
    username: String,
}

#[derive(Args, Debug)]
pub struct RevokeArgs {
    /// The token's id
    id: TokenId,
}

pub fn scope(name: &str) -> Result<Scope, String> {
    name.parse::<Scope>().map_err(|problem| problem.to_string())
}

pub fn run(common: &Common, command: TokenCommand) -> Outcome {
    let db = Database::open(common)?;
    match command {
        TokenCommand::Create(args) => {
            let name = SingleLineText::parse(&args.name).map_err(|problem| Failure::new(format!("name {problem}")))?;
            let scopes: Scopes = args.scope.into_iter().collect();
            let access = db.operator.access_to(db.user(&args.username)?.id);
            let new = NewPersonalToken {
                kind: TokenKind::Personal,
                prefix: TokenPrefix::Own,
                name,
                description: SingleLineText::default(),
                scopes,
                expires_at: args.expires,
            };
            let (record, token) = wait(db.accounts.create_token(&access, new))??;
            if !common.json {
                return print(&format!("{}\n", token.expose()));
            }
            let mut json = record.json();
            if let Value::Object(fields) = &mut json {
                fields.insert("token".into(), token.expose().into());
            }
            show::print_json(&json)
        }
        TokenCommand::List(args) => {
            let access = db.operator.access_to(db.user(&args.username)?.id);
            show::list(common, &db.accounts.tokens(&access)?)
        }
        TokenCommand::Revoke(args) => {
            let about = || Failure::about::<crate::accounts::Error>(format!("token {}", args.id));
            let token = db.accounts.any_token(&db.operator, args.id).map_err(about())?;
            let access = db.operator.access_to(token.user_id);
            let token = wait(db.accounts.revoke_token(&access.into(), token.id))?.map_err(about())?;
            if common.json { show::one(common, &token) } else { print(&format!("token {} revoked\n", token.id)) }
        }
    }
}
