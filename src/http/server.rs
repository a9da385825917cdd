//! The accept loop: what `warp::serve` leaves out (limits on time, size and number; a stop that
//! finishes).

use std::convert::Infallible;
use std::future::{Future, poll_fn, ready};
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use hyper::server::conn::http1;
use hyper::service::{Service as Routes, service_fn};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{sleep, timeout};
use warp::reply::Response;

use super::branches::Branches;
use super::connection::{ConnectionState, ConnectionTimeouts, TrackedIo};
use super::exchange::{PeerInfo, Scheme};
use super::forwarded::TrustedProxies;
use super::metrics::HttpMetrics;
use super::observe::{self, Address};
use super::tls::{self, Accepted, Tls};

/// The longest request head, in bytes; what is longer gets 431. Also the most that is read of a
/// body at once.
const MAX_HEAD: usize = 64 << 10;

/// How long to wait for room before those who are silent for half as long have to go, too.
const MAKING_ROOM: Duration = Duration::from_millis(100);

/// Nobody has to go for having been silent for less.
const SHORTEST_SILENCE: Duration = Duration::from_secs(1);

/// What a client may use up, and whose word is taken on who the client is.
#[derive(Clone, Debug)]
pub struct Limits {
    /// For a TLS handshake, from the accept; a request head has its own time after it.
    pub handshake: Duration,
    /// For a whole request head, from its first byte; on a new connection, from the accept
    /// or the end of the handshake.
    pub header_read: Duration,
    /// For a request body, from the head.
    pub body_read: Duration,
    /// Between an answer and the next request.
    pub idle: Duration,
    /// For the client to take any more of an answer.
    pub write_stall: Duration,
    /// Beyond these, clients wait until one is closed; who sends nothing then makes room, the longest silent first.
    pub max_connections: usize,
    /// For the requests in flight, once the server is to stop.
    pub stop: Duration,
    pub proxies: TrustedProxies,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            handshake: Duration::from_secs(10),
            header_read: Duration::from_secs(10),
            body_read: Duration::from_secs(30),
            idle: Duration::from_secs(75),
            write_stall: Duration::from_secs(30),
            max_connections: 1024,
            stop: Duration::from_secs(10),
            proxies: TrustedProxies::default(),
        }
    }
}

/// Where connections come in.
pub struct Listener {
    pub tcp: TcpListener,
    /// None: plain HTTP.
    pub tls: Option<Tls>,
    /// Who counts what comes.
    pub traffic: Option<Arc<HttpMetrics>>,
}

impl From<TcpListener> for Listener {
    /// Plain HTTP that nobody counts.
    fn from(tcp: TcpListener) -> Listener {
        Listener { tcp, tls: None, traffic: None }
    }
}

/// What every connection is given.
#[derive(Clone)]
struct Service<S> {
    routes: S,
    limits: Limits,
    traffic: Option<Arc<HttpMetrics>>,
    /// How long a client may be silent when there is no room; ends when the server has to stop.
    shed_after: watch::Receiver<Duration>,
}

/// Serves until `stop` is ready and the requests in flight are answered, or `limits.stop` has
/// passed. No failure of one connection, or of accepting one, ends it.
pub async fn serve(listener: Listener, routes: Branches, limits: Limits, stop: impl Future<Output = ()>) {
    let Listener { tcp, tls, traffic } = listener;
    let routes = routes.service();
    let idle = limits.idle;
    let (shed_sender, shed_after) = watch::channel(idle);
    let service = Service { routes, limits, traffic, shed_after };
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    let mut waiting = None;
    loop {
        if connections.len() < service.limits.max_connections
            && let Some((stream, peer)) = waiting.take()
        {
            match tls.clone() {
                None => connections.spawn(connection(stream, plain(peer), service.clone())),
                Some(tls) => connections.spawn(secured(stream, peer, tls, service.clone())),
            };
            shed_sender.send_if_modified(|silent| {
                *silent = idle;
                false
            });
        }
        service.count(connections.len());
        tokio::select! {
            () = &mut stop => break,
            Some(ended) = connections.join_next() => report(ended),
            accepted = accept(&tcp), if waiting.is_none() => waiting = Some(accepted),
            () = sleep(MAKING_ROOM), if waiting.is_some() => {
                shed_sender.send_modify(|silent| *silent = (*silent / 2).max(SHORTEST_SILENCE));
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

impl<S> Service<S> {
    fn count(&self, connections: usize) {
        if let Some(traffic) = &self.traffic {
            traffic.connected(connections);
        }
    }
}

/// A handler's panic is answered, so this can only be one of ours.
fn report(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a connection panicked");
    }
}

/// The next connection. A lack of file descriptors or memory is waited out: the connections that
/// are there go on.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%peer, %error, "TCP_NODELAY cannot be set");
                }
                return (stream, peer);
            }
            Err(error) if is_the_clients(&error) => {
                tracing::debug!(%error, "a connection ended before it was accepted")
            }
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted");
                sleep(Duration::from_millis(500)).await;
            }
        }
    }
}

