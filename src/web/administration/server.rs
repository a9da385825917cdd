//! The page about the server itself.

use crate::accounts::{Admin, Stats};
use crate::http::Request;
use crate::web::navigation::Section;
use crate::web::{Failure, Session, Shell, Web};
use askama::Template;
use hyper::StatusCode;
use std::sync::Arc;
use warp::reply::Response;

#[derive(Template)]
#[template(path = "server.html", config = "src/web/askama.toml")]
struct Server<'a> {
    shell: &'a Shell,
    version: &'static str,
    stats: Stats,
}

/// `GET /admin`
pub async fn show(web: Arc<Web>, request: Request, (session, _admin): (Session, Admin)) -> Result<Response, Failure> {
    let shell = Shell::signed_in(&web.app, &request, session, Section::Server);
    let page = Server { shell: &shell, version: env!("CARGO_PKG_VERSION"), stats: web.app.accounts.stats() };
    Ok(shell.page(StatusCode::OK, &page))
}
