//! The page that asks before something is done to an account or an application. Its form posts to its own address.

use crate::http::RequestContext;
use crate::web::navigation::Section;
use crate::web::{Session, Shell, Web};
use askama::Template;
use hyper::StatusCode;
use warp::reply::Response;

pub struct Question {
    pub title: String,
    /// What will happen, a sentence each.
    pub effects: Vec<String>,
    pub button: &'static str,
    /// Whether something is lost.
    pub is_destructive: bool,
    /// The path that leads back.
    pub cancel: String,
}

#[derive(Template)]
#[template(path = "admin_question.html", config = "src/web/askama.toml")]
struct Page<'a> {
    shell: &'a Shell,
    question: &'a Question,
}

impl Question {
    pub fn page(&self, web: &Web, request: &RequestContext, session: Session, section: Section) -> Response {
        let shell = Shell::signed_in(&web.app, request, session, section);
        shell.page(StatusCode::OK, &Page { shell: &shell, question: self })
    }
}
