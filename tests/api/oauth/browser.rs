//! A browser as far as the pages need one: cookies, forms, and redirects that are looked at.

use super::{DOCKER, Names};
use crate::harness::{Answer, Call, Server};
use std::collections::BTreeMap;

pub struct Browser<'a> {
    server: &'a Server,
    cookies: BTreeMap<String, String>,
}

/// What a page's form holds in its hidden field of that name.
#[track_caller]
pub fn hidden(page: &Answer, name: &str) -> String {
    let before = format!("name=\"{name}\" value=\"");
    let (_, rest) = page.body.rsplit_once(&before).unwrap_or_else(|| panic!("{name}: {page:?}"));
    unescaped(rest.split('"').next().unwrap())
}

/// The attribute of the last form of the page, which is its own: the first signs out.
#[track_caller]
pub fn action(page: &Answer) -> String {
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

    /// One that is signed in.
    #[track_caller]
    pub fn of(server: &'a Server, login: &str, password: &str) -> Self {
        let mut browser = Self::new(server);
        let page = browser.get("/account/sign-in");
        let answer = browser.sign_in(&page, login, password);
        assert_eq!(answer.status, 303, "{answer:?}");
        browser
    }

    fn send(&mut self, call: Call) -> Answer {
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

    pub fn get(&mut self, path: &str) -> Answer {
        self.send(self.server.get(path))
    }

    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(self.server.post(path).form(fields))
    }

    /// Posts the same with more headers.
    pub fn post_with(&mut self, path: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
        let call = self.server.post(path).form(fields);
        self.send(headers.iter().fold(call, |call, (name, value)| call.header(name, value)))
    }

    /// Fills in the page for signing in.
    #[track_caller]
    pub fn sign_in(&mut self, page: &Answer, login: &str, password: &str) -> Answer {
        assert_eq!(page.status, 200, "{page:?}");
        let (csrf, return_to) = (hidden(page, "csrf"), hidden(page, "return_to"));
        let fields = [("csrf", csrf.as_str()), ("return_to", &return_to), ("login", login), ("password", password)];
        self.post(&action(page), &fields)
    }

    /// The page that asks the user about a request.
    #[track_caller]
    pub fn asked(&mut self, names: Names, query: &str) -> Answer {
        let page = self.get(&format!("{}?{query}", names.authorize));
        assert!(page.status == 200 && page.body.contains("value=\"allow\""), "{page:?}");
        page
    }

    /// The user's answer to that page.
    #[track_caller]
    pub fn decide(&mut self, page: &Answer, decision: &str) -> Answer {
        let csrf = hidden(page, "csrf");
        self.post(&action(page), &[("csrf", &csrf), ("decision", decision)])
    }

    /// What comes of asking and that answer.
    #[track_caller]
    pub fn decided(&mut self, query: &str, decision: &str) -> Answer {
        let page = self.asked(DOCKER, query);
        self.decide(&page, decision)
    }
}
