//! `accountd serve`

use super::arguments::{Common, KeyPolicyArgs};
use super::outcome::{Failure, Outcome, print};
use super::value_parsers::{address, base_url, network};
use super::{database, server};
use crate::accounts::{Cost, LoginRate};
use crate::app::{Config, EnabledDialects, Seed};
use crate::gitlab::ErrorStatusMode;
use crate::http::server::tls::Files;
use crate::store::Location;
use clap::{Args, ValueEnum, value_parser};
use ipnet::IpNet;
use std::net::SocketAddr;
use std::path::PathBuf;

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  accountd serve --listen 127.0.0.1:8080
  accountd serve --db /var/lib/accountd/accountd.db --base-url https://accounts.example.com
  accountd serve --listen 0.0.0.0:443 --tls-cert fullchain.pem --tls-key privkey.pem
  accountd serve --memory --seed fixtures/demo.json --listen 127.0.0.1:0

Once it accepts connections, it prints one line on stdout: listening on http://127.0.0.1:43211
On SIGTERM or SIGINT it finishes the requests in flight and exits.
On SIGHUP it reloads the TLS certificate and key, if it has any.")]
pub struct ServeArgs {
    /// The address to listen on; with port 0, any free port
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080", value_parser = address)]
    listen: SocketAddr,
    /// Serve /healthz, /readyz and /metrics on this address; with port 0, any free port, which is logged [default: not served]
    #[arg(long, value_name = "ADDR", value_parser = address)]
    admin_listen: Option<SocketAddr>,
    /// Serve HTTPS with this certificate: a PEM file with the server's certificate, then any intermediate ones
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key: a PEM file without a passphrase
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Keep all accounts in memory, and ignore --db
    #[arg(long)]
    memory: bool,
    /// Load the accounts of this file, unless it was loaded before; may be repeated
    #[arg(long, value_name = "FILE")]
    seed: Vec<PathBuf>,
    /// The start of absolute URLs in responses [default: scheme and Host of the request]
    #[arg(long, value_name = "URL", value_parser = base_url)]
    base_url: Option<String>,
    /// The APIs to serve, separated by commas
    #[arg(
        long,
        value_enum,
        value_name = "DIALECT",
        value_delimiter = ',',
        default_value = "docker,gitlab-v3,gitlab-v4"
    )]
    dialects: Vec<Dialect>,
    /// The cost of password hashes [default: low with --memory, otherwise standard]
    #[arg(long, value_enum)]
    password_cost: Option<PasswordCost>,
    /// How many wrong passwords an address may send for one login name, per s, m or h; or off [default: off with --memory, otherwise 10/m]
    #[arg(long, value_name = "N/m|off")]
    login_rate: Option<LoginRate>,
    #[command(flatten)]
    keys: KeyPolicyArgs,
    /// The status codes of errors in GitLab's v3 API
    #[arg(long, value_enum, default_value_t)]
    gitlab_errors: ErrorStatusMode,
    /// Don't serve /USERNAME.keys
    #[arg(long)]
    no_public_keys: bool,
    /// Approve every OAuth request as this user, without a page; for test suites, with --memory or on loopback only
    #[arg(long, value_name = "USER")]
    auto_approve: Option<String>,
    /// Threads that handle requests [default: the number of processors minus one]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// The maximum number of open connections
    #[arg(long, value_name = "N", default_value_t = 1024, value_parser = value_parser!(u32).range(1..=1_000_000))]
    max_connections: u32,
    /// Trust X-Forwarded-For and X-Forwarded-Proto from this network or address; may be repeated
    #[arg(long, value_name = "CIDR", value_parser = network, value_delimiter = ',')]
    trusted_proxy: Vec<IpNet>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Dialect {
    /// docker.io Accounts API, /api/v1.1
    Docker,
    /// GitLab API v3, /api/v3
    GitlabV3,
    /// GitLab API v4, /api/v4
    GitlabV4,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PasswordCost {
    /// argon2's lowest, for accounts in memory only
    Low,
    /// OWASP's minimum for argon2id
    Standard,
}

pub fn run(common: &Common, args: ServeArgs) -> Outcome {
    args.check_auto_approve()?;
    let location = if args.memory { Location::Memory } else { Location::File(database::path_to_create(common)?) };
    server::run(args.config(location.clone())?, |application| {
        if !application.has_administrator()? {
            warn_no_administrator(&location);
        }
        print(&format!("listening on {}\n", application.url()))
    })
}

impl ServeArgs {
    /// Whoever reaches the server could act as that user.
    fn check_auto_approve(&self) -> Outcome {
        let refused = if self.auto_approve.is_none() || self.memory {
            return Ok(());
        } else if !self.listen.ip().is_loopback() {
            "--auto-approve needs --memory or a loopback --listen: anyone who connects could act as that user"
        } else if !self.trusted_proxy.is_empty() {
            "--auto-approve cannot be used with --trusted-proxy: clients of the proxy could act as that user"
        } else {
            return Ok(());
        };
        Err(Failure::new(refused))
    }

    fn config(self, location: Location) -> Result<Config, Failure> {
        let password_cost = match (self.password_cost, self.memory) {
            (Some(PasswordCost::Low), false) => {
                return Err(Failure::new("--password-cost low needs --memory: hashes in a file must resist guessing"));
            }
            (Some(PasswordCost::Standard), _) | (None, false) => Cost::Standard,
            (Some(PasswordCost::Low) | None, true) => Cost::Low,
        };
        let login_rate = self.login_rate.unwrap_or(if self.memory { LoginRate::Off } else { LoginRate::default() });
        Ok(Config {
            location,
            listen: self.listen,
            admin_listen: self.admin_listen,
            tls: self.tls_cert.zip(self.tls_key).map(|(certificate, key)| Files { certificate, key }),
            base_url: self.base_url,
            dialects: EnabledDialects {
                docker: self.dialects.contains(&Dialect::Docker),
                gitlab_v3: self.dialects.contains(&Dialect::GitlabV3),
                gitlab_v4: self.dialects.contains(&Dialect::GitlabV4),
            },
            password_cost,
            login_rate,
            keys: self.keys.into(),
            gitlab_errors: self.gitlab_errors,
            threads: self.threads.map_or_else(server::threads, usize::from),
            max_connections: self.max_connections as usize,
            trusted_proxies: self.trusted_proxy.into_iter().collect(),
            public_keys: !self.no_public_keys,
            auto_approve: self.auto_approve,
            seeds: self.seed.into_iter().map(read_seed).collect::<Result<_, _>>()?,
        })
    }
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
