//! Who is calling, when a proxy stands in between.
//!
//! `X-Forwarded-For` and `X-Forwarded-Proto` are believed from the peers that the operator names, and from nobody else:
//! anybody can send them. RFC 7239's `Forwarded` is not read, from anybody: two headers that each say who is calling can
//! disagree, and a proxy that writes the one hands the other through from its client.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use hyper::HeaderMap;
use hyper::header::HeaderName;
use ipnet::IpNet;

/// How a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Http,
    Https,
}

impl Scheme {
    pub(super) fn name(self) -> &'static str {
        match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }
}

/// The other end of a connection, and what it speaks.
#[derive(Clone, Copy, Debug)]
pub(super) struct PeerInfo {
    pub(super) peer: SocketAddr,
    pub(super) scheme: Scheme,
}

static X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
static X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The networks whose word is taken on whom they speak for.
#[derive(Clone, Debug)]
pub struct TrustedProxies(Arc<[IpNet]>);

impl Default for TrustedProxies {
    /// Nobody.
    fn default() -> Self {
        Self(Arc::from([]))
    }
}

impl FromIterator<IpNet> for TrustedProxies {
    fn from_iter<I: IntoIterator<Item = IpNet>>(networks: I) -> Self {
        Self(networks.into_iter().collect())
    }
}

/// Where a request came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Caller {
    /// Of the client, as far as it is known. Never an IPv4 address in IPv6's clothes.
    pub(super) address: IpAddr,
    /// How the client called: us, or a proxy that says so.
    pub(super) scheme: Scheme,
}

impl TrustedProxies {
    /// The first address that is not a proxy's, looked at from here: what stands to the left of it is hearsay.
    pub(super) fn caller(&self, peer_info: PeerInfo, headers: &HeaderMap) -> Caller {
        let peer = peer_info.peer.ip().to_canonical();
        if !self.trust(peer) {
            return Caller { address: peer, scheme: peer_info.scheme };
        }
        Caller { address: self.client(peer, headers), scheme: scheme(headers).unwrap_or(peer_info.scheme) }
    }

    fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer;
        // Two headers are one list (RFC 9110 section 5.3). What is not ASCII is split all the same: it may be far left.
        let lines = headers.get_all(&X_FORWARDED_FOR).iter().rev();
        for entry in lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b',')) {
            // Nobody knows who is behind what cannot be read: the last proxy that spoke clearly answers for it.
            let Some(address) = std::str::from_utf8(entry).ok().and_then(address) else { break };
            client = address;
            if !self.trust(client) {
                break;
            }
        }
        client
    }
}

/// An address, of IPv6 also in brackets; the port that some proxies write after it is of no use.
fn address(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim_matches([' ', '\t']);
    let bracketed = || entry.strip_prefix('[')?.strip_suffix(']')?.parse::<std::net::Ipv6Addr>().ok().map(IpAddr::V6);
    let with_port = || entry.parse::<SocketAddr>().ok().map(|address| address.ip());
    let found = entry.parse::<IpAddr>().ok().or_else(bracketed).or_else(with_port);
    found.map(|address| address.to_canonical())
}

