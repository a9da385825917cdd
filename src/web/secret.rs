//! The page that shows a new secret, which no page can show again.

use super::Shell;
use askama::Template;

#[derive(Template)]
#[template(path = "secret.html", config = "src/web/askama.toml")]
pub struct Secret<'a> {
    pub shell: &'a Shell,
    pub title: String,
    /// What to do with it, a sentence each.
    pub notes: Vec<String>,
    /// The name of the secret.
    pub label: String,
    pub secret: &'a str,
    /// The address of the page that comes next.
    pub next: String,
}
