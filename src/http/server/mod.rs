//! The accept loop, with what `warp::serve` leaves out: limits on time, size and number of connections, TLS, and a stop
//! that finishes the requests in flight.

mod connection;
mod paced_body;
pub mod tls;

use super::metrics::HttpMetrics;
use super::router::Router;
use connection::connection;
use hyper::http::uri::Scheme;
use ipnet::IpNet;
use std::future::Future;
use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tls::{Accepted, Tls};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// The longest request head, in bytes; a longer one gets 431. Also the most that is read of a body in one piece.
const MAX_HEAD: usize = 64 << 10;

/// How long a new connection waits for room before the idle time that connections may have is halved.
const SHED_INTERVAL: Duration = Duration::from_millis(100);

/// No connection is closed for having been idle for less than this.
const MIN_IDLE: Duration = Duration::from_secs(1);

/// How much a client may use, and which proxies are trusted to name the client.
#[derive(Clone, Debug)]
pub struct Limits {
    /// For a TLS handshake, from the accept; a request head has its own time after it.
    pub handshake: Duration,
    /// For a whole request head, from its first byte; on a new connection, from the accept or the end of the handshake.
    pub header_read: Duration,
    /// For a request body, from the head.
    pub body_read: Duration,
    /// Between a response and the next request.
    pub idle: Duration,
    /// For the client to read any more of a response.
    pub write_stall: Duration,
    /// Beyond these, new connections wait until one is closed, and the server closes those that have been idle longest.
    pub max_connections: usize,
    /// For the requests in flight once the server has to stop.
    pub stop: Duration,
    /// The networks whose `X-Forwarded-…` headers count.
    pub proxies: Arc<[IpNet]>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(10),
            header_read: Duration::from_secs(10),
            body_read: Duration::from_secs(30),
            idle: Duration::from_secs(75),
            write_stall: Duration::from_secs(30),
            max_connections: 1024,
            stop: Duration::from_secs(10),
            proxies: Arc::default(),
        }
    }
}

/// A bound socket and how it is served.
pub struct Listener {
    pub tcp: TcpListener,
    /// None: plain HTTP.
    pub tls: Option<Tls>,
    /// None: nothing is counted.
    pub metrics: Option<HttpMetrics>,
}

impl From<TcpListener> for Listener {
    /// Plain HTTP without metrics.
    fn from(tcp: TcpListener) -> Self {
        Self { tcp, tls: None, metrics: None }
    }
}

/// What every connection is given.
#[derive(Clone)]
struct Service {
    router: Arc<Router>,
    limits: Limits,
    metrics: Option<HttpMetrics>,
    /// How long a connection may be idle at present: less while others wait for room. It ends when the server has to
    /// stop.
    shed_after: watch::Receiver<Duration>,
}

/// Serves until `stop` is ready and the requests in flight are answered, or `limits.stop` has passed. A failure of one
/// connection, or of accepting one, does not end it.
pub async fn serve(listener: Listener, router: Router, limits: Limits, stop: impl Future<Output = ()>) {
    let Listener { tcp, tls, metrics } = listener;
    let idle = limits.idle;
    let (shed_sender, shed_after) = watch::channel(idle);
    let service = Service { router: Arc::new(router), limits, metrics, shed_after };
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    let mut waiting = None;
    loop {
        if connections.len() < service.limits.max_connections
            && let Some((stream, peer)) = waiting.take()
        {
            match tls.clone() {
                None => connections.spawn(connection(stream, peer, Scheme::HTTP, service.clone())),
                Some(tls) => connections.spawn(tls_connection(stream, peer, tls, service.clone())),
            };
            shed_sender.send_if_modified(|shed_after| {
                *shed_after = idle;
                false
            });
        }
        service.count(connections.len());
        tokio::select! {
            () = &mut stop => break,
            Some(ended) = connections.join_next() => if let Err(error) = ended {
                // Not a handler's panic, which becomes a response.
                tracing::error!(%error, "a connection panicked");
            },
            accepted = accept(&tcp), if waiting.is_none() => waiting = Some(accepted),
            () = sleep(SHED_INTERVAL), if waiting.is_some() => {
                shed_sender.send_modify(|shed_after| *shed_after = (*shed_after / 2).max(MIN_IDLE));
            }
        }
    }
    drop((tcp, waiting, shed_sender));
    let finish = async {
        while connections.join_next().await.is_some() {
            service.count(connections.len());
        }
    };
    if timeout(service.limits.stop, finish).await.is_err() {
        tracing::warn!("requests were still in flight when the server stopped");
    }
}

impl Service {
    fn count(&self, connections: usize) {
        if let Some(metrics) = &self.metrics {
            metrics.set_connections(connections);
        }
    }
}

/// Accepts the next connection. While file descriptors or memory are lacking it waits: open connections go on.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%peer, %error, "TCP_NODELAY cannot be set");
                }
                return (stream, peer);
            }
            Err(error) if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) => {
                tracing::debug!(%error, "a connection ended before it was accepted");
            }
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted");
                sleep(Duration::from_millis(500)).await;
            }
        }
    }
}

/// Performs the TLS handshake, then serves the connection. A handshake that is not complete is shed like an idle
/// connection.
async fn tls_connection(stream: TcpStream, peer: SocketAddr, tls: Tls, mut service: Service) {
    let began = Instant::now();
    let mut handshake = pin!(timeout(service.limits.handshake, tls::accept(stream, &tls)));
    let accepted = loop {
        tokio::select! {
            accepted = &mut handshake => break accepted.ok(),
            changed = service.shed_after.changed() => {
                if changed.is_err() {
                    return;
                }
                if began.elapsed() >= *service.shed_after.borrow() {
                    break None;
                }
            }
        }
    };
    match accepted {
        Some(Ok(Accepted::Tls(stream))) => {
            connection(stream, peer, Scheme::HTTPS, service).await;
        }
        Some(Ok(Accepted::Plain(stream))) => {
            let router = Arc::new(Router::new(tls::plain_refused));
            connection(stream, peer, Scheme::HTTP, Service { router, ..service }).await;
        }
        Some(Err(error)) => tracing::debug!(%peer, %error, "a TLS handshake failed"),
        None => tracing::debug!(%peer, "a connection took too long to wait for a TLS handshake"),
    }
}
