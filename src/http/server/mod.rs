//! The accept loop, with what `warp::serve` leaves out: limits on time, size and number of connections, TLS, and a stop
//! that finishes the requests in flight.

mod connection;
mod paced_body;
mod state;
mod table;
mod timeouts;
pub mod tls;
mod tracked;

pub(super) use state::ConnectionState;

use super::forwarded::is_proxy;
use super::metrics::HttpMetrics;
use super::router::{CurrentRouter, Router};
use crate::domain::client_prefix;
use connection::connection;
use hyper::http::uri::Scheme;
use ipnet::IpNet;
use rustix::net::listen;
use rustix::net::sockopt::set_socket_send_buffer_size;
use rustix::process::{Resource, getrlimit};
use state::Shared;
use std::future::Future;
use std::io;
use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use table::{Bounds, ConnectionTable};
use tls::{Accepted, Tls};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

/// The longest request head, in bytes; a longer one gets 431. Also the most that is read of a body in one piece.
const MAX_HEAD: usize = 64 << 10;

/// How often the server looks for idle connections to close while others wait for room.
const SHED_INTERVAL: Duration = Duration::from_millis(100);

/// The most bytes of responses that the kernel keeps for each connection until the client reads them. Linux would
/// increase that to some megabytes, and notice only at every third of it that a slow client is reading.
const SEND_BUFFER: usize = 256 << 10;

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
    /// The same for the connections of one address (of IPv6, of one /64 network), unless it is a proxy's. Smaller than
    /// `max_connections`, so that other addresses find room even if none of these connections is idle.
    pub max_connections_per_address: usize,
    /// Beyond these, requests of callers from one address who are not signed in wait for each other.
    pub max_anonymous_requests_per_address: usize,
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
            max_connections_per_address: connections_per_address(1024),
            max_anonymous_requests_per_address: 64,
            stop: Duration::from_secs(10),
            proxies: Arc::default(),
        }
    }
}

/// How many of these connections one address may have by default: all but a sixteenth.
pub fn connections_per_address(max_connections: usize) -> usize {
    max_connections - max_connections / 16
}

/// The most connections that wait in the kernel to be accepted. When there are more, their clients try again only after
/// a second or more. Linux has a lower limit of its own (`net.core.somaxconn`).
const BACKLOG: i32 = 4096;

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
    router: CurrentRouter,
    limits: Limits,
    metrics: Option<HttpMetrics>,
    shared: Arc<Shared>,
}

/// A connection's entry in the table, as its own task has it.
struct Slot {
    state: Arc<ConnectionState>,
    /// Ready when the connection should close: with a value to make room for others, and with an error when the server
    /// stops.
    close: oneshot::Receiver<()>,
}

