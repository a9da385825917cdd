//! `accountd app …`

use super::arguments::Common;
use super::database::{Database, wait};
use super::outcome::{Failure, Outcome, print};
use super::show::{self, Record};
use crate::accounts::{Application, ApplicationChange, Error, GrantSummary, NewApplication};
use crate::domain::{RedirectUri, Scope, Scopes, SingleLineText, Token};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

#[derive(Debug, Subcommand)]
pub enum AppCommand {
    /// Register an application and print its secret, which cannot be shown again
    #[command(after_help = "\
Examples:
  accountd app create --name Wiki --redirect-uri https://wiki.example.com/callback
  accountd app create --name Phone --public --redirect-uri com.example.phone:/callback")]
    Create(CreateArgs),
    /// List applications
    #[command(after_help = "Example: accountd app list --json")]
    List,
    /// Show one application
    #[command(after_help = "Example: accountd app show TestClientID")]
    Show(ClientArgs),
    /// Change the name, redirect URIs or scopes of an application
    #[command(after_help = "Example: accountd app update TestClientID --name 'New wiki' --scope profile_read")]
    Update(UpdateArgs),
    /// Replace an application's secret, with immediate effect
    #[command(after_help = "Example: accountd app rotate-secret TestClientID")]
    RotateSecret(ClientArgs),
    /// Delete an application and all its tokens
    #[command(after_help = "Example: accountd app delete TestClientID")]
    Delete(ClientArgs),
    /// List the applications that users have authorized
    #[command(after_help = "Example: accountd app grants jane")]
    Grants {
        /// Only those of this user
        username: Option<String>,
    },
    /// Revoke a user's authorization of an application, with its tokens
    #[command(after_help = "Example: accountd app revoke TestClientID jane")]
    Revoke {
        #[command(flatten)]
        client: ClientArgs,
        /// The user name
        username: String,
    },
}

#[derive(Args, Debug)]
pub struct CreateArgs {
    /// The name that users see
    #[arg(long)]
    name: String,
    /// Where users may be redirected to: https, http on loopback, or a private scheme with a dot; may be repeated, and
    /// the first is the default
    #[arg(long, value_name = "URI", required = true, value_parser = RedirectUri::parse)]
    redirect_uri: Vec<RedirectUri>,
    /// The scopes it may request: profile_read, profile_write, email_read, email_write, read_user, read_api, api
    /// (everything) [default: profile_read,email_read,read_user]
    #[arg(long, value_delimiter = ',')]
    scope: Vec<Scope>,
    /// Users are not asked for their consent: for your own applications, such as a wiki of the same organization
    #[arg(long)]
    trusted: bool,
    /// A public client, such as a phone app or a web page: it has no secret, and must use PKCE
    #[arg(long)]
    public: bool,
}

#[derive(Args, Debug)]
#[group(id = "change", required = true, multiple = true, args = ["name", "redirect_uri", "scope"])]
pub struct UpdateArgs {
    #[command(flatten)]
    client: ClientArgs,
    /// The new name
    #[arg(long)]
    name: Option<String>,
    /// A redirect URI, in place of all present ones; may be repeated, and the first is the default
    #[arg(long, value_name = "URI", value_parser = RedirectUri::parse)]
    redirect_uri: Vec<RedirectUri>,
    /// The scopes it may request, in place of the present ones; access that users have allowed already stays
    #[arg(long, value_delimiter = ',')]
    scope: Vec<Scope>,
}

#[derive(Args, Debug)]
pub struct ClientArgs {
    /// The application's client id
    client_id: String,
}

pub fn run(common: &Common, command: AppCommand) -> Outcome {
    match command {
        AppCommand::Create(args) => create(common, args),
        AppCommand::List => {
            let db = Database::open(common)?;
            show::list(common, &db.accounts.applications(&db.operator)?)
        }
        AppCommand::Show(args) => {
            let db = Database::open(common)?;
            show::one(common, &db.accounts.application(&args.client_id).map_err(about(&args.client_id))?)
        }
        AppCommand::Update(args) => update(common, args),
        AppCommand::RotateSecret(args) => {
            let db = Database::open(common)?;
            let rotated = wait(db.accounts.rotate_secret(&db.operator, &args.client_id))?;
            let secret = rotated.map_err(about(&args.client_id))?;
            let json = json!({ "client_id": args.client_id, "client_secret": secret.expose() });
            show::either(common, &json, secret.expose())
        }
        AppCommand::Delete(args) => {
            let db = Database::open(common)?;
            let application = db.accounts.application(&args.client_id).map_err(about(&args.client_id))?;
            let deleted = wait(db.accounts.delete_application(&db.operator, &args.client_id))?;
            deleted.map_err(about(&args.client_id))?;
            show::done(common, &application, &format!("application {} deleted", args.client_id))
        }
        AppCommand::Grants { username } => grants(common, username.as_deref()),
        AppCommand::Revoke { client, username } => {
            let db = Database::open(common)?;
            let access = db.access(&username)?;
            let revoked = wait(db.accounts.revoke_application(&access, &client.client_id))?;
            let subject = format!("application {:?} of user {:?}", client.client_id, username);
            revoked.map_err(Failure::about::<Error>(subject))?;
            print(&format!("application {} is no longer authorized by {}\n", client.client_id, username))
        }
    }
}

