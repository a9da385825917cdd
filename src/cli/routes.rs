//! `accountd routes`

use super::arguments::Common;
use super::outcome::{Failure, Outcome};
use super::show::{self, Record};
use crate::app::{Config, RouteInfo, routes};
use clap::{Args, Command, FromArgMatches};
use serde_json::{Value, json};

impl Record for RouteInfo {
    fn columns(&self) -> Vec<(&'static str, String)> {
        vec![("method", self.method.clone()), ("path", self.path.clone()), ("operation", self.operation.clone())]
    }

    fn json(&self) -> Value {
        json!({ "method": self.method, "path": self.path, "operation": self.operation })
    }
}

pub fn run(common: &Common) -> Outcome {
    let defaults = Config::augment_args(Command::new("routes")).try_get_matches_from(["routes", "--memory"]);
    let config = defaults.and_then(|matches| Config::from_arg_matches(&matches)).map_err(Failure::new)?;
    show::list(common, &routes(&config).map_err(Failure::new)?)
}
