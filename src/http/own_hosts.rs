//! The hosts by which this server is known.
//!
//! Any client can write anything into `Host`. A web page can have its visitors' browsers send requests to this server
//! under the page's own host name (DNS rebinding). So where an answer depends on the host, or is given without a
//! credential, the host must be one of these: a loopback name, the address that the server listens on, or the host of
//! `--base-url`.

use super::request::RequestContext;
use hyper::http::uri::Authority;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

#[derive(Clone, Debug)]
pub struct OwnHosts {
    listener: SocketAddr,
    /// The host of the base URL.
    configured: Option<Box<str>>,
}

impl OwnHosts {
    pub fn new(listener: SocketAddr, base_url: Option<&str>) -> Self {
        let base_url = base_url.and_then(|text| url::Url::parse(text).ok());
        Self { listener, configured: base_url.and_then(|url| Some(url.host_str()?.into())) }
    }

    /// Whether the request is addressed to this server. One without `Host` is, because browsers always send it. A
    /// server that listens on all addresses accepts every IP address, because DNS rebinding needs a name.
    pub fn accept(&self, request: &RequestContext) -> bool {
        request.host().map_or(request.has_no_host(), |host| self.contain(host))
    }

    fn contain(&self, host: &str) -> bool {
        let Some(host) = Host::parse(host) else { return false };
        let own = self.listener.ip().to_canonical();
        host.is_loopback()
            || host.ip().is_some_and(|ip| ip == own || own.is_unspecified())
            || self.configured.as_deref().is_some_and(|name| host.is(name))
    }

    /// What the issuer begins with if no base URL is configured: the request's host if it is a loopback name or the
    /// address that the server listens on, otherwise that address.
    pub(super) fn authority(&self, request: &RequestContext) -> String {
        match request.host() {
            Some(host) if self.is_exact(host, request.scheme()) => host.to_owned(),
            _ => self.reachable().to_string(),
        }
    }

    fn is_exact(&self, host: &str, scheme: &str) -> bool {
        let Some(host) = Host::parse(host) else { return false };
        let port = host.port.unwrap_or(if scheme == "https" { 443 } else { 80 });
        let own = self.listener.ip().to_canonical();
        host.is_loopback() || (host.ip() == Some(own) && port == self.listener.port())
    }

    /// The listener's address, or loopback if it listens on all.
    fn reachable(&self) -> SocketAddr {
        let ip = match self.listener.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        SocketAddr::new(ip, self.listener.port())
    }
}

/// A host with an optional port, as in a `Host` header.
struct Host<'a> {
    name: &'a str,
    port: Option<u16>,
}

impl Host<'_> {
    fn parse(text: &str) -> Option<Host<'_>> {
        let authority: Authority = text.parse().ok()?;
        let port = authority.port_u16();
        let name = text.get(..authority.host().len())?;
        // A colon without a port number belongs to neither.
        let rest = &text[name.len()..];
        (rest.is_empty() || port.is_some()).then_some(Host { name, port })
    }

    fn is(&self, name: &str) -> bool {
        self.name.trim_end_matches('.').eq_ignore_ascii_case(name.trim_end_matches('.'))
    }

    /// RFC 6761, section 6.3: `localhost` and the names below it are loopback addresses.
    fn is_loopback(&self) -> bool {
        let name = self.name.trim_end_matches('.').to_ascii_lowercase();
        name == "localhost" || name.ends_with(".localhost") || self.ip().is_some_and(|ip| ip.is_loopback())
    }

    fn ip(&self) -> Option<IpAddr> {
        let bare = self.name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        match bare {
            Some(v6) => v6.parse::<Ipv6Addr>().ok().map(|ip| IpAddr::V6(ip).to_canonical()),
            None => self.name.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(listener: &str, base_url: Option<&str>) -> OwnHosts {
        OwnHosts::new(listener.parse().unwrap(), base_url)
    }

    #[test]
    fn loopback_names_are_known_with_any_port() {
        for host in
            ["localhost", "LOCALHOST:1", "localhost.:80", "a.localhost", "127.0.0.1", "127.9.9.9:1", "[::1]:8080"]
        {
            let hosts = hosts("192.0.2.1:8080", None);
            assert!(hosts.contain(host) && hosts.is_exact(host, "http"), "{host}");
        }
    }

    #[test]
    fn other_names_are_unknown() {
        let evil =
            ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "notlocalhost", "127.1", "0x7f.1", ""];
        for listener in ["127.0.0.1:80", "192.0.2.1:80", "0.0.0.0:80", "[::]:80"] {
            let hosts = hosts(listener, Some("https://accounts.example/path"));
            for host in evil.into_iter().chain(["accounts.example.evil.example", "a.accounts.example", "localhost:x"]) {
                assert!(!hosts.contain(host) && !hosts.is_exact(host, "http"), "{host} on {listener}");
            }
        }
    }

    #[test]
    fn the_listeners_address_and_the_host_of_the_base_url_are_known() {
        let known = hosts("192.0.2.1:8080", Some("https://Accounts.example:8443/path"));
        for host in ["192.0.2.1:8080", "192.0.2.1", "accounts.example", "ACCOUNTS.example:9090"] {
            assert!(known.contain(host), "{host}");
        }
        assert!(!known.contain("192.0.2.2:8080"));
        // An address of each kind; one that listens everywhere has no address of its own.
        assert!(
            hosts("[2001:db8::1]:80", None).contain("[2001:db8::1]") && hosts("0.0.0.0:80", None).contain("192.0.2.9")
        );
    }

    #[test]
    fn an_issuer_has_the_listeners_own_port() {
        for (listener, scheme, host, is_own) in [
            ("192.0.2.1:8080", "http", "192.0.2.1:8080", true),
            ("192.0.2.1:8080", "http", "192.0.2.1:8081", false),
            ("192.0.2.1:8080", "http", "192.0.2.1", false),
            ("192.0.2.1:80", "http", "192.0.2.1", true),
            ("192.0.2.1:80", "https", "192.0.2.1", false),
            ("192.0.2.1:443", "https", "192.0.2.1", true),
            ("[2001:db8::1]:8080", "http", "[2001:db8::1]:8080", true),
            ("0.0.0.0:8080", "http", "192.0.2.9:8080", false),
        ] {
            assert_eq!(hosts(listener, None).is_exact(host, scheme), is_own, "{scheme}://{host} on {listener}");
        }
        assert_eq!(hosts("0.0.0.0:8080", None).reachable().to_string(), "127.0.0.1:8080");
        assert_eq!(hosts("[::]:8080", None).reachable().to_string(), "[::1]:8080");
    }
}
