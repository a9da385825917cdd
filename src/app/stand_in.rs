//! The configuration of a stand-in, and what its sandboxes are made with.

use super::config::Config;
use super::{Error, router};
use crate::accounts::{self, AccountAccess, Accounts, Admin};
use crate::domain::{ClockSetting, Token, timestamp};
use crate::http::AppState;
use crate::http::server::Limits;
use crate::http::server::tls::Tls;
use crate::oauth::{Approver, Decision};
use crate::stand_in::{Authorization, Guard, JOURNAL, NextAuthorization, Options, Start};
use clap::Args;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The most requests that a journal can keep.
const MAX_JOURNAL: usize = 100_000;

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
    /// Generate tokens, ids and salts from this number, so that the same requests in the same order get the same; needs --control [default: the system's randomness; without N, 1]
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "1")]
    pub deterministic: Option<u64>,
    /// How many requests the journal below /_accountd/ keeps, or off; needs --control [default: 10000]
    #[arg(long, value_name = "N|off", value_parser = journal)]
    pub journal: Option<Journal>,
    /// Answer requests that no route handles with 501, not with the 404 or 405 of their API; needs --control
    #[arg(long)]
    pub strict: bool,
}

/// The number of entries; none: off.
#[derive(Clone, Copy, Debug)]
pub struct Journal(Option<usize>);

fn journal(text: &str) -> Result<Journal, String> {
    match text.parse() {
        Ok(entries @ 1..=MAX_JOURNAL) => Ok(Journal(Some(entries))),
        _ if text == "off" => Ok(Journal(None)),
        _ => Err(format!("must be a number of requests from 1 to {MAX_JOURNAL}, or off")),
    }
}

impl From<ControlledArgs> for Options {
    fn from(args: ControlledArgs) -> Self {
        Self { journal: args.journal.map_or(Some(JOURNAL), |journal| journal.0), strict: args.strict }
    }
}

impl StandInArgs {
    /// Why these options cannot be used together with the others.
    pub fn conflict(&self, memory: bool, listen: SocketAddr) -> Option<&'static str> {
        if self.controlled.journal.is_some() && !(self.control && memory) {
            Some("--journal needs --memory --control: only test suites read the journal")
        } else if self.controlled.strict && !(self.control && memory) {
            Some("--strict needs --memory --control: its 501 is for test suites, and no answer of these APIs")
        } else if self.control && !memory {
            Some("--control needs --memory: whoever can reach the port could change or erase every account of a file")
        } else if self.control && !listen.ip().is_loopback() && self.control_token_file.is_none() {
            Some("--control needs --control-token-file where others can connect: they would be administrators")
        } else if !self.control && self.controlled.clock.is_some() {
            Some("--clock needs --memory and --control: the times in a file are the real ones")
        } else if !self.control && self.controlled.deterministic.is_some() {
            Some("--deterministic needs --memory and --control: tokens in a file must not be predictable")
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
    let options = config.stand_in.controlled.into();
    let (base_url, config, permission) = (config.base_url.clone(), config.clone(), operator.clone());
    let build = move |app: &AppState, next: &Arc<NextAuthorization>| {
        let always = config.auto_approve.as_deref().map(|name| approved(&app.accounts, &permission, name));
        let always = always.transpose().map_err(|error| error.to_string())?;
        let approver = TestApprover { next: Arc::clone(next), always };
        Ok(router::router(app, &config, Some(Arc::new(approver))))
    };
    Ok(Start { build: Arc::new(build), base_url, operator: operator.clone(), guard, options, limits, tls })
}

/// The account that `--auto-approve` names.
fn approved(accounts: &Accounts, operator: &Admin, username: &str) -> Result<AccountAccess, Error> {
    let user = accounts.user_by_name(operator, username).map_err(|error| match error {
        accounts::Error::NotFound => Error::Option(format!("--auto-approve: there is no user {username:?}")),
        other => other.into(),
    })?;
    Ok(operator.access_to(user.id))
}

/// Approves OAuth requests for tests.
struct TestApprover {
    next: Arc<NextAuthorization>,
    /// The account that all other requests are approved for.
    always: Option<AccountAccess>,
}

impl Approver for TestApprover {
    fn is_ready(&self) -> bool {
        self.always.is_some() || self.next.is_prepared()
    }

    fn decide(&self) -> Option<Decision> {
        match self.next.take() {
            Some(Authorization::Code(access)) => Some(Decision::Allow(access)),
            Some(Authorization::Error(code)) => Some(Decision::Refuse(code)),
            None => self.always.clone().map(Decision::Allow),
        }
    }
}

fn read_token(path: &Path) -> Result<Token, Error> {
    let failed = |reason: String| Error::Option(format!("--control-token-file {}: {reason}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    Token::parse(text.trim()).map_err(|problem| failed(format!("the token {problem}")))
}
