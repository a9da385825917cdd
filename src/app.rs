//! From a configuration to a server that listens: the accounts, the dialects, the accept loop.

mod config;
mod router;
mod routes;
mod stand_in;

pub use config::{Config, KeyPolicyArgs, PasswordCost, ProcessArgs, Ready, address, base_url, processors};
pub use routes::{RouteInfo, routes};
pub use stand_in::ControlledArgs;

use crate::accounts::archive::ArchiveError;
use crate::accounts::{Accounts, Actor, Admin, AuditDays, CurrentAccounts, Jobs};
use crate::http::AppState;
use crate::http::router::CurrentRouter;
use crate::http::server::tls::{self, Files, Tls};
use crate::http::server::{Limits, Listener, serve};
use crate::ssh::spool::{self, Spool};
use crate::stand_in::Sandbox;
use crate::store::{Create, Location, Purpose, Store};
use crate::{accounts, admin, store};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;
use tokio::time::interval;

/// How often the spool is read.
const SPOOL_EVERY: Duration = Duration::from_secs(60);

/// For requests in flight once the server is to stop. A stop takes ten seconds at most: the last writes and the closing
/// checkpoint have half a second each, the admin listener and the runtime a third, and the log one and a half.
const STOP_REQUESTS: Duration = Duration::from_secs(7);
/// From when on, after that signal, nothing waits for another process's lock on the database.
const STOP_LOCKS: Duration = Duration::from_millis(7500);

/// An archive to load at start, unless the same bytes were loaded before.
#[derive(Debug)]
pub struct Seed {
    /// For messages.
    pub path: PathBuf,
    pub text: Arc<[u8]>,
}

