//! The caller's address and scheme behind trusted reverse proxies.
//!
//! `X-Forwarded-For` and `X-Forwarded-Proto` count only from the proxies that the operator names, because any client can
//! send them. RFC 7239's `Forwarded` is never read: a proxy that writes one of the two passes the other through from its
//! client.

use hyper::HeaderMap;
use hyper::header::HeaderName;
use hyper::http::uri::Scheme;
use ipnet::IpNet;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

static X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
static X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Where a request came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Caller {
    /// The client's address, as far as it is known. An IPv4 address is never mapped to IPv6.
    pub(super) address: IpAddr,
    /// Of the request to this server or, if a trusted proxy says so, to the proxy.
    pub(super) scheme: Scheme,
}

/// The caller on whose behalf the peer sent a request. The peer's own word counts only if it is a proxy.
pub(super) fn caller(proxies: &[IpNet], peer: Caller, headers: &HeaderMap) -> Caller {
    let is_proxy = |address: IpAddr| proxies.iter().any(|network| network.contains(&address));
    if !is_proxy(peer.address) {
        return peer;
    }
    let mut client = peer.address;
    // Several headers are one list (RFC 9110, section 5.3). The client is its last entry that is not a proxy: a client
    // can send whatever stands before that. An entry that cannot be read ends the search at the proxy that added it.
    let lines = headers.get_all(&X_FORWARDED_FOR).iter().rev();
    for entry in lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b',')) {
        let Some(address) = std::str::from_utf8(entry).ok().and_then(address) else { break };
        client = address;
        if !is_proxy(client) {
            break;
        }
    }
    Caller { address: client, scheme: scheme(headers).unwrap_or(peer.scheme) }
}

/// An address; IPv6 also in brackets. Some proxies add a port.
fn address(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim_matches([' ', '\t']);
    let bracketed = || entry.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    let with_port = || entry.parse::<SocketAddr>().ok().map(|address| address.ip());
    let found = entry.parse::<IpAddr>().ok().or_else(bracketed).or_else(with_port);
    found.map(|address| address.to_canonical())
}

/// None for a list: the proxy may have added its value after the client's.
fn scheme(headers: &HeaderMap) -> Option<Scheme> {
    let mut values = headers.get_all(&X_FORWARDED_PROTO).iter();
    let first = values.next()?.as_bytes().trim_ascii();
    if values.next().is_some() {
        return None;
    }
    [Scheme::HTTP, Scheme::HTTPS].into_iter().find(|scheme| first.eq_ignore_ascii_case(scheme.as_str().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    const HERE: &str = "10.0.0.1";

    fn caller(peer: &str, headers: &[(&'static str, &str)]) -> Caller {
        let networks = ["10.0.0.0/8", "192.0.2.7/32", "fd00::/8"];
        let proxies = networks.map(|network| network.parse().unwrap());
        let header = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap())
        };
        let mut map = HeaderMap::new();
        for (name, value) in headers.iter().map(header) {
            map.append(name, value);
        }
        let peer = peer.parse::<IpAddr>().unwrap().to_canonical();
        super::caller(&proxies, Caller { address: peer, scheme: Scheme::HTTP }, &map)
    }

    fn client(peer: &str, forwarded: &[&str]) -> String {
        let headers: Vec<_> = forwarded.iter().map(|value| ("x-forwarded-for", *value)).collect();
        caller(peer, &headers).address.to_string()
    }

    #[test]
    fn nobody_else_is_believed() {
        for peer in ["127.0.0.1", "192.0.2.8", "2001:db8::1", "fe80::1"] {
            let caller = caller(peer, &[("x-forwarded-for", "203.0.113.9"), ("x-forwarded-proto", "https")]);
            assert_eq!(caller, Caller { address: peer.parse().unwrap(), scheme: Scheme::HTTP });
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
            assert_eq!(caller(HERE, &headers).scheme == Scheme::HTTPS, https, "{values:?}");
        }
    }
}
