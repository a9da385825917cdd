//! From a configuration to a server that listens: the accounts, the dialects, the accept loop.

mod config;
mod router;

pub use config::{Config, KeyPolicyArgs, PasswordCost, address, processors};

use crate::accounts::access::AccountAccess;
use crate::accounts::archive::ArchiveError;
use crate::accounts::{Accounts, Actor, Admin};
use crate::http::AppState;
use crate::http::server::tls::{self, Files, Tls};
use crate::http::server::{Limits, Listener, serve};
use crate::ssh::spool;
use crate::store::{Create, Location, Purpose, Store};
use crate::{accounts, admin, store};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::{Instant, interval_at};

/// How often the times of last use are written.
const USAGE_EVERY: Duration = Duration::from_secs(60);

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
    #[error("--auto-approve: there is no user {0:?}")]
    Approver(String),
    #[error(transparent)]
    Tls(#[from] tls::Error),
}

/// A server that is ready: the database is open, the seeds are loaded, the port is taken.
pub struct Application {
    accounts: Accounts,
    listener: TcpListener,
    tls: Option<Tls>,
    admin: Option<admin::Listener>,
    address: SocketAddr,
    config: Config,
    location: Location,
    approver: Option<Arc<AccountAccess>>,
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
        let admin = match config.admin_listen {
            Some(address) => Some(admin::Listener::bind(address).await.map_err(|error| Error::Listen {
                option: "--admin-listen",
                address,
                error,
            })?),
            None => None,
        };
        let store = Store::open(&location, Create::IfMissing, Purpose::Serve { threads: config.threads() })?;
        log_database(&location, store.created());
        let accounts = Accounts::new(store, config.password_cost(), config.keys.into(), config.login_rate())?;
        let operator = Admin::operator(&Actor::operator())?;
        for seed in seeds {
            let loaded = accounts.load_seed(&operator, &seed.text).await;
            let loaded = loaded.map_err(|error| Error::Seed { path: seed.path.clone(), error })?;
            match loaded {
                Some(imported) => tracing::info!(seed = %seed.path.display(), users = imported.users, "seed loaded"),
                None => tracing::info!(seed = %seed.path.display(), "seed was loaded before"),
            }
        }
        let approver = config.auto_approve.as_deref().map(|name| approver(&accounts, &operator, name)).transpose()?;
        Ok(Self { accounts, listener, tls, admin, address, config, location, approver })
    }

    /// Where it listens, with the port that was taken; without a path.
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
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
        Ok(self.accounts.has_administrator()?)
    }

    /// Serves until `stop`, then finishes what is in flight.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) {
        let app = AppState::new(self.accounts.clone(), self.config.base_url.as_deref());
        let router = router::router(&app, &self.config, self.approver.as_ref());
        let limits = Limits {
            max_connections: self.config.max_connections as usize,
            max_connections_per_address: self.config.max_connections_per_address(),
            proxies: self.config.trusted_proxy.into(),
            stop: STOP_REQUESTS,
            ..Limits::default()
        };
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
            accounts.close_by(std::time::Instant::now() + STOP_LOCKS);
            drop::<oneshot::Sender<()>>(stopping);
        });
        let usage = Usage { accounts: self.accounts, spool: self.location.file().map(spool::folder) };
        let (served, end) = oneshot::channel();
        // What came while no server ran, before the first request is answered.
        usage.write().await;
        let written = tokio::spawn(usage.write_every_so_often(end));
        serve(Listener { tcp: self.listener, tls: self.tls, metrics }, router, limits, async { drop(stopped.await) })
            .await;
        drop::<oneshot::Sender<()>>(served);
        if let Err(error) = written.await {
            tracing::warn!(%error, "times of last use were not written");
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

/// The user's permission for everything that is asked for.
fn approver(accounts: &Accounts, operator: &Admin, username: &str) -> Result<Arc<AccountAccess>, Error> {
    let user = accounts.user_by_name(operator, username).map_err(|error| match error {
        accounts::Error::NotFound => Error::Approver(username.to_owned()),
        other => other.into(),
    })?;
    Ok(Arc::new(operator.access_to(user.id)))
}

/// Writes when tokens, passwords and keys were last used.
struct Usage {
    accounts: Accounts,
    /// Where programs that may not write to the database leave their notes.
    spool: Option<PathBuf>,
}

impl Usage {
    /// Every minute until `end`, when no request is in flight any more, and then once more. A write is never cancelled,
    /// because it has taken the notes.
    async fn write_every_so_often(self, mut end: oneshot::Receiver<()>) {
        let mut every = interval_at(Instant::now() + USAGE_EVERY, USAGE_EVERY);
        loop {
            tokio::select! {
                _ = every.tick() => self.write().await,
                _ = &mut end => break,
            }
        }
        self.write().await;
    }

    /// A failure is logged; the next minute, or for keys the next start, tries again.
    async fn write(&self) {
        if let Err(error) = self.accounts.write_usage().await {
            tracing::warn!(%error, "times of last use were not written");
            // The notes in the folder are safer there than in memory, behind the same lock.
            return;
        }
        let Some(folder) = self.spool.clone() else { return };
        let path = folder.clone();
        match tokio::task::spawn_blocking(move || spool::take(&path)).await {
            Ok(Ok(notes)) if notes.is_empty() => {}
            Ok(Ok(notes)) => {
                if let Err(error) = self.accounts.keys_used(notes).await {
                    tracing::warn!(%error, "times of last use were not written");
                }
            }
            Ok(Err(error)) => tracing::warn!(%error, spool = %folder.display(), "the spool could not be read"),
            Err(error) => tracing::warn!(%error, "the spool could not be read"),
        }
    }
}
