//! The stream and the response bodies of a connection, which note in its [`ConnectionState`] what happens.

use super::super::input::LARGE_BODY_MEMORY;
use super::super::interceptor::Cut;
use super::super::memory_budget::MemoryPermit;
use super::state::{ConnectionState, Phase};
use hyper::body::{Body, Frame, SizeHint};
use rustix::net::sockopt::set_socket_linger;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

/// What a connection is served on.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin {
    fn tcp(&self) -> &TcpStream;
}

impl Stream for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl Stream for Box<TlsStream<TcpStream>> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// A stream that notes reads, writes, and writes that have to wait.
pub(super) struct TrackedIo<T> {
    stream: T,
    connection: Arc<ConnectionState>,
    client: IpAddr,
    /// The bytes received of the request head, and the memory that a long one shares with large bodies.
    head: usize,
    head_memory: MemoryPermit,
    is_shut: bool,
}

impl<T> TrackedIo<T> {
    pub(super) fn new(stream: T, client: IpAddr, connection: Arc<ConnectionState>) -> Self {
        Self { stream, connection, client, head: 0, head_memory: LARGE_BODY_MEMORY.permit(client), is_shut: false }
    }

    fn received(&mut self, bytes: usize) -> io::Result<()> {
        if self.connection.phase() != Phase::Head {
            self.head = 0;
            self.head_memory = LARGE_BODY_MEMORY.permit(self.client);
        }
        self.connection.received();
        if self.connection.phase() == Phase::Head {
            self.head += bytes;
            if !self.head_memory.grow_to(self.head) {
                return Err(io::ErrorKind::OutOfMemory.into());
            }
        }
        Ok(())
    }
}

impl<T: Stream> TrackedIo<T> {
    /// The error that ends the connection. The socket is closed when the stream is dropped.
    fn fail(&self, cut: Cut) -> io::Error {
        if cut == Cut::Reset
            && let Err(error) = set_socket_linger(self.stream.tcp(), Some(Duration::ZERO))
        {
            tracing::debug!(%error, "a connection cannot be reset");
        }
        io::ErrorKind::ConnectionAborted.into()
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for TrackedIo<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let received = buffer.filled().len() - before;
        Poll::Ready(if received > 0 { self.received(received) } else { Ok(()) })
    }
}

/// Not vectored: see [`super::connection::connection`].
impl<T: Stream> AsyncWrite for TrackedIo<T> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if let Some(cut) = self.connection.cut() {
            return Poll::Ready(Err(self.fail(cut)));
        }
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        match written {
            Poll::Ready(Ok(_)) => self.connection.written(context),
            Poll::Pending => self.connection.stalled(),
            Poll::Ready(Err(_)) => {}
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        match flushed {
            Poll::Ready(Ok(())) => self.connection.unstalled(context),
            // TLS accepts bytes that it cannot write yet.
            Poll::Pending => self.connection.stalled(),
            Poll::Ready(Err(_)) => {}
        }
        flushed
    }

    /// Closes our side, then reads on while the client sends what it must not be cut off from: see
    /// RFC 9112, 9.6.
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.is_shut {
            ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
            self.is_shut = true;
            if !self.connection.lingers() {
                return Poll::Ready(Ok(()));
            }
            self.connection.enter(Phase::Closing);
        }
        loop {
            let mut scrap = [0; 4096];
            let mut buffer = ReadBuf::new(&mut scrap);
            ready!(Pin::new(&mut self.stream).poll_read(context, &mut buffer))?;
            if buffer.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

/// The body of a response. hyper drops it once all of it is in the connection's buffer, and then the server owes no more.
pub(super) struct TrackedBody<B> {
    body: B,
    connection: Arc<ConnectionState>,
}

impl<B> TrackedBody<B> {
    pub(super) fn new(body: B, connection: Arc<ConnectionState>) -> Self {
        Self { body, connection }
    }
}

impl<B> Drop for TrackedBody<B> {
    fn drop(&mut self) {
        self.connection.enter(Phase::Idle);
    }
}

impl<B: Body + Unpin> Body for TrackedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
