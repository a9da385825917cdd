//! The route table of a server, without the server.

use super::{Config, Error, router};
use crate::accounts::Accounts;
use crate::http::AppState;
use crate::store::{Create, Location, Purpose, Store};

/// One method of one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteInfo {
    pub method: String,
    /// With its parameters in braces, as in `/api/v3/users/{id}`.
    pub path: String,
    /// The name in logs and metrics.
    pub operation: String,
}

/// The routes that a server with this configuration has.
///
/// # Errors
/// Those of an empty database in memory, which the handlers refer to.
pub fn routes(config: &Config) -> Result<Vec<RouteInfo>, Error> {
    let store = Store::open(&Location::Memory, Create::IfMissing, Purpose::Command)?;
    let accounts = Accounts::new(store, config.password_cost(), config.keys.into(), config.login_rate())?;
    let router = router::router(&AppState::new(accounts, config.base_url.as_deref(), config.listen), config, None);
    let route = |(method, path, operation): (&str, &str, &str)| RouteInfo {
        method: method.to_owned(),
        path: path.to_owned(),
        operation: operation.to_owned(),
    };
    Ok(router.routes().map(route).collect())
}
