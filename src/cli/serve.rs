//! `accountd serve`

use super::arguments::Common;
use super::outcome::{Failure, Outcome, notice, print};
use super::{database, server};
use crate::app::{Application, Config, PasswordCost, Ready, Seed};
use crate::store::Location;
use clap::Command;
use clap::error::ErrorKind;
use serde_json::json;
use std::path::PathBuf;

pub fn run(common: &Common, config: Config) -> Outcome {
    refuse_unsafe(&config)?;
    let location = if config.memory { Location::Memory } else { Location::File(database::path_to_create(common)?) };
    let ready = config.process.ready;
    let seeds = config.seed.iter().cloned().map(read_seed).collect::<Result<_, _>>()?;
    server::run(config, location.clone(), seeds, |application| {
        if !application.has_administrator()? {
            warn_no_administrator(&location);
        }
        announce(application, ready)
    })
}

/// Says on stdout where the server listens, and warns if it can be controlled.
pub fn announce(application: &Application, ready: Ready) -> Outcome {
    if application.is_controlled() {
        notice("whoever can reach this port is an administrator: test suites control it below /_accountd/");
    }
    let url = application.url();
    print(&match ready {
        Ready::Text => format!("listening on {url}\n"),
        Ready::Json => {
            let control = application.is_controlled().then(|| format!("{url}/_accountd"));
            let (pid, version) = (std::process::id(), env!("CARGO_PKG_VERSION"));
            format!("{}\n", json!({ "url": url, "control": control, "pid": pid, "version": version }))
        }
    })
}

/// A usage error: options that cannot be used together.
pub fn conflict(command: &mut Command, reason: &str) -> clap::Error {
    let serve = command.find_subcommand_mut("serve").map(|serve| serve.error(ErrorKind::ArgumentConflict, reason));
    serve.unwrap_or_else(|| command.error(ErrorKind::ArgumentConflict, reason))
}

/// Refuses `--auto-approve` where others can connect, and cheap password hashes in a file.
fn refuse_unsafe(config: &Config) -> Outcome {
    let reason = if config.memory {
        return Ok(());
    } else if config.auto_approve.is_some() && !config.listen.ip().is_loopback() {
        "--auto-approve needs --memory or a loopback --listen: anyone could act as that user"
    } else if config.auto_approve.is_some() && !config.trusted_proxy.is_empty() {
        "--auto-approve cannot be used with --trusted-proxy: its clients could act as that user"
    } else if config.password_cost == Some(PasswordCost::Low) {
        "--password-cost low needs --memory: hashes in a file must resist guessing"
    } else {
        return Ok(());
    };
    Err(Failure::new(reason))
}

pub fn read_seed(path: PathBuf) -> Result<Seed, Failure> {
    let text = std::fs::read(&path).map_err(|error| Failure::new(format!("seed {}: {error}", path.display())))?;
    Ok(Seed { path, text: text.into() })
}

fn warn_no_administrator(location: &Location) {
    let advice = match location {
        Location::Memory => "load a --seed FILE that has one".to_owned(),
        Location::File(path) => format!(
            "create one with: accountd user add admin --email admin@example.com --admin --db {}",
            shell_word(&path.to_string_lossy())
        ),
    };
    if tracing::enabled!(tracing::Level::WARN) {
        tracing::warn!("there is no administrator yet: {advice}");
    } else {
        eprintln!("accountd: there is no administrator yet: {advice}");
    }
}

/// Quotes a word, so that the printed command can be pasted.
fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    if text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}
