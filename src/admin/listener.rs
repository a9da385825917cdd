//! The address that the answers are given on.

use super::router;
use crate::accounts::Accounts;
use crate::http::metrics::{DIALECTS, HttpMetrics};
use crate::http::server::{Limits, serve};
use std::io;
use std::net::SocketAddr;
use std::time::SystemTime;
use tokio::net::TcpListener;

/// More than supervisors and monitoring systems have.
const CONNECTIONS: usize = 64;

/// An address that is taken and not served yet.
pub struct Listener {
    tcp: TcpListener,
    metrics: HttpMetrics,
    /// When the process was started, or a moment later.
    started: SystemTime,
}

impl Listener {
    /// Takes the address and logs which it is. Nobody is asked who they are here: a warning if others than this machine
    /// may come.
    ///
    /// # Errors
    /// The address can't be had.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        let tcp = TcpListener::bind(address).await?;
        let address = tcp.local_addr()?;
        tracing::info!(url = %format_args!("http://{address}"), "admin listener");
        if !address.ip().to_canonical().is_loopback() {
            tracing::warn!(%address, "--admin-listen is no loopback address: whoever reaches it can read the metrics");
        }
        Ok(Self { tcp, metrics: HttpMetrics::new(&DIALECTS), started: SystemTime::now() })
    }

    /// The metrics that the public server fills in.
    pub fn metrics(&self) -> HttpMetrics {
        self.metrics.clone()
    }

    /// Serves until `stop`.
    pub async fn serve(self, accounts: Accounts, stop: impl Future<Output = ()>) {
        let limits = Limits { max_connections: CONNECTIONS, ..Limits::default() };
        serve(self.tcp.into(), router(accounts, self.metrics, self.started), limits, stop).await;
    }
}
