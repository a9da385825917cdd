//! The calls that read the journal.

use super::super::Control;
use super::super::error::Failure;
use super::super::handlers::{Answer, blocking, ok};
use super::super::matching::Match;
use super::expect::Expectation;
use super::{Journal, Numbered, Page};
use crate::http::input::form::decoded_pairs;
use crate::http::{Request, RequestContext, reply};
use hyper::StatusCode;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use warp::reply::Response;

/// The longest answer, in bytes; but one entry at least.
const MAX_ANSWER: usize = 1 << 20;
/// The longest wait for an expectation.
const MAX_WAIT_MS: u64 = 60_000;

pub async fn list(control: Arc<Control>, request: Request, (): ()) -> Answer {
    let since = since(&request)?.unwrap_or(0);
    let page = journal(&control)?.since(since, usize::MAX);
    Ok(answer(page, |_| true))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Find {
    #[serde(rename = "match")]
    wanted: Match,
    #[serde(default)]
    since: u64,
}

pub async fn find(control: Arc<Control>, request: Request, (): ()) -> Answer {
    let Find { wanted, since } = control.body(&request).await?;
    let wanted = wanted.check(&control.sandbox()?.router.load())?;
    let page = journal(&control)?.since(since, usize::MAX);
    blocking(move || Ok(answer(page, |entry| entry.subject().is_some_and(|subject| wanted.matches(&subject))))).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    #[serde(rename = "match")]
    wanted: Match,
    times: Option<u64>,
    #[serde(default)]
    wait_ms: u64,
}

pub async fn expect(control: Arc<Control>, request: Request, (): ()) -> Answer {
    let Expect { wanted, times, wait_ms } = control.body(&request).await?;
    if wait_ms > MAX_WAIT_MS {
        return Err(Failure::invalid(format!("wait_ms must be {MAX_WAIT_MS} at most")));
    }
    let wanted = wanted.check(&control.sandbox()?.router.load())?;
    let expectation = Expectation { wanted, times, wait: Duration::from_millis(wait_ms) };
    let journal = journal(&control)?;
    let found = expectation.check(&journal, request.closing()).await;
    match found.failure(&expectation) {
        None => ok(&json!({ "count": found.count })),
        Some(failure) => Ok(reply::json(StatusCode::UNPROCESSABLE_ENTITY, &failure)),
    }
}

pub async fn clear(control: Arc<Control>, _: Request, (): ()) -> Answer {
    journal(&control)?.clear();
    Ok(reply::no_content())
}

/// The `since=N` of the query, which has no other parameter.
pub fn since(request: &RequestContext) -> Result<Option<u64>, Failure> {
    let mut since = None;
    for (name, value) in decoded_pairs(request.raw_query()) {
        if name != "since" {
            let message = format!("there is no parameter {name:?}, but since=N");
            return Err(Failure::new(StatusCode::BAD_REQUEST, "unknown_key", message));
        }
        since = Some(value.parse().map_err(|_| Failure::invalid("since must be the seq of an entry"))?);
    }
    Ok(since)
}

/// The journal since the last reset.
fn journal(control: &Control) -> Result<Arc<Journal>, Failure> {
    control.requests.journal()
}

/// `{"requests", "last", "more", "lost"}`: the first of the wanted entries, as many as there is room for.
fn answer(page: Page, is_wanted: impl Fn(&Numbered) -> bool) -> Response {
    let mut text = String::from("{\"requests\":[");
    let (start, mut last, mut more) = (text.len(), page.last, false);
    let mut previous = None;
    for entry in page.entries.iter().filter(|entry| is_wanted(entry)) {
        let json = entry.json();
        if let Some(previous) = previous
            && text.len() + json.len() > MAX_ANSWER
        {
            (last, more) = (previous, true);
            break;
        }
        if text.len() > start {
            text.push(',');
        }
        text.push_str(&json);
        previous = Some(entry.seq);
    }
    text.push_str(&format!("],\"last\":{last},\"more\":{more},\"lost\":{}}}", page.lost));
    reply::json_ok(text.into())
}
