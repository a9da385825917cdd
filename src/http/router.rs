//! The route table of the whole server: matches a request once, decides whether its caller may make it, reads its body
//! and calls the handler.
//!
//! A row of a dialect's table reads
//!
//! ```text
//! post("/users", "users.create", admin(Scope::Api), users::create)
//! ```
//!
//! and stands for: method, path below [`Dialect::PREFIX`], operation name below [`Dialect::NAME`], who may call it, and
//! the handler, an `async fn(Arc<D>, Request, R::Permission) -> Result<Response, D::Error>`. The order is: match,
//! authenticate and obtain the permission ([`Rule::permit`]), read and parse the body, call the handler. Whatever fails
//! on the way becomes a response in the dialect's own words ([`Dialect::refuse`]). The dialect's [`Reference`] describes
//! the operation of each row.
//!
//! - GET rows answer HEAD too; hyper leaves the body out.
//! - A path with and without its final `/` is the same resource.
//! - A known path with another method is 405 with `Allow`, derived from the rows of that path.
//! - A path parameter that is empty or not UTF-8 once decoded matches nothing.

use super::error::{ErrorHead, RequestError};
use super::interceptor::{Call, Interceptor};
use super::metrics::{DIALECTS, OTHER};
use super::reference::{DocumentedRoute, Reference, Requirement};
use super::request::{PathParams, Request, RequestContext};
use super::request_id::RequestIds;
use super::unimplemented;
use super::unread_responses::{self, Callers};
use crate::domain::Random;
use arc_swap::ArcSwap;
use hyper::Method;
use serde_json::json;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use warp::reply::Response;

/// A set of routes that share a prefix, a way to authenticate and the words of their errors.
pub trait Dialect: Send + Sync + Sized + 'static {
    type Error: From<RequestError> + Send;

    /// What the operation names of this dialect begin with, such as `gitlab.v4`.
    const NAME: &'static str;
    /// What its paths begin with, such as `/api/v4`; without a final slash.
    const PREFIX: &'static str;
    /// The `dialect` label of its metrics; one of [`DIALECTS`].
    const LABEL: &'static str;
    /// The prefixes below which this dialect answers the paths that no row has.
    const OWNS: &'static [&'static str] = &[Self::PREFIX];
    /// Whether a path below the prefix that no row has is an endpoint of the documented API, and so worth telling the
    /// caller about.
    const IS_DOCUMENTED_API: bool = false;
    /// Whether the router reads and parses bodies. Otherwise handlers read their bytes.
    const PARSES_BODIES: bool = true;
    /// Who may call it, as far as the size of responses is concerned.
    const CALLERS: Callers = Callers::Anyone;
    /// Describes its operations. None if they are no interface for programs.
    const REFERENCE: Option<&'static Reference> = None;

    /// The response to a request that failed, in this dialect's words.
    fn refuse(&self, error: Self::Error, request: &Arc<RequestContext>) -> Response;
}

/// Who may call a route: turns the caller's credential into a permission object.
pub trait Rule<D: Dialect>: Copy + Send + Sync + 'static {
    type Permission: Send;

    /// Who may call the route, for people.
    fn requirement(self) -> Requirement;

    /// Authenticates the caller as far as the route needs it.
    ///
    /// # Errors
    /// The caller is unknown, or may not do this.
    fn permit(
        self,
        dialect: &D,
        request: &mut Request,
    ) -> impl Future<Output = Result<Self::Permission, D::Error>> + Send;
}

/// Everyone may call the route; no credential is looked at.
#[derive(Clone, Copy)]
pub struct Anyone;

impl<D: Dialect> Rule<D> for Anyone {
    type Permission = ();

    fn requirement(self) -> Requirement {
        Requirement::none("anyone")
    }

    async fn permit(self, _dialect: &D, _request: &mut Request) -> Result<(), D::Error> {
        Ok(())
    }
}

pub fn anyone() -> Anyone {
    Anyone
}

type Answer = Pin<Box<dyn Future<Output = Response> + Send>>;
type Run<D> = Box<dyn Fn(Arc<D>, Request) -> Answer + Send + Sync>;

