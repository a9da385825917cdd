//! The page at `/`: what this server is.

use super::{Api, Failure, Shell, Web, session};
use crate::http::error::RequestError;
use crate::http::{Request, RequestContext};
use askama::Template;
use hyper::StatusCode;
use hyper::header::ACCEPT;
use std::sync::Arc;
use warp::reply::Response;

#[derive(Template)]
#[template(path = "start.html", config = "src/web/askama.toml")]
struct Start<'a> {
    shell: &'a Shell,
    apis: &'a [Api],
    /// Accounts and requests to try.
    examples: Option<String>,
}

/// `GET /`, for browsers. Other clients get the 404 of any unknown path.
pub async fn show(web: Arc<Web>, request: Request, _anyone: ()) -> Result<Response, Failure> {
    if !accepts_html(&request) {
        return Err(RequestError::NotFound.into());
    }
    let session = session(&web.app, &request)?;
    let shell = Shell { session, ..Shell::new(&web.app, &request) };
    let examples = web.examples.as_deref().map(|text| text.replace("{url}", &web.app.base_url(&request)));
    Ok(shell.page(StatusCode::OK, &Start { shell: &shell, apis: &web.apis, examples }))
}

/// Whether the client names HTML among what it accepts, as every browser does.
pub fn accepts_html(request: &RequestContext) -> bool {
    let values = request.headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(','))
        .any(|range| range.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/html")))
}
