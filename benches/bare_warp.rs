//! What accountd is measured against: an answer made beforehand, served by warp alone, behind the one path of accountd's
//! that it belongs to.
//!
//!     bare_warp user|profile|keys
//!
//! stdin holds a JSON object `{"headers": [[name, value], …], "body": text}`, which `benches/load` takes from accountd.
//! stdout gets the address, as accountd writes it.

use bytes::Bytes;
use serde::Deserialize;
use std::error::Error;
use warp::http::{HeaderMap, HeaderName, HeaderValue, Response};
use warp::{Filter, Rejection, path};

#[derive(Deserialize)]
struct Answer {
    headers: Vec<(String, String)>,
    body: String,
}

#[derive(Clone)]
struct Ready {
    headers: HeaderMap,
    body: Bytes,
}

impl TryFrom<Answer> for Ready {
    type Error = Box<dyn Error>;

    fn try_from(answer: Answer) -> Result<Self, Self::Error> {
        let mut headers = HeaderMap::new();
        for (name, value) in answer.headers {
            headers.append(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
        }
        Ok(Self { headers, body: answer.body.into() })
    }
}

impl Ready {
    fn response(&self) -> Response<Bytes> {
        let mut response = Response::new(self.body.clone());
        response.headers_mut().clone_from(&self.headers);
        response
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // `cargo bench` and `cargo test --benches` run every bench without such an argument.
    let Some(which) = std::env::args().nth(1).filter(|which| !which.starts_with('-')) else {
        eprintln!("usage: bare_warp user|profile|keys");
        return Ok(());
    };
    let answer = Ready::try_from(serde_json::from_reader::<_, Answer>(std::io::stdin())?)?;
    match which.as_str() {
        "user" => serve(path!("api" / "v3" / "user").map(move || answer.response())).await,
        "profile" => serve(path!("api" / "v1.1" / "users" / String).map(move |_| answer.response())).await,
        "keys" => serve(path!("api" / "v3" / "user" / "keys").map(move || answer.response())).await,
        other => Err(format!("{other} is none of user, profile, keys").into()),
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
