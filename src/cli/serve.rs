//! `accountd serve`

use super::arguments::Common;
use super::database;
use super::outcome::{Failure, Outcome, print};
use crate::accounts::{Cost, LoginRate};
use crate::app::{self, Application, Config, Seed};
use crate::domain::KeyPolicy;
use crate::gitlab::ErrorStatusMode;
use crate::http::server::tls::{Files, Tls};
use crate::store::Location;
use clap::{Args, ValueEnum};
use ipnet::IpNet;
use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::num::NonZero;
use std::path::PathBuf;
use std::thread::available_parallelism;
use tokio::signal::unix::{SignalKind, signal};

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  accountd serve --listen 127.0.0.1:8080
  accountd serve --db /var/lib/accountd/accountd.db --base-url https://accounts.example.com
  accountd serve --listen 0.0.0.0:443 --tls-cert fullchain.pem --tls-key privkey.pem
  accountd serve --memory --seed fixtures/demo.json --listen 127.0.0.1:0

stdout gets one line, once connections are accepted: listening on http://127.0.0.1:43211
SIGTERM and SIGINT finish what is in flight and end it.
With TLS, SIGHUP reads the certificate and the key again.")]
pub struct ServeArgs {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080", value_parser = address)]
    listen: SocketAddr,
    /// Answer /healthz, /readyz and /metrics on this address; the log says which when the port is 0 [default: nowhere]
    #[arg(long, value_name = "ADDR", value_parser = address)]
    admin_listen: Option<SocketAddr>,
    /// Speak TLS with this certificate: PEM, the server's own first, then those that vouch for it
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key: PEM, without passphrase
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Keep nothing on disk after exit; --db is not looked at
    #[arg(long)]
    memory: bool,
    /// Load a fixture file, unless it was loaded before; may be given again
    #[arg(long, value_name = "FILE")]
    seed: Vec<PathBuf>,
    /// What absolute URLs in answers begin with [default: the scheme and Host that the caller used]
    #[arg(long, value_name = "URL", value_parser = base_url)]
    base_url: Option<String>,
    /// What a password hash costs [default: low with --memory, else standard]
    #[arg(long, value_enum)]
    password_cost: Option<PasswordCost>,
    /// FieldErrorKind passwords that an address may give for a name each s, m or h, or off [default: off with --memory, else 10/m]
    #[arg(long, value_name = "N/m|off")]
    login_rate: Option<LoginRate>,
    /// Refuse RSA keys of fewer bits
    #[arg(long, value_name = "N", default_value_t = KeyPolicy::default().min_rsa_bits, value_parser = clap::value_parser!(u32).range(1024..=16384))]
    min_rsa_bits: u32,
    /// The status of refusals in the GitLab dialect
    #[arg(long, value_enum, default_value_t)]
    gitlab_errors: ErrorStatusMode,
    /// Don't answer /USERNAME.keys
    #[arg(long)]
    no_public_keys: bool,
    /// Let every application have what it asks for as this user, without a page: for test suites; only with --memory or
    /// on loopback
    #[arg(long, value_name = "USER")]
    auto_approve: Option<String>,
    /// Threads that answer requests [default: one for each processor but one, which is left to what they wait for]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Connections open at the same time
    #[arg(long, value_name = "N", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    max_connections: u32,
    /// Believe X-Forwarded-For and X-Forwarded-Proto from this network or address; may be given again
    #[arg(long, value_name = "CIDR", value_parser = network, value_delimiter = ',')]
    trusted_proxy: Vec<IpNet>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PasswordCost {
    /// argon2's lowest: for accounts in memory only
    Low,
    /// OWASP's minimum for argon2id
    Standard,
}

/// An http or https URL with nothing after the path.
fn base_url(text: &str) -> Result<String, String> {
    let wrong = || String::from("must begin with http:// or https://, as https://accounts.example.com, without query");
    let url = url::Url::parse(text).map_err(|_| wrong())?;
    let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() || !plain {
        return Err(wrong());
    }
    Ok(text.trim_end_matches('/').to_owned())
}

pub fn run(common: &Common, args: ServeArgs) -> Outcome {
    let cost = match (args.password_cost, args.memory) {
        (Some(PasswordCost::Low), false) => {
            return Err(Failure::new("--password-cost low is for --memory only: a file outlives its secrecy"));
        }
        (Some(PasswordCost::Standard), _) | (None, false) => Cost::Standard,
        (Some(PasswordCost::Low) | None, true) => Cost::Low,
    };
    if args.auto_approve.is_some() && !args.memory && !args.listen.ip().is_loopback() {
        return Err(Failure::new(
            "--auto-approve is for --memory or a loopback --listen only: anybody could be that user",
        ));
    }
    if args.auto_approve.is_some() && !args.memory && !args.trusted_proxy.is_empty() {
        return Err(Failure::new(
            "--auto-approve does not go with --trusted-proxy: behind a proxy, a loopback --listen keeps nobody out",
        ));
    }
    let login_rate = args.login_rate.unwrap_or(if args.memory { LoginRate::Off } else { LoginRate::default() });
    let location = if args.memory { Location::Memory } else { Location::File(database::path(common)?) };
    let config = Config {
        location: location.clone(),
        listen: args.listen,
        admin_listen: args.admin_listen,
        tls: args.tls_cert.zip(args.tls_key).map(|(certificate, key)| Files { certificate, key }),
        base_url: args.base_url,
        password_cost: cost,
        login_rate,
        keys: KeyPolicy { min_rsa_bits: args.min_rsa_bits },
        gitlab_errors: args.gitlab_errors,
        dialects: crate::app::EnabledDialects::default(),
        threads: args.threads.map_or_else(threads, usize::from),
        max_connections: args.max_connections as usize,
        trusted_proxies: args.trusted_proxy.into_iter().collect(),
        public_keys: !args.no_public_keys,
        auto_approve: args.auto_approve,
        seeds: args.seed.into_iter().map(read).collect::<Result<_, _>>()?,
    };
    start(config, |application| {
        if !application.has_administrator().map_err(failed)? {
            let advice = advice(&location);
            if tracing::enabled!(tracing::Level::WARN) {
                tracing::warn!("there is no administrator yet: {advice}");
            } else {
                eprintln!("accountd: there is no administrator yet: {advice}");
            }
        }
        print(&format!("listening on {}\n", application.url()))
    })
}

/// Builds the server, lets `announce` speak, and serves until a signal.
pub fn start(config: Config, announce: impl FnOnce(&Application) -> Outcome) -> Outcome {
    take_descriptors();
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(config.threads).max_blocking_threads(blocking_threads());
    let runtime = runtime.enable_all().build().map_err(Failure::new)?;
    runtime.block_on(async {
        let stop = stopped()?;
        let application = Application::build(config).await.map_err(failed)?;
        if let Some(tls) = application.tls() {
            reload_on_hangup(tls)?;
        }
        announce(&application)?;
        application.run(stop).await;
        Ok(())
    })
}

/// As many as answer requests unless somebody says so. Look-ups, writes, password hashes and lists have threads of their own,
/// and need a processor, too. On two processors, a second thread made requests dearer by what the two had to tell each other,
/// and answered no more of them.
pub fn threads() -> usize {
    processors().saturating_sub(1).max(1)
}

/// For lists, of which 4 run at the same time, password hashes, of which one for each processor does, and little else. More
/// threads than that would come and go, and each keeps memory of its own.
fn blocking_threads() -> usize {
    processors() + 6
}

fn processors() -> usize {
    available_parallelism().map_or(1, NonZero::get)
}

fn failed(error: app::Error) -> Failure {
    match error {
        app::Error::Accounts(error) => error.into(),
        error @ (app::Error::Store(_)
        | app::Error::Seed { .. }
        | app::Error::Listen { .. }
        | app::Error::Approver(_)
        | app::Error::Tls(_)) => Failure::new(error),
    }
}

/// Takes as many file descriptors as there may be: the usual 1024 would be spent by connections, with none left for the
/// database. What can't be had is done without.
fn take_descriptors() {
    let limit = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        tracing::debug!(%error, "the limit on open files stays");
    }
}

