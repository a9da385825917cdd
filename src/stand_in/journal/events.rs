//! `GET events`: the entries of the journal as server-sent events. The ring is the queue: a listener that reads too
//! slowly loses entries, and is told how many.

use super::super::Control;
use super::super::error::Failure;
use super::super::handlers::Answer;
use super::super::sandbox::Sandbox;
use super::Journal;
use super::handlers::since;
use crate::http::{Request, RequestContext, reply};
use bytes::Bytes;
use futures_util::stream;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue};
use std::convert::Infallible;
use std::fmt::Write;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::sleep;
use warp::Reply;
use warp::reply::Response;

/// The number of a client's last event; browsers send it when they connect again.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Listeners of one sandbox.
const MAX_LISTENERS: usize = 16;
/// Entries that are sent in one piece.
const PIECE: usize = 32;
/// How often a comment is sent when nothing else is, which shows whether the client is still there.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Counts the listeners of a sandbox.
pub type Listeners = Arc<()>;

/// What a listener has been sent, and of which epoch.
struct Listener {
    sandbox: Weak<Sandbox>,
    request: Arc<RequestContext>,
    epoch: u64,
    journal: Arc<Journal>,
    changed: watch::Receiver<bool>,
    seen: u64,
    _listeners: Listeners,
}

pub async fn events(control: Arc<Control>, request: Request, (): ()) -> Answer {
    let sandbox = control.sandbox()?;
    let (epoch, journal) = (control.requests.epoch, control.requests.journal()?);
    let seen = match start(&request, epoch)? {
        Some(seq) => seq,
        None => journal.last(),
    };
    let listeners = Arc::clone(&sandbox.listeners);
    // One is the sandbox's own.
    if Arc::strong_count(&listeners) > MAX_LISTENERS + 1 {
        return Err(Failure::too_many(format!("a sandbox has {MAX_LISTENERS} listeners at most")));
    }
    let (changed, sandbox) = (journal.subscribe(), Arc::downgrade(&sandbox));
    let context = request.context();
    let listener = Listener { sandbox, request: context, epoch, journal, changed, seen, _listeners: listeners };
    Ok(stream(listener))
}

/// After which entry to begin: `since=N`, else that of `Last-Event-ID`; none: after the last one. An event of an earlier
/// epoch is followed by all of this one.
fn start(request: &Request, epoch: u64) -> Result<Option<u64>, Failure> {
    if let Some(seq) = since(request)? {
        return Ok(Some(seq));
    }
    let last = request.header(LAST_EVENT_ID).and_then(|value| value.to_str().ok()?.split_once('.'));
    let last = last.and_then(|(epoch, seq)| Some((epoch.parse::<u64>().ok()?, seq.parse().ok()?)));
    Ok(last.map(|(of, seq)| if of == epoch { seq } else { 0 }))
}

fn stream(listener: Listener) -> Response {
    // Sent immediately, so that the client knows that it is connected.
    let first = Ok::<_, Infallible>(Bytes::from_static(b": connected\n\n"));
    let events = stream::unfold(listener, |mut listener| async {
        let text = listener.next().await?;
        Some((Ok(Bytes::from(text)), listener))
    });
    let response = warp::reply::stream(stream::StreamExt::chain(stream::iter([first]), events)).into_response();
    let response = reply::with_header(response, CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    reply::with_header(response, CACHE_CONTROL, HeaderValue::from_static("no-store"))
}

impl Listener {
    /// The next events; none at the end of the server or the sandbox.
    async fn next(&mut self) -> Option<String> {
        let mut text = String::new();
        loop {
            let is_ended = *self.changed.borrow_and_update();
            let page = self.journal.since(self.seen, PIECE);
            self.seen = page.last;
            if page.lost > 0 {
                let _ = write!(text, "event: lost\ndata: {{\"count\":{}}}\n\n", page.lost);
            }
            for entry in &page.entries {
                let _ = write!(text, "id: {}.{}\ndata: {}\n\n", self.epoch, entry.seq, entry.json());
            }
            if text.is_empty() && is_ended {
                text = self.follow_reset()?;
            }
            if !text.is_empty() {
                return Some(text);
            }
            tokio::select! {
                _ = self.changed.changed() => {}
                () = self.request.closing() => return None,
                () = sleep(KEEP_ALIVE) => return Some(": keep-alive\n\n".into()),
            }
        }
    }

    /// Goes on with the journal that the sandbox has since its reset.
    fn follow_reset(&mut self) -> Option<String> {
        let requests = self.sandbox.upgrade()?.requests();
        let epoch = requests.epoch;
        if epoch == self.epoch {
            return None;
        }
        (self.epoch, self.seen, self.journal) = (epoch, 0, requests.journal.clone()?);
        self.changed = self.journal.subscribe();
        Some(format!("event: reset\nid: {epoch}.0\ndata: {{\"epoch\":{epoch}}}\n\n"))
    }
}