fn is_the_clients(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

fn plain(peer: SocketAddr) -> PeerInfo {
    PeerInfo { peer, scheme: Scheme::Http }
}

/// Shakes hands, then serves the connection to its end. Who has not shaken them makes room as who is silent does.
async fn secured<S>(stream: TcpStream, peer: SocketAddr, tls: Tls, mut service: Service<S>)
where
    S: Routes<Address, Response = Response, Error = Infallible>,
{
    let began = Instant::now();
    let mut handshake = pin!(timeout(service.limits.handshake, tls::accept(stream, &tls)));
    let accepted = loop {
        tokio::select! {
            accepted = &mut handshake => break accepted.ok(),
            shed_sender = service.shed_after.changed() => {
                if shed_sender.is_err() {
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
            connection(stream, PeerInfo { peer, scheme: Scheme::Https }, service).await;
        }
        Some(Ok(Accepted::Plain(stream))) => {
            let Service { limits, traffic, shed_after, .. } = service;
            let routes = service_fn(|_: Address| ready(Ok(tls::plain_refused())));
            connection(stream, plain(peer), Service { routes, limits, traffic, shed_after }).await;
        }
        Some(Err(error)) => tracing::debug!(%peer, %error, "a TLS handshake failed"),
        None => tracing::debug!(%peer, "a connection took too long to wait for a TLS handshake"),
    }
}

/// Serves one connection to its end.
async fn connection<T, S>(stream: T, peer_info: PeerInfo, service: Service<S>)
where
    T: AsyncRead + AsyncWrite + Unpin,
    S: Routes<Address, Response = Response, Error = Infallible>,
{
    let Service { routes, limits, traffic, mut shed_after } = service;
    let (peer, traffic) = (peer_info.peer, traffic.as_deref());
    let connection = Arc::new(ConnectionState::new());
    let io = TokioIo::new(TrackedIo::new(stream, connection.clone()));
    let connection = &connection;
    let answered = service_fn(|request| {
        connection.begin();
        observe::answer(&routes, request, peer_info, &limits, traffic).map(|(response, read)| {
            connection.end(read);
            Ok::<_, Infallible>(response)
        })
    });
    let mut http = pin!(
        http1::Builder::new()
            // `ConnectionTimeouts` sees to it.
            .header_read_timeout(None)
            // An answer is small: one copy costs less than a write of two pieces.
            .writev(false)
            .max_buf_size(MAX_HEAD)
            .serve_connection(io, answered)
    );

    let mut stopping = false;
    let mut patience = ConnectionTimeouts::new(limits.clone());
    let ended = loop {
        let happened = {
            let mut shed_sender = pin!(shed_after.changed());
            let happened = poll_fn(|context| {
                if !stopping && let Poll::Ready(shed_sender) = shed_sender.as_mut().poll(context) {
                    return Poll::Ready(Happened::News(shed_sender.is_ok()));
                }
                match http.as_mut().poll(context) {
                    Poll::Ready(ended) => Poll::Ready(Happened::End(Ok(ended))),
                    Poll::Pending => patience.poll(context, connection).map(|what| Happened::End(Err(what))),
                }
            });
            happened.await
        };
        match happened {
            Happened::End(ended) => break ended,
            Happened::News(false) => {
                stopping = true;
                http.as_mut().graceful_shutdown();
            }
            Happened::News(true) if patience.is_silent_for(*shed_after.borrow(), connection) => {
                break Err("room for others");
            }
            Happened::News(true) => {}
        }
    };
    if ended.is_err() {
        // TLS tells a client that waits for nothing that this is the end, and nobody cut it off.
        http.as_mut().graceful_shutdown();
        let _ = poll_fn(|context| Poll::Ready(http.as_mut().poll(context).is_ready())).await;
    }
    match ended {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%peer, %error, "a connection failed"),
        Err(what) => tracing::debug!(%peer, "a connection took too long to wait for {what}"),
    }
}

/// What ends the waiting for a connection.
enum Happened<T> {
    /// Whether the server goes on, and somebody waits for room.
    News(bool),
    End(T),
}
