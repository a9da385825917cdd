//! The admin listener: the address of `--admin-listen`.

use super::router;
use crate::accounts::CurrentAccounts;
use crate::http::OwnHosts;
use crate::http::metrics::HttpMetrics;
use crate::http::server::{Limits, connections_per_address, serve};
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};
use tokio::net::TcpListener;

/// More connections than supervisors and monitoring systems open.
const MAX_CONNECTIONS: usize = 64;
/// For requests in flight at the end, when the server itself has stopped.
const STOP: Duration = Duration::from_millis(300);

/// A bound address that is not served yet.
pub struct Listener {
    tcp: TcpListener,
    hosts: OwnHosts,
    metrics: HttpMetrics,
    /// Approximately when the process was started.
    started: SystemTime,
}

impl Listener {
    /// Binds the address and logs it. Requests are not authenticated, so it logs a warning if other machines can reach
    /// the address. The host of `base_url` is also one of its names.
    ///
    /// # Errors
    /// The address cannot be bound.
    pub async fn bind(address: SocketAddr, base_url: Option<&str>) -> io::Result<Self> {
        let tcp = TcpListener::bind(address).await?;
        let address = tcp.local_addr()?;
        tracing::info!(url = %format_args!("http://{address}"), "admin listener");
        if !address.ip().to_canonical().is_loopback() {
            tracing::warn!(%address, "--admin-listen is not a loopback address: other machines can read the metrics");
        }
        let hosts = OwnHosts::new(address, base_url);
        Ok(Self { tcp, hosts, metrics: HttpMetrics::default(), started: SystemTime::now() })
    }

    /// The metrics that the public server updates.
    pub fn metrics(&self) -> HttpMetrics {
        self.metrics.clone()
    }

    /// Serves until `stop` is ready.
    pub async fn serve(self, accounts: CurrentAccounts, stop: impl Future<Output = ()>) {
        let limits = Limits {
            max_connections: MAX_CONNECTIONS,
            max_connections_per_address: connections_per_address(MAX_CONNECTIONS),
            stop: STOP,
            ..Limits::default()
        };
        serve(self.tcp.into(), router(accounts, self.hosts, self.metrics, self.started), limits, stop).await;
    }
}
