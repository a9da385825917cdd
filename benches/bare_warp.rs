//! What accountd is measured against: answers made beforehand, behind the same paths, served by warp alone.
//!
//! stdin holds a JSON object `{"gitlab": answer, "docker": answer}`, an answer being `{"headers": [[name, value], …],
//! "body": text}`; `benches/run` takes them from accountd. stdout gets the address, as accountd writes it.

use bytes::Bytes;
use serde::Deserialize;
use std::error::Error;
use warp::http::{HeaderMap, HeaderName, HeaderValue, Response};
use warp::{Filter, path};

#[derive(Deserialize)]
struct Answers {
    gitlab: Answer,
    docker: Answer,
}

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
    let answers: Answers = serde_json::from_reader(std::io::stdin())?;
    let (gitlab, docker) = (Ready::try_from(answers.gitlab)?, Ready::try_from(answers.docker)?);
    let user = path!("api" / "v3" / "user").map(move || gitlab.response());
    let profile = path!("api" / "v1.1" / "users" / String).map(move |_| docker.response());
    let routes = warp::get().and(user.or(profile));

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    warp::serve(routes).incoming(listener).run().await;
    Ok(())
}
