//! The configuration of a server. clap parses it from the command line and the environment.

use super::stand_in::StandInArgs;
use crate::accounts::{AccountBounds, AuditDays, Cost, LoginRate};
use crate::domain::{EmailTrust, KeyPolicy, SingleLineText};
use crate::gitlab::ErrorStatusMode;
use crate::http::DEFAULT_SITE_NAME;
use crate::http::server::connections_per_address;
use clap::builder::BoolishValueParser;
use clap::{Args, ValueEnum, value_parser};
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::num::{NonZero, NonZeroU32};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::available_parallelism;

/// In characters: it stands in the title of every page.
const MAX_SITE_NAME: usize = 60;

/// The changes of one account a day with --memory: a test suite may sign in with the same one in every test.
const CHANGES_IN_MEMORY: u32 = 100_000;

/// How to serve: the arguments of `accountd serve`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  accountd serve --listen 127.0.0.1:8080
  accountd serve --db /var/lib/accountd/accountd.db --base-url https://accounts.example.com
  accountd serve --listen 0.0.0.0:443 --tls-cert fullchain.pem --tls-key privkey.pem
  accountd serve --memory --seed fixtures/demo.json --listen 127.0.0.1:0

Once it accepts connections, it prints one line on stdout: listening on http://127.0.0.1:43211
On SIGTERM or SIGINT it finishes the requests in flight and exits.
On SIGHUP it reloads the TLS certificate and key, if it has any.")]
pub struct Config {
    /// The address to listen on; with port 0, any free port
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080", value_parser = address)]
    pub listen: SocketAddr,
    /// Serve /healthz, /readyz and /metrics on this address; with port 0, any free port, which is logged [default: not served]
    #[arg(long, value_name = "ADDR", value_parser = address)]
    pub admin_listen: Option<SocketAddr>,
    /// Serve HTTPS with this certificate: a PEM file with the server's certificate, then any intermediate ones
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// The certificate's private key: a PEM file without a passphrase
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Keep all accounts in memory and leave nothing on disk; --db is ignored
    #[arg(long)]
    pub memory: bool,
    /// Load the accounts of this file, unless it was loaded before; may be repeated
    #[arg(long, value_name = "FILE")]
    pub seed: Vec<PathBuf>,
    /// The start of absolute URLs in responses, and OAuth's issuer [default: scheme and Host of the request; for the issuer only a loopback Host or the --listen address]
    #[arg(long, value_name = "URL", value_parser = base_url)]
    pub base_url: Option<String>,
    /// The name of this server on its web pages, at most 60 characters
    #[arg(long, value_name = "NAME", default_value = DEFAULT_SITE_NAME, value_parser = site_name)]
    pub site_name: String,
    /// What the page at / tells developers, with {url} for the server's address
    #[arg(skip)]
    pub examples: Option<Arc<str>>,
    /// The APIs to serve, separated by commas
    #[arg(
        long,
        value_enum,
        value_name = "DIALECT",
        value_delimiter = ',',
        default_value = "docker,gitlab-v3,gitlab-v4"
    )]
    pub dialects: Vec<Dialect>,
    /// The cost of password hashes [default: low with --memory, otherwise standard]
    #[arg(long, value_enum)]
    pub password_cost: Option<PasswordCost>,
    /// How many wrong passwords an address may send for one login name, per s, m or h; or off [default: off with --memory, otherwise 10/m]
    #[arg(long, value_name = "N/m|off")]
    pub login_rate: Option<LoginRate>,
    /// Whether an address that its user marked as verified counts as confirmed in GitLab's v4 API and in /allowed_signers [default: true with --memory, otherwise false]
    #[arg(
        long,
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = BoolishValueParser::new()
    )]
    pub trust_self_verified: Option<bool>,
    #[command(flatten)]
    pub keys: KeyPolicyArgs,
    /// The status codes of errors in GitLab's v3 API
    #[arg(long, value_enum, default_value_t)]
    pub gitlab_errors: ErrorStatusMode,
    /// Don't serve /USERNAME.keys
    #[arg(long)]
    pub no_public_keys: bool,
    /// Approve every OAuth request as this user, without a page; for test suites, with --memory or on loopback only
    #[arg(long, value_name = "USER")]
    pub auto_approve: Option<String>,
    #[command(flatten)]
    pub stand_in: StandInArgs,
    #[command(flatten)]
    pub process: ProcessArgs,
    /// Threads that handle requests [default: the number of processors minus one]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// The maximum number of open connections
    #[arg(long, value_name = "N", default_value_t = 1024, value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub max_connections: u32,
    /// The maximum number of open connections of one address (of IPv6, of one /64 network), except a trusted proxy's [default: fifteen sixteenths of --max-connections]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub max_connections_per_address: Option<u32>,
    /// The most bytes of SSH keys that a user can have; the commands and imports may add more
    #[arg(long, value_name = "N", default_value_t = AccountBounds::default().key_bytes, value_parser = value_parser!(u64).range(1..=16_384_000))]
    pub max_key_bytes: u64,
    /// The most email addresses that a user can have; the commands and imports may add more
    #[arg(long, value_name = "N", default_value_t = AccountBounds::default().addresses, value_parser = value_parser!(u64).range(1..=1000))]
    pub max_addresses: u64,
    /// The most changes that a user who is no administrator can make in a day, and the most sign-ins, and the most refreshes by the user's applications; what only takes away is not counted [default: 100000 with --memory, otherwise 3000]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub max_changes_per_day: Option<u32>,
    /// How many days an event stays in the audit log
    #[arg(long, value_name = "N", default_value_t = AuditDays::default().0, value_parser = value_parser!(u32).range(1..=36_500))]
    pub audit_days: u32,
    /// Trust X-Forwarded-For and X-Forwarded-Proto from this network or address; may be repeated
    #[arg(long, value_name = "CIDR", value_parser = network, value_delimiter = ',')]
    pub trusted_proxy: Vec<IpNet>,
}

