//! `accountd record`: walks the users of a real GitLab and writes them as a fixture.

mod client;
mod entities;
mod walk;

use super::arguments::Common;
use super::input::read;
use super::outcome::{Failure, Outcome, notice, print};
use super::progress::{Progress, ProgressArgs};
use crate::accounts::archive::Recording;
use crate::domain::{Clock, Token};
use clap::error::ErrorKind;
use clap::{Args, Command};
use client::{BaseUrl, Gitlab};

/// More than a token and white space around it.
const MAX_TOKEN_FILE: u64 = 4096;

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  accountd record --from-gitlab https://gitlab.example.com --token-file token > seed.json
  # To commit to a repository: with made-up names, addresses and keys
  accountd record --from-gitlab https://gitlab.example.com --token-file token --anonymize > seed.json
  # A part of the users; the filters are those of GitLab's `GET /users`
  accountd record --from-gitlab https://gitlab.example.com --token-file token \\
    --filter active=true --filter created_after=2030-01-01 > seed.json
  accountd stand-in seed.json

Passwords and tokens are not recorded, because GitLab shows none. Bots, and values that accountd
does not accept, are left out, and stderr says how many. Output begins when all users are read.")]
pub struct RecordArgs {
    /// The GitLab whose users, addresses and keys to record
    #[arg(long, value_name = "URL", value_parser = BaseUrl::parse)]
    from_gitlab: BaseUrl,
    /// A file with an administrator's token with the scope read_api; - is stdin
    #[arg(long, value_name = "FILE")]
    token_file: String,
    /// Replace names, addresses, keys and other texts by made-up ones such as user-17@example.com; ids stay
    #[arg(long)]
    anonymize: bool,
    /// Only the users that GitLab finds with this filter, such as active=true; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = filter)]
    filter: Vec<(String, String)>,
    /// Send the token over http, although others may read it
    #[arg(long)]
    allow_http: bool,
    #[command(flatten)]
    progress: ProgressArgs,
}

impl RecordArgs {
    /// Why the options cannot be combined, as a usage error.
    pub fn conflict(&self, command: &mut Command) -> Option<clap::Error> {
        if self.allow_http || self.from_gitlab.is_private() {
            return None;
        }
        let reason =
            "--from-gitlab must be https, or on loopback: --allow-http sends the token where others may read it";
        let record = command.find_subcommand_mut("record");
        let error = record.map(|record| record.error(ErrorKind::ValueValidation, reason));
        Some(error.unwrap_or_else(|| command.error(ErrorKind::ValueValidation, reason)))
    }
}

/// The parameters that the walk itself sets.
const OWN_PARAMETERS: [&str; 10] = [
    "cursor",
    "id_after",
    "id_before",
    "order_by",
    "page",
    "pagination",
    "per_page",
    "private_token",
    "sort",
    "access_token",
];

fn filter(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, _)) if OWN_PARAMETERS.contains(&name) => Err(format!("{name} is not a filter")),
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("must be NAME=VALUE".into()),
    }
}

pub fn run(common: &Common, args: RecordArgs) -> Outcome {
    let gitlab = Gitlab::new(args.from_gitlab, token(&args.token_file)?);
    let progress = Progress::start(common, args.progress, "users");
    let mut recording = Recording::new(args.anonymize, Clock::MACHINE.now());
    walk::users(&gitlab, &args.filter, &mut recording, &progress)?;
    let (archive, changes) = recording.finish();
    let took = progress.finish();
    let text = serde_json::to_string_pretty(&archive).map_err(Failure::new)?;
    // Only now: what a broken walk has written must not look complete.
    print(&format!("{text}\n"))?;
    changes.lines().for_each(notice);
    if !args.progress.is_quiet(common) {
        notice(format!("recorded {} of {} {took}", archive.contents(), gitlab.base()));
    }
    Ok(())
}

fn token(file: &str) -> Result<Token, Failure> {
    let name = if file == "-" { "stdin" } else { file };
    let text = String::from_utf8(read(file, MAX_TOKEN_FILE)?);
    let token = text.map_err(|_| Failure::new(format!("{name}: the token is not ASCII")))?;
    Token::parse(token.trim()).map_err(|problem| Failure::new(format!("{name}: the token {problem}")))
}
