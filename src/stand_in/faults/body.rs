//! Response bodies that end too early or come slowly. `Content-Length` is that of the whole body.

use crate::http::{RequestContext, reply};
use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt};
use http_body_util::BodyExt;
use hyper::StatusCode;
use hyper::header::CONTENT_LENGTH;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep};
use warp::Reply;
use warp::reply::Response;

/// A body that takes longer is not sent to its end.
const MAX_TIME: Duration = Duration::from_secs(600);

/// Closes the connection after this many bytes of the body.
pub async fn truncate(response: Response, length: usize) -> Response {
    replace(response, |body| {
        let first = body.slice(..length.min(body.len()));
        let is_whole = first.len() == body.len();
        let end = stream::once(async move {
            // The bytes before are sent first.
            yield_now().await;
            Err(io::ErrorKind::ConnectionAborted.into())
        });
        stream::iter([Ok(first)]).chain(end.take(usize::from(!is_whole)))
    })
    .await
}

/// Sends the body byte by byte, each after this time.
pub async fn dribble(response: Response, every: Duration, request: Arc<RequestContext>) -> Response {
    let deadline = Instant::now() + MAX_TIME;
    replace(response, move |body| {
        stream::unfold((body, request), move |(mut body, request)| async move {
            if body.is_empty() {
                return None;
            }
            let is_closing = tokio::select! {
                () = sleep(every) => false,
                () = request.closing() => true,
            };
            let byte = match is_closing || Instant::now() > deadline {
                true => Err(io::ErrorKind::TimedOut.into()),
                false => Ok(body.split_to(1)),
            };
            Some((byte, (body, request)))
        })
    })
    .await
}

async fn replace<S>(response: Response, make: impl FnOnce(Bytes) -> S) -> Response
where
    S: Stream<Item = io::Result<Bytes>> + Send + Sync + 'static,
{
    let (mut parts, body) = response.into_parts();
    let Ok(body) = body.collect().await else { return reply::empty(StatusCode::INTERNAL_SERVER_ERROR) };
    let body = body.to_bytes();
    if body.is_empty() {
        return Response::from_parts(parts, body.into());
    }
    parts.headers.insert(CONTENT_LENGTH, body.len().into());
    let (_, body) = warp::reply::stream(make(body)).into_response().into_parts();
    Response::from_parts(parts, body)
}
