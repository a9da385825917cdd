//! Addresses of the pages. They begin with the path of the base URL, which a proxy in front of the server removes.

use crate::http::{AppState, RequestContext};
use url::Url;

/// The addresses by which one caller's browser reaches this server.
#[derive(Default)]
pub struct Links {
    /// As a browser sends it in `Origin`.
    pub origin: String,
    /// The host for display, with the port unless it is the scheme's default.
    pub host: String,
    /// The path of the base URL without its final slash.
    prefix: String,
    /// Whether the browser uses https.
    pub is_secure: bool,
}

impl Links {
    pub fn of(app: &AppState, request: &RequestContext) -> Self {
        Self::below(&app.base_url(request))
    }

    fn below(base: &str) -> Self {
        // The caller's `Host` cannot be part of a URL, so no `Origin` may match.
        let Ok(url) = Url::parse(base) else { return Self::default() };
        let host = url.host_str().unwrap_or_default();
        // With two slashes at the start, a link would lead to another host.
        let path = url.path().trim_matches('/');
        Self {
            origin: url.origin().ascii_serialization(),
            host: url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")),
            prefix: if path.is_empty() { String::new() } else { format!("/{path}") },
            is_secure: url.scheme() == "https",
        }
    }

    /// The address of a path on this server (`/account/…`), for a link or a redirect.
    pub fn to(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_below_the_path_of_the_base_url() {
        for (base, origin, host, link, secure) in [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080", "127.0.0.1:8080", "/account", false),
            ("https://X.example", "https://x.example", "x.example", "/account", true),
            ("https://x.example:443/", "https://x.example", "x.example", "/account", true),
            ("https://x.example/accounts", "https://x.example", "x.example", "/accounts/account", true),
            ("https://x.example/a b/c/", "https://x.example", "x.example", "/a%20b/c/account", true),
            ("https://x.example//evil.example", "https://x.example", "x.example", "/evil.example/account", true),
            ("http://[::1]:8080", "http://[::1]:8080", "[::1]:8080", "/account", false),
            ("http://a:b:c", "", "", "/account", false),
        ] {
            let links = Links::below(base);
            assert_eq!((&*links.origin, &*links.host, &*links.to("/account")), (origin, host, link), "{base}");
            assert_eq!(links.is_secure, secure, "{base}");
        }
    }
}
