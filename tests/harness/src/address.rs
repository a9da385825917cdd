//! Addresses and ports: on Linux, all of 127.0.0.0/8 is this machine.

use rustix::net::sockopt::set_socket_reuseaddr;
use rustix::net::{AddressFamily, SocketAddrV4, SocketType, bind, connect, socket};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::time::Duration;

/// Another address than 127.0.0.1, from which the other connections of the tests come.
pub const OTHER_ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// Connects from this address. A read times out after 20 s.
pub fn connect_from(source: Ipv4Addr, to: SocketAddr) -> TcpStream {
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    bind(&socket, &SocketAddrV4::new(source, 0)).unwrap();
    connect(&socket, &to).unwrap();
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

/// Keeps a port from being given to another program, without listening on it: connections are refused. A program that
/// asks for this very port gets it.
pub(crate) fn reserve(address: SocketAddr) -> Option<OwnedFd> {
    let socket =
        socket(if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 }, SocketType::STREAM, None)
            .ok()?;
    set_socket_reuseaddr(&socket, true).ok()?;
    bind(&socket, &address).ok()?;
    Some(socket)
}
