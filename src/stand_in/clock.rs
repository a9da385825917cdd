//! The clock of a sandbox: real, shifted or frozen.

use super::Control;
use super::error::Failure;
use super::handlers::{Answer, ok};
use crate::domain::{Clock, ClockHandle, ClockMode, ClockSetting, Problem, timestamp};
use crate::http::{Request, reply};
use hyper::header::{DATE, HeaderValue};
use jiff::fmt::rfc2822::DateTimePrinter;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use warp::reply::Response;

pub async fn get(control: Arc<Control>, _: Request, (): ()) -> Answer {
    show(&handle(&control)?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Put {
    now: Option<String>,
    frozen: Option<bool>,
}

/// Without `now`, the clock stops or runs on where it is.
pub async fn put(control: Arc<Control>, request: Request, (): ()) -> Answer {
    let Put { now, frozen } = control.body(&request).await?;
    let handle = handle(&control)?;
    let current = handle.clock().setting();
    let is_frozen = current.mode() == ClockMode::Frozen;
    if now.is_none() && frozen.is_none() {
        return Err(Failure::invalid("now or frozen is needed"));
    }
    if now.is_some() || frozen != Some(is_frozen) {
        let time = now.map_or(Ok(current.now()), |text| timestamp::parse(&text)).map_err(about("now"))?;
        let setting = if frozen == Some(true) { ClockSetting::frozen(time) } else { ClockSetting::shifted(time) };
        handle.set(setting.map_err(about("now"))?);
    }
    show(&handle)
}

/// Returns to the real time.
pub async fn delete(control: Arc<Control>, _: Request, (): ()) -> Answer {
    let handle = handle(&control)?;
    handle.set(ClockSetting::REAL);
    show(&handle)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    by: String,
}

pub async fn advance(control: Arc<Control>, request: Request, (): ()) -> Answer {
    let Advance { by } = control.body(&request).await?;
    let span = timestamp::span(&by).ok_or_else(|| Failure::invalid("by must be a span such as 2h, 1d 12h or -5m"))?;
    let handle = handle(&control)?;
    handle.advance(span).map_err(about("the time"))?;
    show(&handle)
}

fn about(what: &'static str) -> impl FnOnce(Problem) -> Failure {
    move |problem| Failure::invalid(format!("{what} {problem}"))
}

fn handle(control: &Control) -> Result<ClockHandle, Failure> {
    let handle = control.accounts()?.clock().handle();
    handle.ok_or_else(|| Failure::internal("the accounts are not in memory"))
}

fn show(handle: &ClockHandle) -> Answer {
    let setting = handle.clock().setting();
    let mode: &str = setting.mode().into();
    ok(&json!({ "now": setting.now().to_string(), "mode": mode }))
}

/// The response with a `Date` by this clock, unless the clock is real: then hyper adds the header.
pub fn with_date(response: Response, clock: &Clock) -> Response {
    let setting = clock.setting();
    if setting.mode() == ClockMode::Real {
        return response;
    }
    let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&setting.now()).ok();
    match date.and_then(|date| HeaderValue::try_from(date).ok()) {
        Some(date) => reply::with_header(response, DATE, date),
        None => response,
    }
}
