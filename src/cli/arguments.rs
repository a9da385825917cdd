//! What may stand on the command line.

use super::{
    app, authorized_keys, check, completions, demo, email, key, restore, serve, signers, token, transfer, user,
};
use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
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
  # Try it: accounts in memory, and curl lines to paste
  accountd demo
  # Make the first administrator, and serve
  accountd user add jane --email jane@example.com --admin
  accountd serve --listen 127.0.0.1:8080
  # A token for a client, and a key for ssh
  accountd token create jane --name laptop --scope api
  accountd key add jane ~/.ssh/id_ed25519.pub
  # A server for one test run
  accountd serve --memory --seed fixture.json --listen 127.0.0.1:0

Every option can be set in the environment: --db is ACCOUNTD_DB.
Exit codes: 0 done; 1 refused or failed, one line on stderr says why;
2 wrong usage.";

const HEADING: &str = "Options of every command";

/// Options of every command.
#[derive(Args, Debug)]
pub struct Common {
    /// The database file [default: accountd.db in the user's data directory]
    #[arg(long, global = true, value_name = "PATH", help_heading = HEADING)]
    pub db: Option<PathBuf>,
    /// Print JSON
    #[arg(long, global = true, help_heading = HEADING)]
    pub json: bool,
    /// What to log on stderr: error, warn, info, debug, trace, off, or a filter such as warn,accountd=debug [default: info for servers, else error]
    #[arg(long, global = true, value_name = "LEVEL", value_parser = log_filter, help_heading = HEADING)]
    pub log: Option<String>,
    /// How to log; auto is for people on a terminal and JSON elsewhere
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Auto, help_heading = HEADING)]
    pub log_format: LogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Auto,
    Human,
    Json,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Serve the accounts of a database over HTTP
    Serve(serve::ServeArgs),
    /// Serve example accounts from memory, and print what to try
    Demo(demo::DemoArgs),
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
    /// Register, list, show and delete applications that ask users for access (OAuth 2.0)
    #[command(
        subcommand,
        after_help = "Example: accountd app create --name Wiki --redirect-uri https://wiki.example.com/callback"
    )]
    App(app::AppCommand),
    /// For sshd's AuthorizedKeysCommand: print the keys that let a user in
    AuthorizedKeys(authorized_keys::AuthorizedKeysArgs),
    /// For git and ssh-keygen -Y verify: print whose signatures to believe
    AllowedSigners(signers::AllowedSignersArgs),
    /// Add the accounts of a fixture file, all or nothing
    Import(transfer::ImportArgs),
    /// Write every account to stdout as a fixture file, with hashes instead of secrets
    #[command(after_help = "Example: accountd export > accounts.json")]
    Export,
    /// Copy the database to a new file, also while a server uses it
    Backup(check::BackupArgs),
    /// Put a backup back, also while a server uses the database
    Restore(restore::RestoreArgs),
    /// Look the whole database over for damage
    #[command(after_help = "Example: accountd check && accountd backup /var/backups/accountd-2030-01-01.db")]
    Check,
    /// Print completions for a shell
    Completions(completions::CompletionsArgs),
}

impl Cli {
    /// Whether the command is a server, which logs each request.
    pub fn serves(&self) -> bool {
        matches!(self.command, Command::Serve(_) | Command::Demo(_))
    }
}

/// A word alone is a level: the filter would take `inof` for a module and be silent.
fn log_filter(text: &str) -> Result<String, String> {
    let word = !text.contains(['=', ',', '[']);
    if word && text.parse::<LevelFilter>().is_err() {
        return Err("must be error, warn, info, debug, trace, off, or a filter such as warn,accountd=debug".into());
    }
    EnvFilter::try_new(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}

/// Gives every option of every command its variable: `--base-url` is `ACCOUNTD_BASE_URL`.
pub(super) fn with_environment(command: clap::Command) -> clap::Command {
    command
        .mut_args(|arg| match arg.get_long() {
            None | Some("help" | "version") => arg,
            Some(long) => {
                let variable = format!("ACCOUNTD_{}", long.to_uppercase().replace('-', "_"));
                let flag = matches!(arg.get_action(), ArgAction::SetTrue);
                // clap counts a variable as given whatever it says; one that says nothing, or no to a flag, is not.
                if std::env::var(&variable).is_ok_and(|value| says_nothing(&value, flag)) {
                    return arg;
                }
                let arg = arg.env(variable).hide_env_values(true);
                // A flag's variable may say 1, yes or true.
                if flag { arg.value_parser(FalseyValueParser::new()) } else { arg }
            }
        })
        .mut_subcommands(with_environment)
}

fn says_nothing(value: &str, flag: bool) -> bool {
    let no = ["0", "f", "false", "n", "no", "off"];
    value.is_empty() || (flag && no.contains(&value.to_ascii_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        with_environment(Cli::command()).debug_assert();
    }

    #[test]
    fn every_option_has_a_variable() {
        fn look(command: &clap::Command) {
            for arg in command.get_arguments().filter(|arg| arg.get_long().is_some()) {
                let name = arg.get_long().unwrap();
                let expected = format!("ACCOUNTD_{}", name.to_uppercase().replace('-', "_"));
                if !["help", "version"].contains(&name) {
                    assert_eq!(arg.get_env().and_then(|env| env.to_str()), Some(expected.as_str()), "--{name}");
                }
            }
            command.get_subcommands().for_each(look);
        }
        look(&with_environment(Cli::command()));
    }
}