/// A row of a dialect's table.
pub struct Route<D> {
    method: Method,
    path: &'static str,
    operation: &'static str,
    requirement: Requirement,
    run: Run<D>,
}

macro_rules! constructors {
    ($($name:ident $method:ident)+) => {
        $(
            /// A row for this method; see the module's documentation.
            pub fn $name<D, R, H, F>(path: &'static str, operation: &'static str, rule: R, handler: H) -> Route<D>
            where
                D: Dialect,
                R: Rule<D>,
                H: Fn(Arc<D>, Request, R::Permission) -> F + Copy + Send + Sync + 'static,
                F: Future<Output = Result<Response, D::Error>> + Send,
            {
                let run: Run<D> = Box::new(move |dialect, mut request| {
                    Box::pin(async move {
                        let context = request.context();
                        let answered = async {
                            let permission = rule.permit(&dialect, &mut request).await?;
                            if D::PARSES_BODIES {
                                request.read_body().await.map_err(RequestError::Body)?;
                            }
                            poll_fn(|_| context.poll_allowed()).await;
                            let _anonymous = context.anonymous_permit().await;
                            let response = handler(Arc::clone(&dialect), request, permission).await?;
                            Ok(unread_responses::reserve(response, context.client(), D::CALLERS)?)
                        };
                        match answered.await {
                            Ok(response) => response,
                            Err(error) => dialect.refuse(error, &context),
                        }
                    })
                });
                Route { method: Method::$method, path, operation, requirement: Rule::<D>::requirement(rule), run }
            }
        )+
    };
}

constructors! { get GET post POST put PUT patch PATCH delete DELETE }

/// One method of one path.
pub(super) struct Endpoint {
    method: Method,
    operation: Box<str>,
    requirement: Requirement,
    run: Box<dyn Fn(Request) -> Answer + Send + Sync>,
}

/// All rows of one path.
pub(super) struct Resource {
    path: String,
    /// The names of the path's parameters.
    params: Vec<&'static str>,
    /// The value of `Allow`.
    allow: String,
    endpoints: Vec<Endpoint>,
    label: usize,
    dialect: &'static str,
    reference: Option<&'static Reference>,
    refuse: Refuse,
}

type Refuse = Box<dyn Fn(RequestError, &Arc<RequestContext>) -> Response + Send + Sync>;

/// What answers paths below a prefix that no row has.
pub(super) struct Fallback {
    prefix: &'static str,
    label: usize,
    dialect: &'static str,
    is_documented_api: bool,
    error: RequestError,
    refuse: Refuse,
}

/// All routes of a listener.
pub struct Router {
    paths: matchit::Router<usize>,
    resources: Vec<Resource>,
    /// The longest prefix first.
    fallbacks: Vec<Fallback>,
    otherwise: fn() -> Response,
    interceptor: Option<Arc<dyn Interceptor>>,
    pub(super) request_ids: RequestIds,
}

/// The router that a listener answers with. A stand-in replaces it while it serves.
pub type CurrentRouter = Arc<ArcSwap<Router>>;

impl From<Router> for CurrentRouter {
    fn from(router: Router) -> Self {
        Arc::new(ArcSwap::from_pointee(router))
    }
}

impl Router {
    /// A table without rows. `otherwise` answers paths below no dialect's prefix.
    pub fn new(otherwise: fn() -> Response) -> Self {
        Self {
            paths: matchit::Router::new(),
            resources: Vec::new(),
            fallbacks: Vec::new(),
            otherwise,
            interceptor: None,
            request_ids: RequestIds::new(&Random::SYSTEM),
        }
    }

    /// Begins the ids of requests with bits from this source.
    pub fn number_requests(&mut self, random: &Random) {
        self.request_ids = RequestIds::new(random);
    }

    /// Every request passes through the interceptor.
    pub fn intercept(&mut self, interceptor: Arc<dyn Interceptor>) {
        self.interceptor = Some(interceptor);
    }

