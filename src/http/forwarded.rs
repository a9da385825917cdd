//! Finds the address and scheme of a client behind a proxy.
//!
//! `X-Forwarded-For` and `X-Forwarded-Proto` are trusted only from the peers that the operator lists, because any
//! client can send them. RFC 7239's `Forwarded` is never read: two headers that both name the client can disagree, and
//! a proxy that writes one of them passes the other through from its client.

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

/// Whether the operator trusts this address to name its clients. It is never an IPv4 address mapped to IPv6.
pub(super) fn is_proxy(proxies: &[IpNet], address: IpAddr) -> bool {
    proxies.iter().any(|network| network.contains(&address))
}

/// The caller on whose behalf the peer sent a request. The peer's own word counts only if it is a proxy.
pub(super) fn caller(proxies: &[IpNet], peer: Caller, headers: &HeaderMap) -> Caller {
    let is_proxy = |address| is_proxy(proxies, address);
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

/// Parses an address, for IPv6 also in brackets. The port that some proxies append is ignored.
fn address(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim_matches([' ', '\t']);
    let bracketed = || entry.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    let with_port = || entry.parse::<SocketAddr>().ok().map(|address| address.ip());
    let address = entry.parse::<IpAddr>().ok().or_else(bracketed).or_else(with_port);
    address.map(|address| address.to_canonical())
}

/// The scheme, if there is exactly one. A proxy that appends its own value to the client's makes a list, which is
/// ambiguous.
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

    const PROXY: &str = "10.0.0.1";

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
    fn headers_of_other_peers_are_ignored() {
        for peer in ["127.0.0.1", "192.0.2.8", "2001:db8::1", "fe80::1"] {
            let caller = caller(peer, &[("x-forwarded-for", "203.0.113.9"), ("x-forwarded-proto", "https")]);
            assert_eq!(caller, Caller { address: peer.parse().unwrap(), scheme: Scheme::HTTP });
        }
    }

    #[test]
    fn the_client_is_the_rightmost_address_that_is_not_a_proxy() {
        for (forwarded, expected) in [
            (&[][..], PROXY),
            (&["203.0.113.9"], "203.0.113.9"),
            (&["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
            (&["198.51.100.1, 203.0.113.9, 192.0.2.7,10.1.2.3"], "203.0.113.9"),
            (&["198.51.100.1", "203.0.113.9 , 10.1.2.3"], "203.0.113.9"),
            (&["203.0.113.9", "10.1.2.3", "fd00::5"], "203.0.113.9"),
            // If all are proxies, the farthest.
            (&["10.9.9.9, 10.1.2.3"], "10.9.9.9"),
        ] {
            assert_eq!(client(PROXY, forwarded), expected, "{forwarded:?}");
        }
    }

    #[test]
    fn addresses_to_the_left_of_an_unreadable_entry_are_ignored() {
        for (forwarded, expected) in [
            ("203.0.113.9, unknown", PROXY),
            ("203.0.113.9, unknown, 10.1.2.3", "10.1.2.3"),
            ("203.0.113.9,", PROXY),
            ("203.0.113.9,,10.1.2.3", "10.1.2.3"),
            ("", PROXY),
            ("203.0.113.999", PROXY),
            ("203.0.113.9 10.1.2.3", PROXY),
            ("\"203.0.113.9\"", PROXY),
            ("for=203.0.113.9", PROXY),
            ("fe80::1%eth0", PROXY),
            ("203.0.113.9, caf\u{e9}", PROXY),
            // Entries to the left of the client are not parsed.
            ("caf\u{e9}, 203.0.113.9", "203.0.113.9"),
        ] {
            assert_eq!(client(PROXY, &[forwarded]), expected, "{forwarded:?}");
        }
    }

    #[test]
    fn ports_and_brackets_are_accepted() {
        for (forwarded, expected) in [
            ("203.0.113.9:51234", "203.0.113.9"),
            ("2001:db8::9", "2001:db8::9"),
            ("[2001:db8::9]", "2001:db8::9"),
            ("[2001:db8::9]:51234", "2001:db8::9"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("203.0.113.9, [::ffff:10.1.2.3]:80", "203.0.113.9"),
        ] {
            assert_eq!(client(PROXY, &[forwarded]), expected, "{forwarded:?}");
        }
        assert_eq!(client("::ffff:10.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(client("::ffff:192.0.2.8", &["203.0.113.9"]), "192.0.2.8");
    }

    #[test]
    fn only_a_single_https_value_means_https() {
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
            assert_eq!(caller(PROXY, &headers).scheme == Scheme::HTTPS, https, "{values:?}");
        }
    }
}
