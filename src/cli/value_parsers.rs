//! Parses option values. The errors are shown by clap, after the option and the value.

use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

/// An IP address or host name, with a port.
pub fn address(text: &str) -> Result<SocketAddr, String> {
    let Some((host, port)) = text.rsplit_once(':') else {
        return Err("must be an address with a port, such as 127.0.0.1:8080".into());
    };
    if host.is_empty() {
        return Err(format!(
            "has no address: use 127.0.0.1:{port} to accept connections from this machine only, or 0.0.0.0:{port} from everywhere"
        ));
    }
    let mut addresses = text.to_socket_addrs().map_err(|error| error.to_string())?;
    addresses.next().ok_or_else(|| "the host has no address".into())
}

/// An http or https URL without credentials, query and fragment; returned without a final slash.
pub fn base_url(text: &str) -> Result<String, String> {
    let url = url::Url::parse(text).ok().filter(|url| {
        let path_only = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        matches!(url.scheme(), "http" | "https") && url.has_host() && path_only
    });
    match url {
        Some(_) => Ok(text.trim_end_matches('/').to_owned()),
        None => Err("must be an http or https URL without a query, such as https://accounts.example.com".into()),
    }
}

/// A network such as `10.0.0.0/8`, or a single address.
pub fn network(text: &str) -> Result<IpNet, String> {
    let single = text.parse::<IpAddr>().map(IpNet::from);
    single.or_else(|_| text.parse()).map_err(|_| "must be a network such as 10.0.0.0/8, or an address".into())
}
