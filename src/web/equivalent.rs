//! How to do the same as a page without a browser.

use super::{Shell, Web};

/// A command, and a request to an API.
pub struct Equivalent {
    /// Run by an administrator of the machine.
    pub command: String,
    /// None if the API is turned off.
    pub request: Option<String>,
}

impl Web {
    /// `arguments` are those of curl, and `path` begins with that of an API.
    pub fn equivalent(&self, shell: &Shell, command: String, arguments: &str, path: &str) -> Equivalent {
        let is_served = self.apis.iter().any(|api| path.starts_with(api.path));
        let request = is_served.then(|| {
            let is_gitlab = ["/api/v3", "/api/v4"].iter().any(|api| path.starts_with(api));
            let header = if is_gitlab { "PRIVATE-TOKEN:" } else { "Authorization: Bearer" };
            format!("curl -H '{header} YOUR-TOKEN'{arguments} {}{}", shell.links.origin, shell.to(path))
        });
        Equivalent { command, request }
    }
}

/// A text as one word of a shell.
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
