//! The command line: a file a command. Every command works on the database file itself, beside a running server.

mod app;
mod arguments;
mod authorized_keys;
mod check;
mod completions;
mod database;
mod demo;
mod email;
mod key;
mod key_import;
mod outcome;
mod password;
mod restore;
mod serve;
mod show;
mod signers;
mod token;
mod transfer;
mod user;
mod when;

pub use arguments::{Cli, LogFormat};
pub use outcome::{Failure, Outcome};

use arguments::Command;
use clap::{CommandFactory, FromArgMatches};

/// Reads argv and the environment. FieldErrorKind usage ends the process with 2, `--help` and `--version` with 0.
pub fn parse() -> Cli {
    let matches = arguments::with_environment(Cli::command()).get_matches();
    Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

/// Runs one command.
///
/// # Errors
/// One line that says why it was refused or failed.
pub fn run(cli: Cli) -> Outcome {
    let common = cli.common;
    match cli.command {
        Command::Serve(args) => serve::run(&common, args),
        Command::Demo(args) => demo::run(args),
        Command::User(command) => user::run(&common, command),
        Command::Email(command) => email::run(&common, command),
        Command::Key(command) => key::run(&common, command),
        Command::Token(command) => token::run(&common, command),
        Command::App(command) => app::run(&common, command),
        Command::AuthorizedKeys(args) => authorized_keys::run(&common, args),
        Command::AllowedSigners(args) => signers::run(&common, &args),
        Command::Import(args) => transfer::import(&common, &args),
        Command::Export => transfer::export(&common),
        Command::Backup(args) => check::backup(&common, &args),
        Command::Restore(args) => restore::run(&common, &args),
        Command::Check => check::check(&common),
        Command::Completions(args) => completions::run(&args),
    }
}
