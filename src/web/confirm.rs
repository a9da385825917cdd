//! The page that asks before something is deleted.

use super::Shell;
use askama::Template;

/// A question whose form posts to the address of the page.
#[derive(Template)]
#[template(path = "confirm.html", config = "src/web/askama.toml")]
pub struct Confirm<'a> {
    pub shell: &'a Shell,
    /// The question.
    pub title: String,
    /// What will be lost, a sentence each.
    pub losses: Vec<String>,
    /// The address that the form posts to.
    pub action: String,
    pub button: &'static str,
    /// Where the user goes who does not want it.
    pub cancel: String,
}
