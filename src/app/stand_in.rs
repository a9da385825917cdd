//! The configuration of a stand-in, and what its sandboxes are made with.

use super::config::Config;
use super::{Error, approver, router};
use crate::accounts::{Accounts, Admin};
use crate::domain::{ClockSetting, Token, timestamp};
use crate::http::AppState;
use crate::http::server::Limits;
use crate::http::server::tls::Tls;
use crate::stand_in::{Guard, Start};
use clap::Args;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Args, Clone, Debug, Default)]
pub struct StandInArgs {
    /// Let test suites control the server below /_accountd/: reset, snapshots, sandboxes; needs --memory
    #[arg(long)]
    pub control: bool,
    /// A file with the token that control calls need as Bearer; required unless --listen is on loopback
    #[arg(long, value_name = "FILE", requires = "control")]
    pub control_token_file: Option<PathBuf>,
    #[command(flatten)]
    pub controlled: ControlledArgs,
}

/// What only a server has that test suites control. `accountd stand-in` has these options, too.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct ControlledArgs {
    /// Start at this time, which runs on or stands still: 2030-01-01T12:00:00Z, or 2030-01-01,frozen; needs --control [default: the real time]
    #[arg(long, value_name = "TIME[,frozen]", value_parser = clock)]
    pub clock: Option<ClockSetting>,
}

impl StandInArgs {
    /// Why these options cannot be used together with the others.
    pub fn conflict(&self, memory: bool, listen: SocketAddr) -> Option<&'static str> {
        if self.control && !memory {
            Some("--control needs --memory: whoever can reach the port could change or erase every account of a file")
        } else if self.control && !listen.ip().is_loopback() && self.control_token_file.is_none() {
            Some("--control needs --control-token-file where others can connect: they would be administrators")
        } else if !self.control && self.controlled.clock.is_some() {
            Some("--clock needs --memory and --control: the times in a file are the real ones")
        } else {
            None
        }
    }
}

/// `TIME` or `TIME,frozen`.
fn clock(text: &str) -> Result<ClockSetting, String> {
    let (time, is_frozen) = match text.strip_suffix(",frozen") {
        Some(time) => (time, true),
        None => (text, false),
    };
    let setting = timestamp::parse(time).and_then(if is_frozen { ClockSetting::frozen } else { ClockSetting::shifted });
    setting.map_err(|problem| problem.to_string())
}

/// What a stand-in needs beside its accounts.
pub(super) fn start(config: &Config, operator: &Admin, limits: Limits, tls: Option<Tls>) -> Result<Start, Error> {
    let guard = match &config.stand_in.control_token_file {
        Some(path) => Guard::Token(read_token(path)?.hash()),
        None => Guard::Loopback,
    };
    let (config, permission) = (config.clone(), operator.clone());
    let build = move |accounts: &Accounts, address: SocketAddr| {
        let app = AppState::new(accounts.clone(), config.base_url.as_deref(), address);
        let approver = config.auto_approve.as_deref().map(|name| approver(accounts, &permission, name));
        let approver = approver.transpose().map_err(|error| error.to_string())?;
        Ok(router::router(&app, &config, approver.as_ref()))
    };
    Ok(Start { build: Arc::new(build), operator: operator.clone(), guard, limits, tls })
}

fn read_token(path: &Path) -> Result<Token, Error> {
    let failed = |reason: String| Error::Option(format!("--control-token-file {}: {reason}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    Token::parse(text.trim()).map_err(|problem| failed(format!("the token {problem}")))
}
