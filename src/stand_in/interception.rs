//! What happens to each request of a sandbox between its connection and its handler.

use super::faults::{Affected, When};
use super::journal::Recording;
use super::requests::Requests;
use super::subject::Token;
use super::{Control, clock};
use crate::accounts::{Accounts, Admin};
use crate::http::error::RequestError;
use crate::http::router::Dialect;
use crate::http::{Answering, Call, Injected, Interceptor, Refuse, RequestContext, reply};
use hyper::StatusCode;
use hyper::header::HeaderName;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;
use warp::reply::Response;

/// The epoch of a request that a reset overtook, on its 503.
const EPOCH: HeaderName = HeaderName::from_static("x-accountd-epoch");

/// For the client of a request that hangs to leave.
const MAX_HANG: Duration = Duration::from_secs(600);

/// The requests of one epoch.
pub struct Interception {
    pub accounts: Accounts,
    /// To name tokens.
    pub operator: Admin,
    pub requests: Arc<Requests>,
}

impl Interceptor for Interception {
    fn intercept<'a>(&'a self, call: Call<'a>) -> Answering<'a> {
        Box::pin(async move {
            let is_control = is_control(call.request.path());
            let response = if is_control { call.answer.await } else { self.answer(call).await };
            let response = clock::with_date(response, self.accounts.clock());
            if response.status() == StatusCode::SERVICE_UNAVAILABLE && self.accounts.is_retired() {
                return reply::with_header(response, EPOCH, self.requests.epoch.into());
            }
            response
        })
    }
}

/// Calls of the control service are never journaled and never affected.
fn is_control(path: &str) -> bool {
    let rest = path.strip_prefix(Control::PREFIX);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl Interception {
    /// Answers a request as the faults want it, and notes it in the journal.
    async fn answer(&self, mut call: Call<'_>) -> Response {
        let request = call.request;
        let mut recording = Recording::new(self.requests.journal.as_deref(), &call, self.accounts.now());
        let refused = request.observe().until_handler(&mut call.answer).await;
        self.note_token(&mut recording, request);
        let mut fault = self.fault(When::Before, &mut recording);
        let mut response = self.replacement(fault.as_ref(), request, &call.refuse).await;
        if response.is_none() {
            let answered = self.handle(&mut call, refused).await;
            if fault.is_none() && !answered.status().is_client_error() && !answered.status().is_server_error() {
                fault = self.fault(When::AfterCommit, &mut recording);
                response = self.replacement(fault.as_ref(), request, &call.refuse).await;
            }
            response = response.or(Some(answered));
        }
        let response = response.unwrap_or_else(|| reply::empty(StatusCode::INTERNAL_SERVER_ERROR));
        match fault {
            Some(fault) => self.affect(&fault, response, recording, request).await,
            None => recording.note_answer(response).await,
        }
    }

    /// The fault that affects the request at this moment.
    fn fault(&self, when: When, recording: &mut Recording<'_>) -> Option<Affected> {
        let faults = &self.requests.faults;
        if faults.is_empty() {
            return None;
        }
        let fault = faults.decide(when, &recording.subject(), self.accounts.now())?;
        recording.fault = Some(fault.id);
        Some(fault)
    }

    /// Before the handler, which may revoke the token.
    fn note_token(&self, recording: &mut Recording<'_>, request: &RequestContext) {
        let Some(id) = request.observe().token() else { return };
        let find = || Some(self.accounts.any_token(&self.operator, id).ok()?.name.as_str().into());
        let name = self.requests.token_names.get(id, find);
        recording.token = Some(Token { id: id.0, name });
    }

    /// Waits as long as the fault wants, and returns its answer if it has one.
    async fn replacement(
        &self,
        fault: Option<&Affected>,
        request: &RequestContext,
        refuse: &Refuse<'_>,
    ) -> Option<Response> {
        let fault = fault?;
        if !fault.effect().delay().is_zero() {
            self.wait(request, fault.effect().delay()).await;
        }
        fault.replace(refuse)
    }

    /// Changes how an answer is sent, or ends the connection without one.
    async fn affect(
        &self,
        fault: &Affected,
        response: Response,
        mut recording: Recording<'_>,
        request: &Arc<RequestContext>,
    ) -> Response {
        if !fault.is_cut() {
            let response = recording.note_answer(fault.with_headers(response)).await;
            drop(recording);
            return fault.with_body(response, request).await;
        }
        // Now, so that a test sees the request while it hangs.
        drop(recording);
        if fault.hangs() {
            self.wait(request, MAX_HANG).await;
        }
        response
    }

    /// Waits for this time, or until a reset, or the end of the connection or the server.
    async fn wait(&self, request: &RequestContext, time: Duration) {
        tokio::select! {
            () = sleep(time) => {}
            () = request.closing() => {}
            () = self.requests.ended() => {}
        }
    }

    /// The answer without any fault; `refused` is that of the router, if it does not call the handler.
    async fn handle(&self, call: &mut Call<'_>, refused: Option<Response>) -> Response {
        match refused {
            Some(refused) if call.operation.is_none() && self.requests.strict => unimplemented(call, &refused),
            Some(refused) => refused,
            None => {
                call.request.observe().allow();
                call.answer.as_mut().await
            }
        }
    }
}

/// The answer of a strict server in the place of the dialect's 404 or 405, whose headers say what is missing.
fn unimplemented(call: &Call<'_>, refused: &Response) -> Response {
    let reason = format!("no route handles {} {}", call.request.method, call.request.path());
    let status = StatusCode::NOT_IMPLEMENTED;
    let response = (call.refuse)(RequestError::Injected(Injected { status, reason: Some(reason) }));
    let lacks = |name: &HeaderName| !response.headers().contains_key(name);
    let headers = refused.headers().iter().filter(|(name, _)| lacks(name));
    let headers: Vec<_> = headers.map(|(name, value)| (name.clone(), value.clone())).collect();
    reply::with_headers(response, headers)
}