    /// Answers a request that [`Router::find`] was asked about.
    pub(super) async fn answer(&self, found: Found<'_>, context: &Arc<RequestContext>) -> Response {
        let Some(interceptor) = &self.interceptor else { return found.answer(context).await };
        let operation = match &found {
            Found::Endpoint(_, endpoint, _) => Some(&*endpoint.operation),
            Found::OtherMethod(_) | Found::OtherPath(_) | Found::Nothing(_) => None,
        };
        let dialect = match &found {
            Found::Endpoint(resource, ..) | Found::OtherMethod(resource) => Some((resource.dialect, &resource.refuse)),
            Found::OtherPath(fallback) => Some((fallback.dialect, &fallback.refuse)),
            Found::Nothing(_) => None,
        };
        let refuse = Box::new(move |error| match dialect {
            Some((_, refuse)) => refuse(error, context),
            None => refuse_without_dialect(&error),
        });
        let (dialect, answer) = (dialect.map(|(name, _)| name), Box::pin(found.answer(context)));
        interceptor.intercept(Call { request: context, operation, dialect, refuse, answer }).await
    }

    /// Adds a dialect's table. Paths below its prefix that no row has get the dialect's own 404.
    ///
    /// # Panics
    /// If two rows have the same method and path: the table is wrong, which every test shows.
    pub fn add<D: Dialect>(&mut self, dialect: D, routes: Vec<Route<D>>) {
        let dialect = Arc::new(dialect);
        for route in routes {
            let path = format!("{}{}", D::PREFIX, route.path);
            let known = self.resources.iter().position(|resource| resource.path == path);
            let index = known.unwrap_or_else(|| {
                let index = self.resources.len();
                self.paths.insert(path.as_str(), index).unwrap_or_else(|error| panic!("route {path}: {error}"));
                let (allow, endpoints, params) = (String::new(), Vec::new(), param_names(route.path));
                let (label, dialect, refuse) = (label::<D>(), D::NAME, refuse(&dialect));
                let reference = D::REFERENCE;
                self.resources.push(Resource { path, params, allow, endpoints, label, dialect, reference, refuse });
                index
            });
            self.resources[index].push(&dialect, route);
        }
        self.fall_back::<D>(&dialect, RequestError::NotFound);
    }

    /// Answers every path below the dialect's prefix with a 404 that says the dialect is turned off.
    pub fn add_disabled<D: Dialect>(&mut self, dialect: D) {
        self.fall_back::<D>(&Arc::new(dialect), RequestError::Disabled);
    }

    fn fall_back<D: Dialect>(&mut self, dialect: &Arc<D>, error: RequestError) {
        self.fallbacks.extend(D::OWNS.iter().map(|prefix| Fallback {
            prefix,
            label: label::<D>(),
            dialect: D::NAME,
            is_documented_api: D::IS_DOCUMENTED_API && error == RequestError::NotFound,
            error: error.clone(),
            refuse: refuse(dialect),
        }));
        self.fallbacks.sort_by_key(|fallback| std::cmp::Reverse(fallback.prefix.len()));
    }

    /// The method, path and operation of every row, path by path in the order of the tables.
    pub fn routes(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.resources.iter().flat_map(|resource| {
            let path = if resource.path.is_empty() { "/" } else { &*resource.path };
            let endpoints = resource.endpoints.iter();
            endpoints.map(move |endpoint| (endpoint.method.as_str(), path, &*endpoint.operation))
        })
    }