/// A proxy that adds its own value after the client's makes a list: that is nobody's clear word.
fn scheme(headers: &HeaderMap) -> Option<Scheme> {
    let mut values = headers.get_all(&X_FORWARDED_PROTO).iter();
    let first = values.next()?.as_bytes().trim_ascii();
    if values.next().is_some() {
        return None;
    }
    [Scheme::Http, Scheme::Https].into_iter().find(|scheme| first.eq_ignore_ascii_case(scheme.name().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    const HERE: &str = "10.0.0.1";

    fn caller(peer: &str, headers: &[(&'static str, &str)]) -> Caller {
        let networks = ["10.0.0.0/8", "192.0.2.7/32", "fd00::/8"];
        let proxies: TrustedProxies = networks.iter().map(|network| network.parse::<IpNet>().unwrap()).collect();
        let header = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap())
        };
        let mut map = HeaderMap::new();
        for (name, value) in headers.iter().map(header) {
            map.append(name, value);
        }
        let peer = SocketAddr::new(peer.parse().unwrap(), 4711);
        proxies.caller(PeerInfo { peer, scheme: Scheme::Http }, &map)
    }

    fn client(peer: &str, forwarded: &[&str]) -> String {
        let headers: Vec<_> = forwarded.iter().map(|value| ("x-forwarded-for", *value)).collect();
        caller(peer, &headers).address.to_string()
    }

    #[test]
    fn nobody_else_is_believed() {
        for peer in ["127.0.0.1", "192.0.2.8", "2001:db8::1", "fe80::1"] {
            let caller = caller(peer, &[("x-forwarded-for", "203.0.113.9"), ("x-forwarded-proto", "https")]);
            assert_eq!(caller, Caller { address: peer.parse().unwrap(), scheme: Scheme::Http });
        }
    }

    #[test]
    fn the_client_is_the_rightmost_that_is_no_proxy() {
        for (forwarded, expected) in [
            (&[][..], HERE),
            (&["203.0.113.9"], "203.0.113.9"),
            (&["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
            (&["198.51.100.1, 203.0.113.9, 192.0.2.7,10.1.2.3"], "203.0.113.9"),
            (&["198.51.100.1", "203.0.113.9 , 10.1.2.3"], "203.0.113.9"),
            (&["203.0.113.9", "10.1.2.3", "fd00::5"], "203.0.113.9"),
            // Everybody is a proxy: the farthest.
            (&["10.9.9.9, 10.1.2.3"], "10.9.9.9"),
        ] {
            assert_eq!(client(HERE, forwarded), expected, "{forwarded:?}");
        }
    }

    #[test]
    fn an_entry_that_cannot_be_read_ends_the_walk() {
        for (forwarded, expected) in [
            ("203.0.113.9, unknown", HERE),
            ("203.0.113.9, unknown, 10.1.2.3", "10.1.2.3"),
            ("203.0.113.9,", HERE),
            ("203.0.113.9,,10.1.2.3", "10.1.2.3"),
            ("", HERE),
            ("203.0.113.999", HERE),
            ("203.0.113.9 10.1.2.3", HERE),
            ("\"203.0.113.9\"", HERE),
            ("for=203.0.113.9", HERE),
            ("fe80::1%eth0", HERE),
            ("203.0.113.9, caf\u{e9}", HERE),
            // To the left of the answer nobody looks.
            ("caf\u{e9}, 203.0.113.9", "203.0.113.9"),
        ] {
            assert_eq!(client(HERE, &[forwarded]), expected, "{forwarded:?}");
        }
    }

    #[test]
    fn ports_and_brackets_are_read() {
        for (forwarded, expected) in [
            ("203.0.113.9:51234", "203.0.113.9"),
            ("2001:db8::9", "2001:db8::9"),
            ("[2001:db8::9]", "2001:db8::9"),
            ("[2001:db8::9]:51234", "2001:db8::9"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("203.0.113.9, [::ffff:10.1.2.3]:80", "203.0.113.9"),
        ] {
            assert_eq!(client(HERE, &[forwarded]), expected, "{forwarded:?}");
        }
        assert_eq!(client("::ffff:10.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(client("::ffff:192.0.2.8", &["203.0.113.9"]), "192.0.2.8");
    }

    #[test]
    fn https_is_one_clear_word() {
        for (values, https) in [
            (&[][..], false),
            (&["https"], true),
            (&["HTTPS"], true),
            (&["http"], false),
            (&["https, http"], false),
            (&["https", "http"], false),
            (&["https", "https"], false),
            (&["wss"], false),
            (&["javascript"], false),
            (&[""], false),
        ] {
            let headers: Vec<_> = values.iter().map(|value| ("x-forwarded-proto", *value)).collect();
            assert_eq!(caller(HERE, &headers).scheme == Scheme::Https, https, "{values:?}");
        }
    }
}
