//! The one stylesheet.

use super::{Failure, Web};
use crate::http::reply::TaggedText;
use crate::http::{Request, reply};
use hyper::header::{CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use std::sync::{Arc, LazyLock};
use warp::reply::Response;

pub async fn sheet(_web: Arc<Web>, request: Request, _anyone: ()) -> Result<Response, Failure> {
    static SHEET: LazyLock<TaggedText> = LazyLock::new(|| TaggedText::new(include_str!("style.css")));
    let response = SHEET.respond(&request);
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    Ok(headers.into_iter().fold(response, |response, (name, value)| reply::with_header(response, name, value)))
}
