//! The route table of a dialect: see [`routes!`].

use std::future::{Future, ready};
use std::pin::Pin;

use hyper::Method;
use hyper::header::{ALLOW, HeaderValue};
use warp::reply::Response;
use warp::{Filter, Rejection, Reply};

use super::request::{Call, call};

/// A handler at work.
pub type Answer = Pin<Box<dyn Future<Output = Response> + Send>>;

/// A matched row of the table, its segments taken: what is left is to choose the handler by the method.
pub type Endpoint<C> = Box<dyn FnOnce(C, Call) -> Answer + Send>;

/// Writes the routes of a dialect as one table.
///
/// ```ignore
/// routes! { app, error::not_allowed;
///     "users" / username => { GET: users::show, PATCH: users::update }
///     "users" / username / "emails" => { GET: emails::list, POST: emails::add }
/// }
/// ```
///
/// - The first line is the context, cloned for each request, and what words a 405: `fn(allow: &'static str) -> impl Reply`.
/// - A handler is `async fn(context, Call, Segment, …) -> impl Reply`, with the named segments in their order. A
///   `Result` of two replies is a reply.
/// - HEAD is answered wherever GET is, by the same handler; hyper leaves the body out.
/// - A known path with another method gets the 405, with the `Allow` of its row. A path of no row is rejected as not
///   found, for the dialect's `recover`; so is one with a segment that is not UTF-8.
/// - The first row that fits wins. A path with and without its final `/` is the same.
macro_rules! routes {
    ($context:expr, $refuse:path;
     $($($segment:tt)/+ => { $($method:ident: $handler:path),+ $(,)? })+) => {
        $crate::http::routes::table(
            $crate::http::routes::routes!(@or
                $({ $crate::http::routes::routes!(@row [] [] $($segment)/+ => $refuse { $($method: $handler),+ }) })+
            ),
            $context,
        )
    };

    // Rows, nested to the right so that an early row does not pay for the late ones.
    (@or $row:block) => { $row };
    (@or $row:block $($rest:block)+) => {
        warp::Filter::unify(warp::Filter::or($row, $crate::http::routes::routes!(@or $($rest)+)))
    };

    // One row: turns its segments into warp's and collects the names.
    (@row [$($path:tt)*] [$($name:ident)*] $new:ident $(/ $rest:tt)* => $($end:tt)+) => {
        $crate::http::routes::routes!(@next [$($path)* Segment] [$($name)* $new] $(/ $rest)* => $($end)+)
    };
    (@row [$($path:tt)*] [$($name:ident)*] $literal:tt $(/ $rest:tt)* => $($end:tt)+) => {
        $crate::http::routes::routes!(@next [$($path)* $literal] [$($name)*] $(/ $rest)* => $($end)+)
    };
    (@next [$($path:tt)+] $names:tt / $($rest:tt)+) => {
        $crate::http::routes::routes!(@row [$($path)+ /] $names $($rest)+)
    };
    (@next $path:tt $names:tt => $($end:tt)+) => {
        $crate::http::routes::routes!(@endpoint $path $names $names $($end)+)
    };

    // The names twice: once to take them apart, once whole, for use in the repetition over the methods.
    (@endpoint [$($path:tt)*] [$($name:ident)*] $names:tt
     $refuse:path { $($method:ident: $handler:path),+ }) => {{
        #[allow(unused_imports)] // A row may have no names.
        use $crate::http::request::Segment;
        const ALLOW: &str = $crate::http::routes::routes!(@allow $($method)+);
        warp::Filter::map(warp::path!($($path)*), |$($name: Segment),*| -> $crate::http::routes::Endpoint<_> {
            Box::new(move |context, call: $crate::http::request::Call| {
                $(if $crate::http::routes::is(call.method(), &hyper::Method::$method) {
                    return $crate::http::routes::routes!(@answer $handler, context, call, $names);
                })+
                $crate::http::routes::refuse($refuse(ALLOW), ALLOW)
            })
        })
    }};
    (@answer $handler:path, $context:ident, $call:ident, [$($name:ident)*]) => {
        $crate::http::routes::answer($handler($context, $call $(, $name)*))
    };

    // The value of `Allow` for a row.
    (@allow GET) => { "GET, HEAD" };
    (@allow $method:ident) => { stringify!($method) };
    (@allow $method:ident $($rest:ident)+) => {
        concat!($crate::http::routes::routes!(@allow $method), ", ", $crate::http::routes::routes!(@allow $($rest)+))
    };
}

pub(crate) use routes;

/// Serves a table: the body is read once a row fits.
pub fn table<T, C>(rows: T, context: C) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + Send + Sync
where
    T: Filter<Extract = (Endpoint<C>,), Error = Rejection> + Clone + Send + Sync + 'static,
    C: Clone + Send + Sync + 'static,
{
    rows.and(call()).then(move |endpoint: Endpoint<C>, call| endpoint(context.clone(), call))
}

/// Whether a request of this method belongs to the handler of `served`.
pub fn is(asked: &Method, served: &Method) -> bool {
    asked == served || (asked == Method::HEAD && served == Method::GET)
}

/// A handler's future, of whatever kind of reply.
pub fn answer<R: Reply>(handler: impl Future<Output = R> + Send + 'static) -> Answer {
    Box::pin(async { handler.await.into_response() })
}

/// A 405, with the header that RFC 9110 (section 15.5.6) demands.
pub fn refuse(reply: impl Reply, allow: &'static str) -> Answer {
    let mut response = reply.into_response();
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
    Box::pin(ready(response))
}
