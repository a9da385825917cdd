//! Gives hyper a response body in small pieces, each when the client has taken the one before: hyper copies what it is
//! given into the connection's buffer, which never becomes smaller again.

use super::super::memory_budget::UNCOUNTED;
use super::super::unread_responses::ResponsePermit;
use super::state::ConnectionState;
use bytes::Bytes;
use hyper::Response;
use hyper::body::{Body, Frame, SizeHint};
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::task::yield_now;

/// The largest piece, in bytes.
const PIECE: usize = UNCOUNTED;

pub(super) struct PacedBody<B> {
    body: B,
    /// What is left of the last frame of `body`.
    rest: Bytes,
    /// hyper has a piece that it may not have written yet.
    has_piece: bool,
    connection: Arc<ConnectionState>,
    _permit: Option<ResponsePermit>,
}

/// Paces the body of a response on this connection.
pub(super) fn pace<B>(mut response: Response<B>, connection: &Arc<ConnectionState>) -> Response<PacedBody<B>> {
    let permit = response.extensions_mut().remove::<ResponsePermit>();
    let connection = Arc::clone(connection);
    response.map(|body| PacedBody { body, rest: Bytes::new(), has_piece: false, connection, _permit: permit })
}

impl<B: Body<Data = Bytes> + Unpin> Body for PacedBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.has_piece {
            // hyper writes a piece only while it gets no other one. This wakes the task after all others that are ready, and
            // after the runtime has looked for new requests.
            self.has_piece = false;
            let _ = pin!(yield_now()).poll(context);
            return Poll::Pending;
        }
        if self.connection.is_stalled() {
            // The connection wakes the task once the client reads.
            return Poll::Pending;
        }
        if self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                ended => return Poll::Ready(ended),
            }
        }
        let length = self.rest.len().min(PIECE);
        self.has_piece = true;
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(length)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (mut hint, rest) = (self.body.size_hint(), self.rest.len() as u64);
        if rest > 0 {
            let upper = hint.upper();
            hint = SizeHint::new();
            hint.set_lower(self.body.size_hint().lower() + rest);
            upper.into_iter().for_each(|upper| hint.set_upper(upper + rest));
        }
        hint
    }
}
