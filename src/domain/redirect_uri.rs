//! Redirect URIs of OAuth applications.

use super::Problem;
use url::{Host, Url};

const MAX_LENGTH: usize = 2048;

/// An absolute URI without fragment, as it was registered: `https`; `http` on the loopback interface (RFC 8252 section
/// 7.3); or a private scheme, which has a dot because it is a reversed domain name (RFC 8252 section 7.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectUri(String);

text_value!(RedirectUri);

impl RedirectUri {
    /// # Errors
    /// `Blank`, `TooLong`, or `Malformed` with the broken rule.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        const WRONG: Problem = Problem::Malformed(
            "must be https, http on loopback, or a private scheme with a dot such as com.example.app",
        );
        if text.is_empty() {
            return Err(Problem::Blank);
        }
        if text.len() > MAX_LENGTH {
            return Err(Problem::TooLong(MAX_LENGTH));
        }
        // The parser accepts characters that browsers and pages may interpret differently.
        if !text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b'"' | b'\\')) {
            return Err(Problem::Malformed("can contain only visible ASCII characters that a URI may have"));
        }
        if text.contains('*') {
            return Err(Problem::Malformed("must not have a wildcard: it is compared exactly"));
        }
        let url = Url::parse(text).map_err(|_| Problem::Malformed("must be an absolute URI"))?;
        if text.contains('#') {
            return Err(Problem::Malformed("must not have a fragment"));
        }
        let authority = authority(text);
        if authority.is_some_and(|authority| authority.contains('@')) {
            return Err(Problem::Malformed("must not have a user name or password"));
        }
        // Our parser takes `https:my.app` for a host; a browser on an https page takes it for a path of this server.
        if url.has_host() && authority.is_none_or(str::is_empty) {
            return Err(Problem::Malformed("must be an absolute URI with exactly // before its host"));
        }
        let good = match url.scheme() {
            "https" => url.has_host(),
            "http" => is_loopback(&url),
            private => private.contains('.'),
        };
        if good { Ok(Self(text.to_owned())) } else { Err(WRONG) }
    }

    /// Whether the `redirect_uri` of a request matches: exactly, except for the port of a loopback URI, because native
    /// applications listen on any free port (RFC 8252 section 7.3, RFC 9700 section 2.1).
    pub fn matches(&self, given: &str) -> bool {
        if self.0 == given {
            return true;
        }
        match (without_port(&self.0), without_port(given)) {
            (Some(own), Some(theirs)) => own == theirs && Self::parse(given).is_ok(),
            _ => false,
        }
    }

    /// Whether only the host of the URI can receive what is sent to it.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// The part that a person recognizes: the host, or the private scheme.
    pub fn host(&self) -> String {
        let Ok(url) = Url::parse(&self.0) else { return self.0.clone() };
        match (url.host_str(), url.port()) {
            (Some(host), _) if url.scheme() == "https" && url.port().is_none() => host.to_owned(),
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (Some(host), None) if url.scheme() == "http" => host.to_owned(),
            _ => format!("{}:", url.scheme()),
        }
    }

    /// The URI with parameters added to its query.
    pub fn with(&self, parameters: &[(&str, &str)]) -> String {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        let separator = match self.0.split_once('?') {
            None => "?",
            Some((_, old)) if old.is_empty() || old.ends_with('&') => "",
            Some(_) => "&",
        };
        format!("{}{separator}{query}", self.0)
    }
}

