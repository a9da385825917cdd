//! All dialects of a server in one route table.

use super::config::{Config, Dialect};
use crate::docker::{self, Docker};
use crate::gitlab::{self, Gitlab, Health, V3, V4};
use crate::http::router::Router;
use crate::http::{AppState, reply};
use crate::oauth::{self, Approver, EndpointPaths, OAuth};
use crate::openssh::{self, Openssh};
use crate::web::{self, Web};
use hyper::StatusCode;
use serde_json::json;
use std::sync::Arc;
use warp::reply::Response;

pub fn router(app: &AppState, config: &Config, approver: Option<Arc<dyn Approver>>) -> Router {
    let mut router = Router::new(nothing_here);
    let enabled = |dialect| config.dialects.contains(&dialect);
    let v3 = Gitlab { app: app.clone(), version: V3 { error_status_mode: config.gitlab_errors } };
    let v4 = Gitlab { app: app.clone(), version: V4 };
    let docker = Docker { app: app.clone() };
    let docker_enabled = enabled(Dialect::Docker);
    if docker_enabled {
        router.add(docker, docker::routes())
    } else {
        router.add_disabled(docker)
    }
    if enabled(Dialect::GitlabV3) {
        router.add(v3, gitlab::v3_routes())
    } else {
        router.add_disabled(v3)
    }
    if enabled(Dialect::GitlabV4) {
        router.add(v4, gitlab::v4_routes())
    } else {
        router.add_disabled(v4)
    }
    router.add(Health { app: app.clone() }, gitlab::health_routes());
    router.add(Openssh::new(app.clone()), openssh::routes(!config.no_public_keys));
    router.add(Web { app: app.clone() }, web::routes());

    let advertised = if docker_enabled { EndpointPaths::Docker } else { EndpointPaths::Gitlab };
    let oauth = |paths| OAuth { app: app.clone(), paths, advertised, approver: approver.clone() };
    router.add(oauth(advertised), oauth::metadata_routes());
    for paths in [EndpointPaths::Docker, EndpointPaths::Gitlab] {
        // docker.io's names lie below the docker dialect's prefix, and go with it.
        if paths == EndpointPaths::Gitlab || docker_enabled {
            router.add(oauth(paths), oauth::routes(paths));
        }
    }
    router
}

/// The 404 of a path below no dialect's prefix.
fn nothing_here() -> Response {
    let body = json!({ "message": "404 Not found: the APIs are below /api/v1.1, /api/v3 and /api/v4" });
    reply::json(StatusCode::NOT_FOUND, &body)
}
