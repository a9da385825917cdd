//! The page about the server itself.

use super::state_text;
use crate::accounts::{Admin, Stats};
use crate::http::Request;
use crate::http::metrics::HttpMetrics;
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
    users: u64,
    active: u64,
    inactive: Vec<(&'static str, &'static str, u64)>,
    /// `None` in memory.
    database: Option<String>,
    last_backup: Option<String>,
    /// By the first digit of the status; `None` if the server does not count them.
    requests: Option<[u64; 5]>,
    stats: Stats,
}

/// `GET /admin`
pub async fn show(web: Arc<Web>, request: Request, (session, admin): (Session, Admin)) -> Result<Response, Failure> {
    let slot = web.app.list_slot(&request, Some(session.user.id)).await?;
    let facts = web.app.accounts.server_facts(&admin).await?;
    drop(slot);
    let inactive: u64 = facts.inactive.iter().map(|(_, users)| users).sum();
    let stats = web.app.accounts.stats();
    let shell = Shell::signed_in(&web.app, &request, session, Section::Server);
    let page = Server {
        shell: &shell,
        version: env!("CARGO_PKG_VERSION"),
        users: facts.users,
        active: facts.users.saturating_sub(inactive),
        inactive: facts.inactive.iter().map(|(state, users)| (state.name(), state_text(*state), *users)).collect(),
        database: stats.writes.database.map(|bytes| size(bytes + stats.writes.wal.unwrap_or(0))),
        last_backup: facts.last_backup.map(|at| at.strftime("%-d %B %Y, %H:%M UTC").to_string()),
        requests: web.app.metrics().map(HttpMetrics::requests),
        stats,
    };
    Ok(shell.page(StatusCode::OK, &page))
}

/// With a unit that leaves a short number.
fn size(bytes: u64) -> String {
    const MIB: u64 = 1 << 20;
    const GIB: u64 = 1 << 30;
    match bytes {
        0..MIB => format!("{} KiB", bytes.div_ceil(1024)),
        MIB..GIB => format!("{:.1} MiB", bytes as f64 / MIB as f64),
        _ => format!("{:.1} GiB", bytes as f64 / GIB as f64),
    }
}
