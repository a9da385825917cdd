//! `accountd serve`

use super::arguments::Common;
use super::outcome::{Failure, Outcome, print};
use super::{database, server};
use crate::app::{Config, PasswordCost, Seed};
use crate::store::Location;
use std::path::PathBuf;

pub fn run(common: &Common, config: Config) -> Outcome {
    refuse_unsafe(&config)?;
    let location = if config.memory { Location::Memory } else { Location::File(database::path_to_create(common)?) };
    let seeds = config.seed.iter().cloned().map(read_seed).collect::<Result<_, _>>()?;
    server::run(config, location.clone(), seeds, |application| {
        if !application.has_administrator()? {
            warn_no_administrator(&location);
        }
        print(&format!("listening on {}\n", application.url()))
    })
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

fn read_seed(path: PathBuf) -> Result<Seed, Failure> {
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
