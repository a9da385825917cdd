//! A browser for the consent page: it stores cookies, submits forms and does not follow redirects.

use super::{DOCKER, EndpointPaths};
use crate::harness::{Request, Response, Server};
use std::collections::BTreeMap;

pub struct Browser<'a> {
    server: &'a Server,
    cookies: BTreeMap<String, String>,
}

/// The value of the last hidden field with this name.
#[track_caller]
pub fn hidden_field(page: &Response, name: &str) -> String {
    let before = format!("name=\"{name}\" value=\"");
    let (_, rest) = page.body.rsplit_once(&before).unwrap_or_else(|| panic!("{name}: {page:?}"));
    unescaped(rest.split('"').next().unwrap())
}

/// The action of the last form. The first one on a page signs out.
#[track_caller]
pub fn form_action(page: &Response) -> String {
    let (_, rest) = page.body.rsplit_once("<form method=\"post\" action=\"").unwrap_or_else(|| panic!("{page:?}"));
    unescaped(rest.split('"').next().unwrap())
}

fn unescaped(text: &str) -> String {
    let pairs = [("&#38;", "&"), ("&amp;", "&"), ("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'")];
    pairs.into_iter().fold(text.to_owned(), |text, (entity, plain)| text.replace(entity, plain))
}

impl<'a> Browser<'a> {
    pub fn new(server: &'a Server) -> Self {
        Self { server, cookies: BTreeMap::new() }
    }

    /// A browser after signing in.
    #[track_caller]
    pub fn signed_in(server: &'a Server, login: &str, password: &str) -> Self {
        let mut browser = Self::new(server);
        let page = browser.get("/account/sign-in");
        let answer = browser.sign_in(&page, login, password);
        assert_eq!(answer.status, 303, "{answer:?}");
        browser
    }

    fn send(&mut self, call: Request) -> Response {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let call = if cookies.is_empty() { call } else { call.header("Cookie", &cookies.join("; ")) };
        let answer = call.send();
        for cookie in answer.all("set-cookie") {
            let (name, rest) = cookie.split_once('=').unwrap();
            match rest.split(';').next().unwrap() {
                "" => drop(self.cookies.remove(name)),
                value => drop(self.cookies.insert(name.to_owned(), value.to_owned())),
            }
        }
        answer
    }

    pub fn get(&mut self, path: &str) -> Response {
        self.send(self.server.get(path))
    }

    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Response {
        self.send(self.server.post(path).form(fields))
    }

    /// [`Browser::post`] with more headers.
    pub fn post_with(&mut self, path: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Response {
        let call = self.server.post(path).form(fields);
        self.send(headers.iter().fold(call, |call, (name, value)| call.header(name, value)))
    }

    /// Submits the sign-in form of this page.
    #[track_caller]
    pub fn sign_in(&mut self, page: &Response, login: &str, password: &str) -> Response {
        assert_eq!(page.status, 200, "{page:?}");
        let (csrf, return_to) = (hidden_field(page, "csrf"), hidden_field(page, "return_to"));
        let fields = [("csrf", csrf.as_str()), ("return_to", &return_to), ("login", login), ("password", password)];
        self.post(&form_action(page), &fields)
    }

    /// The consent page for a request.
    #[track_caller]
    pub fn consent_page(&mut self, paths: EndpointPaths, query: &str) -> Response {
        let page = self.get(&format!("{}?{query}", paths.authorize));
        assert!(page.status == 200 && page.body.contains("value=\"allow\""), "{page:?}");
        page
    }

    /// Submits the form of a consent page with `allow` or `deny`.
    #[track_caller]
    pub fn decide(&mut self, page: &Response, decision: &str) -> Response {
        let csrf = hidden_field(page, "csrf");
        self.post(&form_action(page), &[("csrf", &csrf), ("decision", decision)])
    }

    /// Fetches the consent page, also if the user allowed the application before, and submits it.
    #[track_caller]
    pub fn consent(&mut self, query: &str, decision: &str) -> Response {
        let page = self.consent_page(DOCKER, &format!("{query}&prompt=consent"));
        self.decide(&page, decision)
    }
}