/// The text between `//` and the path.
fn authority(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once(':')?;
    rest.strip_prefix("//")?.split(['/', '?', '#']).next()
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The host of an `http` loopback URI, and the text after its port.
fn without_port(text: &str) -> Option<(&str, &str)> {
    const HOSTS: [&str; 3] = ["127.0.0.1", "[::1]", "localhost"];
    let rest = text.strip_prefix("http://")?;
    let (host, rest) = HOSTS.into_iter().find_map(|host| Some((host, rest.strip_prefix(host)?)))?;
    let rest = match rest.strip_prefix(':') {
        Some(port) => port.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    };
    (rest.is_empty() || rest.starts_with(['/', '?'])).then_some((host, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> RedirectUri {
        RedirectUri::parse(text).unwrap()
    }

    #[test]
    fn accepts_https_loopback_and_private_schemes() {
        for good in [
            "https://my.app/auth_complete/",
            "https://my.app",
            "https://my.app:8443/a?b=c",
            "http://127.0.0.1/cb",
            "http://127.0.0.1:5000/cb",
            "http://[::1]:5000/",
            "http://localhost:3000/cb",
            "com.example.app:/oauth2redirect",
            "com.example.app://cb",
        ] {
            assert_eq!(uri(good).as_str(), good);
        }
    }

    #[test]
    fn refuses_other_uris() {
        for bad in [
            "",
            "my.app/cb",
            "/cb",
            "//my.app/cb",
            "http://my.app/cb",
            "http://localhost.my.app/cb",
            "http://127.0.0.1.my.app/",
            "http://10.0.0.1/",
            "https://*.my.app/cb",
            "https://my.app/*",
            "https://my.app/cb#",
            "https://my.app/cb#x",
            "https://user@my.app/",
            "https://user:pw@my.app/",
            "https://@my.app/",
            "https:my.app/cb",
            "https:/my.app/cb",
            "https:///my.app/cb",
            "http:localhost/cb",
            "https://",
            "https://my.app/a b",
            "https:\\\\my.app",
            "https://my.app/\n",
            "javascript:alert(1)",
            "data:text/html,x",
            "myapp:/cb",
            "https://my.app/\"><script>",
            &format!("https://my.app/{}", "x".repeat(MAX_LENGTH)),
        ] {
            assert!(RedirectUri::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn only_the_port_of_a_loopback_uri_may_differ() {
        let web = uri("https://my.app/cb");
        assert!(web.matches("https://my.app/cb"));
        for other in ["https://my.app/cb/", "https://my.app/cb?x", "https://my.app:443/cb", "HTTPS://my.app/cb", ""] {
            assert!(!web.matches(other), "{other}");
        }
        let native = uri("http://127.0.0.1/cb");
        assert!(native.matches("http://127.0.0.1:51004/cb") && uri("http://[::1]:1/cb").matches("http://[::1]:2/cb"));
        for other in [
            "http://localhost:51004/cb",
            "http://127.0.0.1:51004/cb2",
            "http://127.0.0.1:51004@evil.example/cb",
            "http://127.0.0.1:99999/cb",
            "http://127.0.0.1.evil.example/cb",
            "https://127.0.0.1:51004/cb",
        ] {
            assert!(!native.matches(other), "{other}");
        }
    }

    #[test]
    fn parameters_are_added_to_the_query() {
        let state = [("code", "a b"), ("state", "x&y=z#")];
        assert_eq!(uri("https://my.app/cb").with(&state), "https://my.app/cb?code=a+b&state=x%26y%3Dz%23");
        assert_eq!(uri("https://my.app/cb?a=1").with(&[("b", "2")]), "https://my.app/cb?a=1&b=2");
        assert_eq!(uri("https://my.app/cb?").with(&[("b", "2")]), "https://my.app/cb?b=2");
        assert_eq!(uri("com.example.app:/cb").with(&[("b", "2")]), "com.example.app:/cb?b=2");
    }

    #[test]
    fn the_host_is_what_a_person_recognizes() {
        assert_eq!(uri("https://my.app/cb").host(), "my.app");
        assert_eq!(uri("https://my.app:8443/cb").host(), "my.app:8443");
        assert_eq!(uri("http://localhost:3000/cb").host(), "localhost:3000");
        assert_eq!(uri("com.example.app:/cb").host(), "com.example.app:");
    }
}
