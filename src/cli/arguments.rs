//! The commands and the options they share. Each command's own arguments are in its file.

use super::progress::ProgressArgs;
use super::{
    app, authorized_keys, backup, completions, demo, email, key, log, record, signers, stand_in, token, transfer, user,
};
use crate::app::Config;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use tracing_subscriber::{EnvFilter, filter::LevelFilter};

/// An account server in one binary: users, email addresses, SSH keys and tokens.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, arg_required_else_help = true, after_help = EXAMPLES)]
pub struct Cli {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub(super) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  # Try it: example accounts in memory, and curl commands to paste
  accountd demo
  # Create the first administrator, and serve
  accountd user add jane --email jane@example.com --admin
  accountd serve --listen 127.0.0.1:8080
  # Create a token for a client, and add a key for SSH
  accountd token create jane --name laptop --scope api
  accountd key add jane ~/.ssh/id_ed25519.pub
  # A server for one test run
  accountd serve --memory --seed fixture.json --listen 127.0.0.1:0

Settings such as --db can also come from the environment: ACCOUNTD_DB. The help
of each command names the variables.
Exit codes: 0 success; 1 refused or failed, with the reason on stderr;
2 usage error.";

pub(super) const HEADING: &str = "Options of every command";

/// Options of every command.
#[derive(Args, Debug)]
pub struct Common {
    /// The database file [default: accountd.db in the user's data directory]
    #[arg(long, global = true, value_name = "PATH", help_heading = HEADING)]
    pub db: Option<PathBuf>,
    /// Print JSON
    #[arg(long, global = true, help_heading = HEADING)]
    pub json: bool,
    /// What to log on stderr: error, warn, info, debug, trace, off, or a filter such as warn,accountd=debug [default: info for a server, nothing for other commands]
    #[arg(long, global = true, value_name = "LEVEL", value_parser = log_filter, help_heading = HEADING)]
    pub log: Option<String>,
    /// The log format; auto is human on a terminal and JSON otherwise
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Auto, help_heading = HEADING)]
    pub log_format: LogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Auto,
    Human,
    Json,
}

/// The one argument of commands about a user.
#[derive(Args, Debug)]
pub struct UserArgs {
    /// The user name
    pub username: String,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Serve a database over HTTP
    Serve(Config),
    /// Serve example accounts from memory, and print commands to try
    Demo(demo::DemoArgs),
    /// Serve accounts from memory to a test suite, which controls them over HTTP
    StandIn(stand_in::StandInArgs),
    /// Add, list, show, change and delete users
    #[command(subcommand, after_help = "Example: accountd user add jane --email jane@example.com --generate")]
    User(user::UserCommand),
    /// Add, list, verify and remove email addresses
    #[command(subcommand, after_help = "Example: accountd email add jane jane@work.example --verified")]
    Email(email::EmailCommand),
    /// Add, list, show, check and remove SSH keys
    #[command(subcommand, after_help = "Example: accountd key add jane ~/.ssh/id_ed25519.pub --title laptop")]
    Key(key::KeyCommand),
    /// Create, list and revoke tokens
    #[command(subcommand, after_help = "Example: accountd token create jane --name ci --scope read_user --expires 90d")]
    Token(token::TokenCommand),
    /// Register, list, show and delete OAuth 2.0 applications
    #[command(
        subcommand,
        after_help = "Example: accountd app create --name Wiki --redirect-uri https://wiki.example.com/callback"
    )]
    App(app::AppCommand),
    /// Print a user's keys for sshd's AuthorizedKeysCommand
    AuthorizedKeys(authorized_keys::AuthorizedKeysArgs),
    /// Print an allowed signers file for git and ssh-keygen -Y verify
    AllowedSigners(signers::AllowedSignersArgs),
    /// Print the audit log: who changed what, about whom, when and from where
    Log(log::LogArgs),
    /// Import the accounts of a file, all or nothing
    Import(transfer::ImportArgs),
    /// Write all accounts to stdout as JSON, with hashes instead of secrets
    #[command(after_help = "Example: accountd export > accounts.json")]
    Export(ProgressArgs),
    /// Write the accounts of a real GitLab to stdout as JSON, without secrets
    Record(record::RecordArgs),
    /// Copy the database to a new file, even while a server uses it
    Backup(backup::BackupArgs),
    /// Replace the database with a backup, even while a server uses it
    Restore(backup::RestoreArgs),
    /// Check the database for damage
    #[command(after_help = "Example: accountd check && accountd backup /var/backups/accountd-2030-01-01.db")]
    Check(ProgressArgs),
    /// Print the routes of a server: methods, paths, and their names in logs and metrics
    #[command(after_help = "Example: accountd routes | grep tokens")]
    Routes,
    /// Print a shell completion script
    Completions(completions::CompletionsArgs),
}

impl Cli {
    /// Whether the command is a server, which logs requests.
    pub fn serves(&self) -> bool {
        matches!(self.command, Command::Serve(_) | Command::Demo(_) | Command::StandIn(_))
    }
}

/// A single word must be a level. [`EnvFilter`] would take a misspelt one for a module name and log nothing.
fn log_filter(text: &str) -> Result<String, String> {
    let word = !text.contains(['=', ',', '[']);
    if word && text.parse::<LevelFilter>().is_err() {
        return Err("must be error, warn, info, debug, trace, off, or a filter such as warn,accountd=debug".into());
    }
    EnvFilter::try_new(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}
