//! The route table of a server, without the server.

use super::{Config, Error, router};
use crate::accounts::Accounts;
use crate::http::AppState;
use crate::http::router::Router;
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
    let router = table(config)?;
    let route = |(method, path, operation): (&str, &str, &str)| RouteInfo {
        method: method.to_owned(),
        path: path.to_owned(),
        operation: operation.to_owned(),
    };
    Ok(router.routes().map(route).collect())
}

fn table(config: &Config) -> Result<Router, Error> {
    let store = Store::open(&Location::Memory, Create::IfMissing, Purpose::Command)?;
    let accounts = Accounts::new(store, config.password_cost(), config.keys.into(), config.login_rate())?;
    Ok(router::router(&AppState::new(accounts, config.base_url.as_deref(), config.listen), config, None))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::reference::{DocumentedRoute, When};
    use clap::{Args, Command, FromArgMatches};

    fn documented() -> Vec<DocumentedRoute> {
        let matches = Config::augment_args(Command::new("test")).try_get_matches_from(["test", "--memory"]).unwrap();
        table(&Config::from_arg_matches(&matches).unwrap()).unwrap().documented()
    }

    #[test]
    fn every_description_has_a_route() {
        let routes = documented();
        let described = routes.iter().flat_map(|route| {
            let operations = route.reference.operations.iter();
            operations.map(|operation| format!("{}.{}", route.reference.name, operation.name))
        });
        let routeless: Vec<_> = described.filter(|id| routes.iter().all(|route| route.id() != *id)).collect();
        assert!(routes.len() > 90 && routeless.is_empty(), "{} {routeless:?}", routes.len());
    }

    #[test]
    fn descriptions_name_only_errors_and_parameters_that_there_are() {
        for route in documented() {
            for status in route.operation.fails {
                let mut errors = route.reference.errors.iter();
                assert!(errors.any(|e| e.status == *status && e.when != When::Always), "{} {status}", route.id());
            }
            assert_eq!(route.path_parameters().count(), route.path.matches('{').count(), "{}", route.id());
            for attribute in route.operation.path {
                assert!(route.path.contains(&format!("{{{}}}", attribute.name)), "{} {attribute:?}", route.id());
            }
        }
    }
}
