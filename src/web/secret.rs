//! The page that shows a new secret, which no page can show again.

use super::Shell;
use askama::Template;

#[derive(Template)]
#[template(path = "secret.html", config = "src/web/askama.toml")]
pub struct Secret<'a> {
    pub shell: &'a Shell,
    pub title: &'static str,
    /// What was done.
    pub text: &'static str,
    /// The name of the secret.
    pub label: String,
    pub secret: &'a str,
    /// The page to go to afterwards.
    pub next: String,
    pub next_label: &'static str,
}
