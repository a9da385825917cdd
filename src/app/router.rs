//! All dialects of a server in one route table.

use super::config::{Config, Dialect};
use crate::docker::{self, Docker};
use crate::docs::{self, Docs};
use crate::gitlab::{self, Gitlab, Health, V3, V4};
use crate::http::router::Router;
use crate::http::{AppState, reply};
use crate::oauth::{self, Approver, EndpointPaths, OAuth};
use crate::openssh::{self, Openssh};
use crate::web::{self, Api, Web};
use std::sync::Arc;

/// The APIs as the pages name them.
const APIS: [(Dialect, Api); 3] = [
    (Dialect::GitlabV4, Api { name: "GitLab API v4", path: "/api/v4" }),
    (Dialect::GitlabV3, Api { name: "GitLab API v3", path: "/api/v3" }),
    (Dialect::Docker, Api { name: "docker.io Accounts API v1.1", path: "/api/v1.1" }),
];

pub fn router(app: &AppState, config: &Config, approver: Option<Arc<dyn Approver>>) -> Router {
    let app = &app.clone().with_site_name(&config.site_name);
    let mut router = Router::new(reply::unknown_path);
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
    let apis = APIS.iter().filter(|(dialect, _)| enabled(*dialect)).map(|(_, api)| *api).collect();
    router.add(Web { app: app.clone(), apis, examples: config.examples.clone() }, web::routes());

    let advertised = if docker_enabled { EndpointPaths::Docker } else { EndpointPaths::Gitlab };
    let oauth = |paths| OAuth { app: app.clone(), paths, advertised, approver: approver.clone() };
    router.add(oauth(advertised), oauth::metadata_routes());
    for paths in [EndpointPaths::Docker, EndpointPaths::Gitlab] {
        // docker.io's names lie below the docker dialect's prefix, and go with it.
        if paths == EndpointPaths::Gitlab || docker_enabled {
            router.add(oauth(paths), oauth::routes(paths));
        }
    }
    let documented = router.documented();
    router.add(Docs::new(app.clone(), documented), docs::routes());
    router
}
