//! The first turn on a request's way, before warp's filters.

use std::convert::Infallible;
use std::sync::Arc;

use hyper::service::{Service, service_fn};
use tower_service::Service as _;
use warp::filters::BoxedFilter;
use warp::reply::Response;

use super::observe::Address;

/// Filters by the prefix of the paths that they answer. Joined by `or`, each request would try one
/// after the other, and copy all of them.
pub struct Branches {
    branches: Vec<(&'static str, BoxedFilter<(Response,)>)>,
    rest: BoxedFilter<(Response,)>,
}

impl Branches {
    /// Each filter is asked for its prefix itself and everything below it, and the last one for
    /// what is left. No prefix may lie below another.
    pub fn new(
        branches: impl IntoIterator<Item = (&'static str, BoxedFilter<(Response,)>)>,
        rest: BoxedFilter<(Response,)>,
    ) -> Branches {
        Branches { branches: branches.into_iter().collect(), rest }
    }

    pub(super) fn service(
        self,
    ) -> impl Service<Address, Response = Response, Error = Infallible, Future: Send> + Clone + Send + Sync + 'static
    {
        let branches = self.branches.into_iter().map(|(prefix, filter)| (prefix, warp::service(filter)));
        let (branches, rest) = (branches.collect::<Arc<[_]>>(), warp::service(self.rest));
        service_fn(move |address: Address| {
            let path = address.uri().path();
            let branch = branches.iter().find(|(prefix, _)| is_below(path, prefix));
            // A filter is always ready: there is no need to ask, which would take a future around its own.
            branch.map_or(&rest, |(_, service)| service).clone().call(address)
        })
    }
}

/// One filter for all.
impl From<BoxedFilter<(Response,)>> for Branches {
    fn from(filter: BoxedFilter<(Response,)>) -> Branches {
        Branches::new([], filter)
    }
}

fn is_below(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_where_a_segment_does() {
        for path in ["/api/v3", "/api/v3/", "/api/v3/user", "/api/v3//user"] {
            assert!(is_below(path, "/api/v3"), "{path}");
        }
        for path in ["", "/", "/api", "/api/v", "/api/v33", "/api/v3x/user", "/API/v3", "//api/v3", "/api/%763"] {
            assert!(!is_below(path, "/api/v3"), "{path}");
        }
    }
}
