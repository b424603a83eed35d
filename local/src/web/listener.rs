//! The sockets of the web server, and the address that browsers open.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};

use crate::error::{Error, IoContext};

/// The port that `cargo dev` prefers, because `template.yaml` allows this origin by default.
const PREFERRED_PORT: u16 = 4200;

/// The web server's port on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebPort {
    Exactly(u16),
    /// 4200 if it is free, or else any free port.
    Preferred,
    /// Any free port, for tests.
    Any,
}

/// A reserved port. Browsers that connect wait until [`WebServer`](super::WebServer) answers.
#[derive(Debug)]
pub struct WebListener {
    pub(super) sockets: Vec<TcpListener>,
    port: u16,
}

impl WebListener {
    /// Reserves a port. The stack needs it first, because its API must allow the page's origin.
    pub fn bind(port: WebPort) -> Result<Self, Error> {
        let bound = match port {
            WebPort::Exactly(port) => bind(port),
            WebPort::Preferred => bind(PREFERRED_PORT).or_else(|_| bind(0)),
            WebPort::Any => bind(0),
        };
        bound.context("listen on", "a port for the web client")
    }

    /// The same port, for a server that replaces the one before.
    pub fn try_clone(&self) -> Result<Self, Error> {
        let sockets = self.sockets.iter().map(TcpListener::try_clone).collect::<io::Result<_>>();
        Ok(Self { sockets: sockets.context("listen on", "the port of the web client")?, port: self.port })
    }

    /// The page's origin and address.
    pub fn url(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The value of the template's parameter `AllowedOrigins`. Browsers may also open the address with the number, and
    /// another frontend may have the preferred port.
    pub fn allowed_origins(&self) -> String {
        let other = (self.port != PREFERRED_PORT).then(|| format!(",http://localhost:{PREFERRED_PORT}"));
        format!("{},http://127.0.0.1:{}{}", self.url(), self.port, other.unwrap_or_default())
    }
}

/// Listens on both loopback addresses, because `localhost` is either. A machine may lack IPv6.
fn bind(port: u16) -> io::Result<WebListener> {
    let addresses = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    // Some systems allow a second program to listen on the same port of another address.
    if port != 0 && addresses.iter().any(|address| TcpStream::connect((*address, port)).is_ok()) {
        return Err(io::ErrorKind::AddrInUse.into());
    }
    let first = TcpListener::bind((addresses[0], port))?;
    let port = first.local_addr()?.port();
    let second = match TcpListener::bind((addresses[1], port)) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(error),
        second => second.ok(),
    };
    let sockets: Vec<_> = std::iter::once(first).chain(second).collect();
    sockets.iter().try_for_each(|socket| socket.set_nonblocking(true))?;
    Ok(WebListener { sockets, port })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_given_once() -> Result<(), Error> {
        let first = WebListener::bind(WebPort::Any)?;
        assert!(WebListener::bind(WebPort::Exactly(first.port())).is_err());
        assert_ne!(WebListener::bind(WebPort::Any)?.port(), first.port());
        Ok(())
    }
}
