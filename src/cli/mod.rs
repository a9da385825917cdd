//! The command line. Each file has a command or a group of commands. All of them work on the database file directly, also
//! beside a running server.

mod app;
mod arguments;
mod authorized_keys;
mod backup;
mod cause;
mod completions;
mod database;
mod demo;
mod email;
mod environment;
mod expiry;
mod input;
mod key;
mod key_import;
mod log;
mod outcome;
mod password;
mod password_link;
mod progress;
mod record;
mod routes;
mod serve;
mod server;
mod show;
mod signers;
mod stand_in;
mod token;
mod transfer;
mod user;
mod user_update;

pub use arguments::{Cli, LogFormat};
pub use cause::capture as capture_cause;
pub use outcome::{Failure, Outcome};

use arguments::Command;
use clap::{CommandFactory, FromArgMatches};

/// Parses the arguments and the environment. Ends the process with 2 on a usage error, and with 0 after `--help` or `--version`.
pub fn parse() -> Cli {
    let mut command = environment::with_environment(Cli::command());
    let matches = command.try_get_matches_from_mut(std::env::args_os());
    let matches = matches.unwrap_or_else(|error| environment::name_variable(error).exit());
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    if let Command::User(user::UserCommand::Update(args)) = &cli.command
        && args.is_empty()
    {
        user_update::nothing_to_change(&mut command).exit();
    }
    if let Command::Serve(config) = &cli.command
        && let Some(reason) = config.stand_in.conflict(config.memory, config.listen)
    {
        serve::conflict(&mut command, reason).exit();
    }
    if let Command::Record(args) = &cli.command
        && let Some(error) = args.conflict(&mut command)
    {
        error.exit();
    }
    cli
}

/// Runs one command.
///
/// # Errors
/// The reason in one line, if it was refused or failed.
pub fn run(cli: Cli) -> Outcome {
    let common = &cli.common;
    let outcome = match cli.command {
        Command::Serve(args) => serve::run(common, args),
        Command::Demo(args) => demo::run(args),
        Command::StandIn(args) => stand_in::run(args),
        Command::User(command) => user::run(common, command),
        Command::Email(command) => email::run(common, command),
        Command::Key(command) => key::run(common, command),
        Command::Token(command) => token::run(common, command),
        Command::App(command) => app::run(common, command),
        Command::AuthorizedKeys(args) => authorized_keys::run(common, args),
        Command::AllowedSigners(args) => signers::run(common, &args),
        Command::Log(args) => log::run(common, &args),
        Command::Import(args) => transfer::import(common, &args),
        Command::Export(args) => transfer::export(common, args),
        Command::Record(args) => record::run(common, args),
        Command::Backup(args) => backup::backup(common, &args),
        Command::Restore(args) => backup::restore(common, &args),
        Command::Check(args) => backup::check(common, args),
        Command::Routes => routes::run(common),
        Command::Completions(args) => completions::run(&args),
    };
    outcome.map_err(|failure| match database::path(common) {
        Ok(path) => failure.in_database(&path),
        Err(_) => failure,
    })
}