/// Serves until `stop` is ready and the requests in flight are answered, or `limits.stop` has passed. A failure of one
/// connection, or of accepting one, does not end it.
pub async fn serve(
    listener: Listener,
    router: impl Into<CurrentRouter>,
    limits: Limits,
    stop: impl Future<Output = ()>,
) {
    let Listener { tcp, tls, metrics } = listener;
    if let Err(error) = set_socket_send_buffer_size(&tcp, SEND_BUFFER).and_then(|()| listen(&tcp, BACKLOG)) {
        tracing::debug!(%error, "the size of send buffers or of the backlog cannot be set");
    }
    let mut table = ConnectionTable::new(bounds(&limits));
    let shared = Arc::new(Shared::new(limits.max_anonymous_requests_per_address));
    let service = Service { router: router.into(), limits, metrics, shared };
    let mut connections = JoinSet::new();
    let mut shedding = interval(SHED_INTERVAL);
    shedding.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut stop = pin!(stop);
    loop {
        service.count(connections.len());
        let next = tokio::select! {
            () = &mut stop => break,
            Some(ended) = connections.join_next_with_id() => {
                table.remove(ended.map_or_else(panicked, |(id, ())| id));
                table.next()
            }
            accepted = accept(&tcp, table.has_waiting()) => match accepted {
                Ok((stream, peer)) => {
                    let address = peer.ip().to_canonical();
                    let client = (!is_proxy(&service.limits.proxies, address)).then(|| client_prefix(address));
                    table.add(client, (stream, peer), service.shared.now()).map(|accepted| (client, accepted))
                }
                Err(_) => {
                    table.drop_waiting();
                    None
                }
            },
            _ = shedding.tick(), if table.has_waiting() => {
                table.tick(service.shared.now());
                table.next()
            }
        };
        if let Some((client, (stream, peer))) = next {
            let state = Arc::new(ConnectionState::new(Arc::clone(&service.shared)));
            let (close, closed) = oneshot::channel();
            let slot = Slot { state: Arc::clone(&state), close: closed };
            let task = match tls.clone() {
                None => connections.spawn(connection(stream, peer, Scheme::HTTP, service.clone(), slot)),
                Some(tls) => connections.spawn(tls_connection(stream, peer, tls, service.clone(), slot)),
            };
            table.open(client, task.id(), state, close);
        }
    }
    drop((tcp, table));
    let finish = async {
        while connections.join_next().await.is_some() {
            service.count(connections.len());
        }
    };
    if timeout(service.limits.stop, finish).await.is_err() {
        tracing::warn!("requests were still in flight when the server stopped");
    }
}

/// The limits, as far as the process may have that many files open.
fn bounds(limits: &Limits) -> Bounds {
    let descriptors = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let descriptors = usize::try_from(descriptors).unwrap_or(usize::MAX);
    let bounds = Bounds::new(limits.max_connections, limits.max_connections_per_address, descriptors);
    if bounds.open < limits.max_connections {
        tracing::warn!(connections = bounds.open, "the limit on open files allows fewer connections than configured");
    }
    bounds
}

/// Reports a panic that no handler caused: theirs become responses.
fn panicked(error: JoinError) -> Id {
    tracing::error!(%error, "a connection panicked");
    error.id()
}

impl Service {
    fn count(&self, connections: usize) {
        if let Some(metrics) = &self.metrics {
            metrics.set_connections(connections);
        }
    }
}

/// Accepts the next connection.
///
/// # Errors
/// File descriptors or memory are lacking, and there are waiting connections that the caller can drop. If there are none,
/// this waits: open connections go on.
async fn accept(listener: &TcpListener, has_waiting: bool) -> io::Result<(TcpStream, SocketAddr)> {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%peer, %error, "TCP_NODELAY cannot be set");
                }
                return Ok((stream, peer));
            }
            Err(error) if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) => {
                tracing::debug!(%error, "a connection ended before it was accepted");
            }
            Err(error) if has_waiting => return Err(error),
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted");
                sleep(Duration::from_millis(500)).await;
            }
        }
    }
}

/// Performs the TLS handshake, then serves the connection.
async fn tls_connection(stream: TcpStream, peer: SocketAddr, tls: Tls, service: Service, mut slot: Slot) {
    let handshake = timeout(service.limits.handshake, tls::accept(stream, &tls));
    let accepted = tokio::select! {
        biased;
        accepted = handshake => accepted.ok(),
        shed = &mut slot.close => match shed {
            Ok(()) => None,
            Err(_) => return,
        },
    };
    match accepted {
        Some(Ok(Accepted::Tls(stream))) => {
            connection(stream, peer, Scheme::HTTPS, service, slot).await;
        }
        Some(Ok(Accepted::Plain(stream))) => {
            let router = Router::new(tls::plain_refused).into();
            connection(stream, peer, Scheme::HTTP, Service { router, ..service }, slot).await;
        }
        Some(Err(error)) => tracing::debug!(%peer, %error, "a TLS handshake failed"),
        None => tracing::debug!(%peer, "a connection took too long to wait for a TLS handshake"),
    }
}