/// How the process that started the server learns that it is ready, and ends it.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct ProcessArgs {
    /// The line on stdout once connections are accepted: text or a JSON object
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub ready: Ready,
    /// End the server when its stdin closes, so that it does not outlive the program that started it
    #[arg(long)]
    pub exit_with_stdin: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Ready {
    /// listening on URL
    #[default]
    Text,
    /// {"url": …, "control": …, "pid": …, "version": …}
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PasswordCost {
    /// argon2's lowest, for accounts in memory only
    Low,
    /// OWASP's minimum for argon2id
    Standard,
}

#[derive(Args, Clone, Copy, Debug)]
pub struct KeyPolicyArgs {
    /// Refuse RSA keys with fewer bits
    #[arg(long, value_name = "N", default_value_t = KeyPolicy::default().min_rsa_bits, value_parser = value_parser!(u32).range(1024..=16384))]
    min_rsa_bits: u32,
}

impl From<KeyPolicyArgs> for KeyPolicy {
    fn from(args: KeyPolicyArgs) -> Self {
        Self { min_rsa_bits: args.min_rsa_bits }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Dialect {
    /// docker.io Accounts API, /api/v1.1
    Docker,
    /// GitLab API v3, /api/v3
    GitlabV3,
    /// GitLab API v4, /api/v4
    GitlabV4,
}

impl Config {
    pub fn password_cost(&self) -> Cost {
        match (self.password_cost, self.memory) {
            (Some(PasswordCost::Low), _) | (None, true) => Cost::Low,
            (Some(PasswordCost::Standard), _) | (None, false) => Cost::Standard,
        }
    }

    pub fn bounds(&self) -> AccountBounds {
        let chosen = self.max_changes_per_day.or(self.memory.then_some(CHANGES_IN_MEMORY)).and_then(NonZeroU32::new);
        let changes_per_day = chosen.unwrap_or(AccountBounds::default().changes_per_day);
        AccountBounds { key_bytes: self.max_key_bytes, addresses: self.max_addresses, changes_per_day }
    }

    pub fn login_rate(&self) -> LoginRate {
        self.login_rate.unwrap_or(if self.memory { LoginRate::Off } else { LoginRate::default() })
    }

    pub fn email_trust(&self) -> EmailTrust {
        if self.trust_self_verified.unwrap_or(self.memory) { EmailTrust::Everyone } else { EmailTrust::Administrators }
    }

    /// Some connections are left to other addresses, also when an address keeps all of its own busy.
    pub fn max_connections_per_address(&self) -> usize {
        let default = || connections_per_address(self.max_connections as usize);
        self.max_connections_per_address.map_or_else(default, |connections| connections as usize)
    }

    /// By default, one processor is left to the threads that write, hash passwords and run queries. On two processors, a
    /// second thread made requests more expensive and answered no more of them.
    pub fn threads(&self) -> usize {
        self.threads.map_or_else(|| processors().saturating_sub(1).max(1), usize::from)
    }
}

pub fn processors() -> usize {
    available_parallelism().map_or(1, NonZero::get)
}

/// An IP address or host name, with a port.
pub fn address(text: &str) -> Result<SocketAddr, String> {
    let Some((host, port)) = text.rsplit_once(':') else {
        return Err("must be an address with a port, such as 127.0.0.1:8080".into());
    };
    if host.is_empty() {
        return Err(format!(
            "has no address: use 127.0.0.1:{port} to accept connections from this machine only, or 0.0.0.0:{port} from everywhere"
        ));
    }
    let mut addresses = text.to_socket_addrs().map_err(|error| error.to_string())?;
    addresses.next().ok_or_else(|| "the host has no address".into())
}

/// An http or https URL without credentials, query and fragment; returned without a final slash.
pub fn base_url(text: &str) -> Result<String, String> {
    let url = url::Url::parse(text).ok().filter(|url| {
        let path_only = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        matches!(url.scheme(), "http" | "https") && url.has_host() && path_only
    });
    match url {
        Some(_) => Ok(text.trim_end_matches('/').to_owned()),
        None => Err("must be an http or https URL without a query, such as https://accounts.example.com".into()),
    }
}

/// One short line of text.
fn site_name(text: &str) -> Result<String, String> {
    let name = SingleLineText::required(text.trim()).map_err(|problem| problem.to_string())?;
    match name.as_str().chars().count() {
        ..=MAX_SITE_NAME => Ok(name.as_str().to_owned()),
        _ => Err(format!("is too long (maximum is {MAX_SITE_NAME} characters)")),
    }
}

/// A network such as `10.0.0.0/8`, or a single address.
fn network(text: &str) -> Result<IpNet, String> {
    let single = text.parse::<IpAddr>().map(IpNet::from);
    single.or_else(|_| text.parse()).map_err(|_| "must be a network such as 10.0.0.0/8, or an address".into())
}