    /// The names of the dialects that have rows.
    pub fn dialects(&self) -> impl Iterator<Item = &'static str> {
        self.resources.iter().map(|resource| resource.dialect)
    }

    /// The routes whose operations their dialects describe, in the same order.
    pub fn documented(&self) -> Vec<DocumentedRoute> {
        let rows = self.resources.iter().flat_map(|resource| {
            let reference = resource.reference;
            resource.endpoints.iter().filter_map(move |endpoint| Some((resource, endpoint, reference?)))
        });
        let document = |(resource, endpoint, reference): (&Resource, &Endpoint, &'static Reference)| {
            Some(DocumentedRoute {
                method: endpoint.method.clone(),
                path: resource.path.clone(),
                requirement: endpoint.requirement,
                reference,
                operation: reference.operation(&endpoint.operation)?,
            })
        };
        rows.filter_map(document).collect()
    }

    /// Finds the route of a request, and the index in [`DIALECTS`] of its metrics' `dialect` label.
    pub(super) fn find(&self, request: &RequestContext) -> (usize, Found<'_>) {
        let path = request.uri.path();
        let plain = path.strip_suffix('/').unwrap_or(path);
        if let Ok(found) = self.paths.at(plain)
            && let resource = &self.resources[*found.value]
            && let values = found.params.iter().map(|(_, value)| value)
            && let Some(params) = PathParams::decode(resource.params.iter().copied().zip(values))
        {
            return match resource.endpoint(&request.method) {
                Some(endpoint) => (resource.label, Found::Endpoint(resource, endpoint, params)),
                None => (resource.label, Found::OtherMethod(resource)),
            };
        }
        match self.fallbacks.iter().find(|fallback| is_below(path, fallback.prefix)) {
            Some(fallback) => (fallback.label, Found::OtherPath(fallback)),
            None => (OTHER, Found::Nothing(self.otherwise)),
        }
    }
}

fn label<D: Dialect>() -> usize {
    DIALECTS.iter().position(|label| *label == D::LABEL).unwrap_or(OTHER)
}

fn refuse<D: Dialect>(dialect: &Arc<D>) -> Refuse {
    let dialect = Arc::clone(dialect);
    Box::new(move |error, request| dialect.refuse(error.into(), request))
}

/// An error below no dialect's prefix, which only an interceptor makes.
fn refuse_without_dialect(error: &RequestError) -> Response {
    let head = ErrorHead::from(error);
    let message = match error {
        RequestError::Injected(injected) => injected.to_string(),
        _ => head.status.to_string(),
    };
    head.json(&json!({ "message": message }))
}

/// `["id", "key_id"]` of `/users/{id}/keys/{key_id}`.
fn param_names(path: &'static str) -> Vec<&'static str> {
    path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect()
}

fn is_below(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl Resource {
    fn push<D: Dialect>(&mut self, dialect: &Arc<D>, route: Route<D>) {
        let Route { method, path: _, operation, requirement, run } = route;
        assert!(
            self.endpoints.iter().all(|known| known.method != method),
            "{method} {} is in the table twice",
            self.path
        );
        let separator = if self.allow.is_empty() { "" } else { ", " };
        let head = if method == Method::GET { ", HEAD" } else { "" };
        self.allow.push_str(&format!("{separator}{method}{head}"));
        let (dialect, operation) = (Arc::clone(dialect), format!("{}.{operation}", D::NAME).into());
        self.endpoints.push(Endpoint {
            method,
            operation,
            requirement,
            run: Box::new(move |request| run(dialect.clone(), request)),
        });
    }

    fn endpoint(&self, method: &Method) -> Option<&Endpoint> {
        let wanted = if method == Method::HEAD { &Method::GET } else { method };
        self.endpoints.iter().find(|endpoint| endpoint.method == *wanted)
    }
}

/// What the table says of a request.
pub(super) enum Found<'r> {
    Endpoint(&'r Resource, &'r Endpoint, PathParams),
    OtherMethod(&'r Resource),
    OtherPath(&'r Fallback),
    Nothing(fn() -> Response),
}

impl Found<'_> {
    async fn answer(self, context: &Arc<RequestContext>) -> Response {
        match self {
            Found::Endpoint(_, endpoint, params) => (endpoint.run)(Request::new(Arc::clone(context), params)).await,
            Found::OtherMethod(resource) => {
                (resource.refuse)(RequestError::MethodNotAllowed { allow: resource.allow.clone() }, context)
            }
            Found::OtherPath(fallback) => {
                let response = (fallback.refuse)(fallback.error.clone(), context);
                if fallback.is_documented_api { unimplemented::report(response, context) } else { response }
            }
            Found::Nothing(otherwise) => otherwise(),
        }
    }
}