/// Why a server could not be started.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error(transparent)]
    Accounts(#[from] accounts::Error),
    #[error("seed {}: {error}", path.display())]
    Seed { path: PathBuf, error: ArchiveError },
    #[error("cannot listen on {address}: {error}; {option} names another address")]
    Listen { option: &'static str, address: SocketAddr, error: std::io::Error },
    #[error(transparent)]
    Tls(#[from] tls::Error),
    /// What an option asks for cannot be done; the text names the option.
    #[error("{0}")]
    Option(String),
}

/// A server that is ready: the database is open, the seeds are loaded, the port is taken.
pub struct Application {
    accounts: CurrentAccounts,
    listener: TcpListener,
    tls: Option<Tls>,
    admin: Option<admin::Listener>,
    address: SocketAddr,
    location: Location,
    router: CurrentRouter,
    limits: Limits,
    /// With `--control`.
    sandbox: Option<Arc<Sandbox>>,
}

impl Application {
    /// # Errors
    /// Whatever stands in the way; nothing of a seed that can't be taken whole stays.
    pub async fn build(config: Config, location: Location, seeds: Vec<Seed>) -> Result<Self, Error> {
        // Before the database is touched: a port that is taken must leave nothing behind.
        let files = config.tls_cert.clone().zip(config.tls_key.clone());
        let tls = files.map(|(certificate, key)| Tls::load(Files { certificate, key })).transpose()?;
        let address = config.listen;
        let failed = |error| Error::Listen { option: "--listen", address, error };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let admin =
            match config.admin_listen {
                Some(address) => Some(
                    admin::Listener::bind(address, config.base_url.as_deref())
                        .await
                        .map_err(|error| Error::Listen { option: "--admin-listen", address, error })?,
                ),
                None => None,
            };
        let store = Store::open(&location, Create::IfMissing, Purpose::Serve { threads: config.threads() })?;
        log_database(&location, store.created());
        let accounts = Accounts::new(store, config.password_cost(), config.keys.into(), config.login_rate())?;
        let accounts = accounts.with_bounds(config.bounds()).with_email_trust(config.email_trust());
        if let Some(setting) = config.stand_in.controlled.clock {
            accounts.clock().handle().ok_or_else(|| Error::Option("--clock needs --memory".into()))?.set(setting);
        }
        let accounts = accounts.with_audit_days(AuditDays(config.audit_days));
        let accounts = match config.stand_in.controlled.deterministic {
            Some(seed) => {
                let in_memory = accounts.deterministic(seed)?;
                in_memory.ok_or_else(|| Error::Option("--deterministic needs --memory".into()))?
            }
            None => accounts,
        };
        let operator = Admin::operator(&Actor::operator())?;
        let empty = if config.stand_in.control { accounts.image()? } else { None };
        for seed in seeds {
            let loaded = accounts.load_seed(&operator, &seed.text).await;
            let loaded = loaded.map_err(|error| Error::Seed { path: seed.path.clone(), error })?;
            match loaded {
                Some(imported) => {
                    tracing::info!(seed = %seed.path.display(), users = imported.users.len(), "seed loaded")
                }
                None => tracing::info!(seed = %seed.path.display(), "seed was loaded before"),
            }
        }
        let limits = Limits {
            max_connections: config.max_connections as usize,
            max_connections_per_address: config.max_connections_per_address(),
            proxies: config.trusted_proxy.clone().into(),
            stop: STOP_REQUESTS,
            ..Limits::default()
        };
        let start = stand_in::start(&config, &operator, limits.clone(), tls.clone())?;
        let sandbox = empty.map(|empty| Sandbox::first(start.clone(), accounts.clone(), empty, address));
        let sandbox = sandbox.transpose().map_err(Error::Option)?;
        let (router, accounts) = match &sandbox {
            Some(sandbox) => (sandbox.router(), sandbox.current_accounts()),
            None => {
                let app = AppState::new(accounts.clone(), config.base_url.as_deref(), address);
                let app = app.with_metrics(admin.as_ref().map(admin::Listener::metrics));
                ((start.build)(&app, &Arc::default()).map_err(Error::Option)?.into(), accounts.into())
            }
        };
        Ok(Self { accounts, listener, tls, admin, address, location, router, limits, sandbox })
    }

    /// Where it listens, with the port that was taken; without a path.
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Whether test suites can control it.
    pub fn is_controlled(&self) -> bool {
        self.sandbox.is_some()
    }

    /// To read the certificate again while it serves; none without TLS.
    pub fn tls(&self) -> Option<Tls> {
        self.tls.clone()
    }

    /// Whether anybody can administer the accounts over HTTP.
    ///
    /// # Errors
    /// Only those of the database.
    pub fn has_administrator(&self) -> Result<bool, Error> {
        Ok(self.accounts.load().has_administrator()?)
    }

    /// Serves until `stop`, then finishes what is in flight.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) {
        let metrics = self.admin.as_ref().map(admin::Listener::metrics);
        let (watched, unwatched) = oneshot::channel::<()>();
        let watching = self.admin.map(|admin| {
            let accounts = self.accounts.clone();
            tokio::spawn(admin.serve(accounts, async { drop(unwatched.await) }))
        });
        let accounts = self.accounts.clone();
        let (stopping, stopped) = oneshot::channel();
        // A task, so that the deadline runs from the signal even if that comes before the first request.
        tokio::spawn(async move {
            stop.await;
            accounts.load().close_by(std::time::Instant::now() + STOP_LOCKS);
            drop::<oneshot::Sender<()>>(stopping);
        });
        // A sandbox has jobs of its own, and nothing of it is kept.
        let jobs = self.sandbox.is_none().then(|| Jobs::start(&self.accounts.load()));
        let spool = self.location.file().map(|database| Spool::new(spool::folder(database)));
        let spool = spool.map(|spool| tokio::spawn(collect(self.accounts.load_full(), spool)));
        serve(Listener { tcp: self.listener, tls: self.tls, metrics }, self.router, self.limits, async {
            drop(stopped.await)
        })
        .await;
        if let Some(spool) = spool {
            spool.abort();
        }
        if let Some(jobs) = jobs {
            jobs.finish().await;
        }
        drop(watched);
        if let Some(watching) = watching
            && let Err(error) = watching.await
        {
            tracing::warn!(%error, "the admin listener did not end well");
        }
    }
}

fn log_database(location: &Location, created: bool) {
    match location {
        Location::File(path) if created => tracing::info!(database = %path.display(), "created the database"),
        Location::File(path) => tracing::info!(database = %path.display(), "opened the database"),
        Location::Memory => tracing::info!("the accounts are in memory only"),
    }
}

/// Writes the uses of keys that other programs left in the spool: now, and every minute. It may be cancelled at any
/// moment, because a record is removed after it was written.
async fn collect(accounts: Arc<Accounts>, mut spool: Spool) {
    let mut every = interval(SPOOL_EVERY);
    loop {
        every.tick().await;
        let read = spawn_blocking(move || {
            let batch = spool.read();
            (spool, batch)
        });
        let Ok((returned, batch)) = read.await else { return };
        spool = returned;
        match batch {
            Ok(batch) if batch.is_empty() => {}
            Ok(batch) => match accounts.keys_used(&batch.records).await {
                Ok(()) => drop(spawn_blocking(|| batch.remove()).await),
                Err(error) => tracing::warn!(%error, "times of last use were not written"),
            },
            Err(error) => tracing::warn!(%error, spool = %spool.folder().display(), "the spool could not be read"),
        }
    }
}
