//! The route table of a dialect: see `routes!`.

use std::future::{Future, ready};
use std::pin::Pin;

use hyper::Method;
use hyper::header::{ALLOW, HeaderValue};
use warp::path::Tail;
use warp::reply::Response;
use warp::{Filter, Rejection, Reply};

use super::request::{Call, Head};

/// A handler at work.
pub type Answer = Pin<Box<dyn Future<Output = Response> + Send>>;

/// The rows of a table: gives the segments of a path to their handler, or nothing if no row fits.
pub type Rows<C> = fn(&C, Head, &[&str]) -> Option<Answer>;

/// Writes the routes of a dialect as one table.
///
/// ```text
/// routes! { app, error::not_allowed;
///     "users" / username => { GET: users::show, PATCH: users::update }
///     "users" / username / "emails" => { GET: emails::list, POST: emails::add }
/// }
/// ```
///
/// - The first line is the context, cloned for each request, and what words a 405:
///   `fn(allow: &'static str) -> impl Reply`.
/// - A handler is `async fn(context, Call, Segment, …) -> impl Reply`, with the named segments in
///   their order. A `Result` of two replies is a reply.
/// - HEAD is answered wherever GET is, by the same handler; hyper leaves the body out.
/// - A known path with another method gets the 405, with the `Allow` of its row. A path of no row
///   is rejected as not found, for the dialect's `recover`; so is one with a segment that is not
///   UTF-8.
/// - The first row that fits wins. A path with and without its final `/` is the same.
///
/// The result is a filter for what is left of the path. It is one filter and no chain of `or`,
/// whose every link would cost each request time and make its future larger.
macro_rules! routes {
    ($context:expr, $refuse:path;
     $($($segment:tt)/+ => { $($method:ident: $handler:path),+ $(,)? })+) => {
        $crate::http::routes::table($context, |context, head, segments| {
            $($crate::http::routes::routes!(
                @row context, head, segments, [$($segment),+], $refuse,
                { $($method: $handler),+ }
            );)+
            None
        })
    };

    // One row. Its segments are a slice pattern: texts to match, names to bind.
    (@row $context:ident, $head:ident, $segments:ident, $path:tt, $refuse:path,
     { $($method:ident: $handler:path),+ }) => {
        if let $path = $segments {
            const ALLOW: &str = $crate::http::routes::routes!(@allow $($method)+);
            $crate::http::routes::routes!(@decode $path);
            $(if $crate::http::routes::is($head.method(), &hyper::Method::$method) {
                let context = Clone::clone($context);
                return Some($crate::http::routes::answer($head, move |call| {
                    $crate::http::routes::routes!(@call $handler, [context, call], $path)
                }));
            })+
            return Some($crate::http::routes::refuse($refuse(ALLOW), ALLOW));
        }
    };

    // The names of a row, decoded. One that cannot be is not found.
    (@decode [$($segment:tt),*]) => {
        $($crate::http::routes::routes!(@decode $segment);)*
    };
    (@decode $name:ident) => {
        let $name = $name.parse::<$crate::http::request::Segment>().ok()?;
    };
    (@decode $text:literal) => {};

    // The handler, called with the names of a row and without its texts.
    (@call $handler:path, [$($argument:ident),+], [$name:ident $(, $rest:tt)*]) => {
        $crate::http::routes::routes!(@call $handler, [$($argument),+, $name], [$($rest),*])
    };
    (@call $handler:path, $arguments:tt, [$text:literal $(, $rest:tt)*]) => {
        $crate::http::routes::routes!(@call $handler, $arguments, [$($rest),*])
    };
    (@call $handler:path, [$($argument:ident),+], []) => {
        $handler($($argument),+)
    };

    // The value of `Allow` for a row.
    (@allow GET) => { "GET, HEAD" };
    (@allow $method:ident) => { stringify!($method) };
    (@allow $method:ident $($rest:ident)+) => {
        concat!(
            $crate::http::routes::routes!(@allow $method),
            ", ",
            $crate::http::routes::routes!(@allow $($rest)+)
        )
    };
}

pub(crate) use routes;

/// Serves a table: `routes!` writes the rows.
pub fn table<C>(
    context: C,
    rows: Rows<C>,
) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + Send + Sync
where
    C: Clone + Send + Sync + 'static,
{
    warp::path::tail().and_then(move |path: Tail| {
        let answer = Head::current().and_then(|head| find(&context, rows, head, path.as_str()));
        async {
            match answer {
                Some(answer) => Ok(answer.await),
                None => Err(warp::reject::not_found()),
            }
        }
    })
}

/// Splits what is left of a path, without its final slash, and looks it up.
fn find<C>(context: &C, rows: Rows<C>, head: Head, path: &str) -> Option<Answer> {
    const LONGEST: usize = 8;

    let mut segments = [""; LONGEST];
    let mut count = 0;
    for segment in path.strip_suffix('/').unwrap_or(path).split('/') {
        *segments.get_mut(count)? = segment;
        count += 1;
    }
    rows(context, head, &segments[..count])
}

/// Whether a request of this method belongs to the handler of `served`.
pub fn is(asked: &Method, served: &Method) -> bool {
    asked == served || (asked == Method::HEAD && served == Method::GET)
}

/// Reads the body and runs the handler, whatever kind of reply it gives.
pub fn answer<H, F>(head: Head, handler: H) -> Answer
where
    H: FnOnce(Call) -> F + Send + 'static,
    F: Future<Output: Reply> + Send,
{
    Box::pin(async { handler(head.call().await).await.into_response() })
}

/// A 405, with the header that RFC 9110 (section 15.5.6) demands.
pub fn refuse(reply: impl Reply, allow: &'static str) -> Answer {
    let mut response = reply.into_response();
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
    Box::pin(ready(response))
}
