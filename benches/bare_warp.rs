//! The reference that `benches/load` compares accountd with: warp alone, serving a fixed response on one of accountd's
//! routes.
//!
//!     bare_warp user|profile|keys
//!
//! Reads the response from stdin as a JSON object `{"headers": [[name, value], …], "body": text}`; `benches/load`
//! records it from accountd. Writes its address to stdout in the same form as accountd. `TOKIO_WORKER_THREADS` sets the
//! number of threads.

use bytes::Bytes;
use serde::Deserialize;
use std::error::Error;
use warp::http::{HeaderMap, HeaderName, HeaderValue, Response};
use warp::{Filter, Rejection, path};

#[derive(Deserialize)]
struct Recorded {
    headers: Vec<(String, String)>,
    body: String,
}

#[derive(Clone)]
struct Fixed {
    headers: HeaderMap,
    body: Bytes,
}

impl TryFrom<Recorded> for Fixed {
    type Error = Box<dyn Error>;

    fn try_from(recorded: Recorded) -> Result<Self, Self::Error> {
        let mut headers = HeaderMap::new();
        for (name, value) in recorded.headers {
            headers.append(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
        }
        Ok(Self { headers, body: recorded.body.into() })
    }
}

impl Fixed {
    fn response(&self) -> Response<Bytes> {
        let mut response = Response::new(self.body.clone());
        response.headers_mut().clone_from(&self.headers);
        response
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // `cargo bench` and `cargo test --benches` run every bench without a route.
    let Some(route) = std::env::args().nth(1).filter(|argument| !argument.starts_with('-')) else {
        eprintln!("usage: bare_warp user|profile|keys");
        return Ok(());
    };
    let fixed = Fixed::try_from(serde_json::from_reader::<_, Recorded>(std::io::stdin())?)?;
    match route.as_str() {
        "user" => serve(path!("api" / "v3" / "user").map(move || fixed.response())).await,
        "profile" => serve(path!("api" / "v1.1" / "users" / String).map(move |_| fixed.response())).await,
        "keys" => serve(path!("api" / "v3" / "user" / "keys").map(move || fixed.response())).await,
        other => Err(format!("unknown route {other}: expected user, profile or keys").into()),
    }
}

async fn serve<F>(route: F) -> Result<(), Box<dyn Error>>
where
    F: Filter<Extract = (Response<Bytes>,), Error = Rejection> + Clone + Send + Sync + 'static,
{
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    warp::serve(warp::get().and(route)).incoming(listener).run().await;
    Ok(())
}
