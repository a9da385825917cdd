//! The one stylesheet.

use crate::http::{AppState, Call, reply};
use hyper::header::{CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use warp::reply::Response;

pub async fn sheet(_site: AppState, call: Call) -> Response {
    let response = reply::text_if_changed(&call, include_str!("style.css").into());
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    headers.into_iter().fold(response, |response, (name, value)| reply::with_header(response, name, value))
}