/// Ends with the first SIGTERM or SIGINT.
fn stopped() -> Result<impl Future<Output = ()>, Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("signals: {error}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    // A limit on the size of files (setrlimit(2), RLIMIT_FSIZE) is an error of the write that meets it, not the end.
    let too_large = signal(SignalKind::from_raw(Signal::XFSZ.as_raw())).map_err(failed)?;
    Ok(async move {
        let _too_large = too_large;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
    })
}

/// For as long as the runtime lives.
fn reload_on_hangup(tls: Tls) -> Outcome {
    let failed = |error: std::io::Error| Failure::new(format!("signals: {error}"));
    let mut hangup = signal(SignalKind::hangup()).map_err(failed)?;
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            let tls = tls.clone();
            match tokio::task::spawn_blocking(move || tls.reload()).await {
                Ok(Ok(())) => tracing::info!("the TLS certificate was read again"),
                Ok(Err(error)) => tracing::error!(%error, "the TLS certificate stays what it was"),
                Err(error) => tracing::error!(%error, "the TLS certificate stays what it was"),
            }
        }
    });
    Ok(())
}

fn read(path: PathBuf) -> Result<Seed, Failure> {
    let text = std::fs::read(&path).map_err(|error| Failure::new(format!("seed {}: {error}", path.display())))?;
    Ok(Seed { path, text: text.into() })
}

/// `10.0.0.0/8`, or one address.
fn network(text: &str) -> Result<IpNet, String> {
    let alone = text.parse::<IpAddr>().map(IpNet::from);
    alone.or_else(|_| text.parse()).map_err(|_| "must be a network such as 10.0.0.0/8, or an address".into())
}

/// A host name, too: `localhost:8080`.
pub fn address(text: &str) -> Result<SocketAddr, String> {
    if !text.contains(':') {
        return Err("must be an address with a port, such as 127.0.0.1:8080".into());
    }
    let mut found = text.to_socket_addrs().map_err(|error| error.to_string())?;
    found.next().ok_or_else(|| "no such host".into())
}

fn advice(location: &Location) -> String {
    match location {
        Location::Memory => "give a --seed FILE that has one".into(),
        Location::File(path) => format!(
            "make one with: accountd user add admin --email admin@example.com --admin --db {}",
            shell_word(&path.to_string_lossy())
        ),
    }
}

/// So that the printed command can be pasted.
fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    if text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}
