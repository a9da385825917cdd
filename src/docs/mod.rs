//! The HTTP reference of this server, made from its route table: `/docs` for people and `/openapi.json` for programs.
//! README.md beside this file says how to describe an operation.

mod curl;
mod openapi;
mod page;

use crate::accounts::Error;
use crate::http::reference::DocumentedRoute;
use crate::http::reply;
use crate::http::router::{Dialect, Route, anyone, get};
use crate::http::{AppState, Request, RequestContext};
use crate::web::Failure;
use openapi::OpenApi;
use std::sync::{Arc, OnceLock};
use warp::reply::Response;

pub struct Docs {
    app: AppState,
    routes: Vec<DocumentedRoute>,
    openapi: OnceLock<Result<OpenApi, Error>>,
}

impl Docs {
    /// The reference of these routes.
    pub fn new(app: AppState, routes: Vec<DocumentedRoute>) -> Self {
        Self { app, routes, openapi: OnceLock::new() }
    }
}

impl Dialect for Docs {
    type Error = Failure;
    const NAME: &'static str = "docs";
    const PREFIX: &'static str = "";
    const LABEL: &'static str = "web";
    const OWNS: &'static [&'static str] = &[];

    fn refuse(&self, failure: Failure, request: &Arc<RequestContext>) -> Response {
        failure.page(&self.app, request)
    }
}

/// The route table. [`crate::http::router`] explains the rows.
pub fn routes() -> Vec<Route<Docs>> {
    vec![get("/docs", "page", anyone(), page::show), get("/openapi.json", "openapi", anyone(), openapi)]
}

/// `GET /openapi.json`. The document is made with the first request; only the address of the server differs between
/// requests.
async fn openapi(docs: Arc<Docs>, request: Request, _anyone: ()) -> Result<Response, Failure> {
    let document = docs.openapi.get_or_init(|| OpenApi::of(&docs.routes)).as_ref().map_err(Error::clone)?;
    let base_url = docs.app.base_url(&request);
    Ok(document.tag(&base_url)?.respond(&request, || Ok(reply::json_ok(document.text(&base_url)?)))?)
}
