//! The files that the pages load: the stylesheet and the icon.

use super::{Failure, Web};
use crate::accounts::Error;
use crate::http::Request;
use crate::http::reply::{self, EntityTag};
use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use std::sync::{Arc, LazyLock};
use warp::reply::Response;

const STYLE: &str = include_str!("style.css");
const ICON: &str = include_str!("icon.svg");

/// `GET /account/style.css`
pub async fn style(_web: Arc<Web>, request: Request, _anyone: ()) -> Result<Response, Failure> {
    static TAG: LazyLock<Result<EntityTag, Error>> = LazyLock::new(|| EntityTag::of(&STYLE));
    file(&request, &TAG, STYLE, "text/css; charset=utf-8")
}

/// `GET /account/icon.svg`
pub async fn icon(_web: Arc<Web>, request: Request, _anyone: ()) -> Result<Response, Failure> {
    static TAG: LazyLock<Result<EntityTag, Error>> = LazyLock::new(|| EntityTag::of(&ICON));
    file(&request, &TAG, ICON, "image/svg+xml")
}

/// Revalidated at each use, so that a new version of the program is seen at once.
fn file(
    request: &Request,
    tag: &Result<EntityTag, Error>,
    text: &'static str,
    content_type: &'static str,
) -> Result<Response, Failure> {
    let tag = tag.as_ref().map_err(Error::clone)?;
    let response = tag.respond(request, || Ok(reply::text_ok(Bytes::from_static(text.as_bytes()))))?;
    let response = reply::with_header(response, CONTENT_TYPE, HeaderValue::from_static(content_type));
    Ok(reply::with_header(response, X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")))
}