fn about(client_id: &str) -> impl FnOnce(Error) -> Failure + use<> {
    Failure::about(format!("application {client_id:?}"))
}

fn create(common: &Common, args: CreateArgs) -> Outcome {
    let name = SingleLineText::required(&args.name).map_err(|problem| Failure::new(format!("name {problem}")))?;
    let requested: Scopes = args.scope.into_iter().collect();
    let scopes = if requested.is_empty() { Scopes::SIGN_IN } else { requested };
    let new =
        NewApplication { name, redirect_uris: args.redirect_uri, scopes, trusted: args.trusted, public: args.public };
    let db = Database::open_or_create(common)?;
    let (application, secret) = wait(db.accounts.register_application(&db.operator, new))??;
    let client_id = application.registration.client_id.as_str();
    let secret = secret.as_ref().map(Token::expose);
    let text = match secret {
        Some(secret) => format!("client id      {client_id}\nclient secret  {secret}"),
        None => format!("client id      {client_id}"),
    };
    show::with_secret(common, &application, "client_secret", secret, &text)
}

fn update(common: &Common, args: UpdateArgs) -> Outcome {
    let client_id = args.client.client_id;
    let name = args.name.as_deref().map(SingleLineText::required).transpose();
    let scopes: Scopes = args.scope.into_iter().collect();
    let change = ApplicationChange {
        name: name.map_err(|problem| Failure::new(format!("name {problem}")))?,
        redirect_uris: Some(args.redirect_uri).filter(|uris| !uris.is_empty()),
        scopes: Some(scopes).filter(|scopes| !scopes.is_empty()),
    };
    let db = Database::open(common)?;
    let updated = wait(db.accounts.update_application(&db.operator, &client_id, change))?;
    show::done(common, &updated.map_err(about(&client_id))?, &format!("application {client_id} changed"))
}

fn grants(common: &Common, username: Option<&str>) -> Outcome {
    let db = Database::open(common)?;
    let granted = match username {
        Some(username) => wait(db.accounts.granted(&db.access(username)?))?,
        None => wait(db.accounts.all_granted(&db.operator))?,
    };
    show::list(common, &granted?)
}

impl Record for Application {
    fn columns(&self) -> Vec<(&'static str, String)> {
        let registered = &self.registration;
        let kind = if registered.secret_hash.is_some() { "confidential" } else { "public" };
        vec![
            ("client id", registered.client_id.as_str().into()),
            ("name", registered.name.as_str().into()),
            ("kind", kind.into()),
            ("trusted", if registered.trusted { "yes" } else { "no" }.into()),
            ("scopes", registered.scopes.to_string()),
            ("redirect uri", registered.redirect_uris.iter().map(RedirectUri::as_str).collect::<Vec<_>>().join(" ")),
        ]
    }

    fn json(&self) -> Value {
        let registered = &self.registration;
        json!({
            "name": registered.name.as_str(),
            "client_id": registered.client_id.as_str(),
            "public": registered.secret_hash.is_none(),
            "trusted": registered.trusted,
            "redirect_uris": registered.redirect_uris.iter().map(RedirectUri::as_str).collect::<Vec<_>>(),
            "scopes": registered.scopes.iter().map(Scope::name).collect::<Vec<_>>(),
            "created_at": registered.created_at.to_string(),
        })
    }
}

impl Record for GrantSummary {
    fn columns(&self) -> Vec<(&'static str, String)> {
        vec![
            ("username", self.username.to_string()),
            ("application", self.application.as_str().into()),
            ("client id", self.client_id.as_str().into()),
            ("scopes", self.scopes.to_string()),
            ("since", format!("{:.0}", self.created_at)),
            ("last used", show::time(self.last_used_at)),
        ]
    }

    fn json(&self) -> Value {
        json!({
            "username": self.username.as_str(),
            "application": self.application.as_str(),
            "client_id": self.client_id.as_str(),
            "scopes": self.scopes.iter().map(Scope::name).collect::<Vec<_>>(),
            "created_at": self.created_at.to_string(),
            "last_used_at": self.last_used_at.map(|time| time.to_string()),
        })
    }
}
