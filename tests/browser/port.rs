//! A port that stays reserved while nothing listens at it.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::{TcpListener, TcpSocket};

/// Length of the queue of connections that are not accepted yet.
const BACKLOG: u32 = 1_024;

/// A port of 127.0.0.1. Without the reservation, another program could get it between two listeners.
#[derive(Debug)]
pub struct Port {
    address: SocketAddr,
    _reservation: TcpSocket,
}

impl Port {
    /// Any free port.
    pub fn reserve() -> Self {
        let reservation = socket((Ipv4Addr::LOCALHOST, 0).into());
        Self { address: reservation.local_addr().expect("an address"), _reservation: reservation }
    }

    pub fn number(&self) -> u16 {
        self.address.port()
    }

    /// Accepts connections until the listener is dropped. Before and after, the system refuses them.
    pub fn listen(&self) -> TcpListener {
        socket(self.address).listen(BACKLOG).expect("a listener")
    }
}

/// Both options let the listener have the port beside the reservation: Linux needs the first, macOS the second.
fn socket(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().expect("a socket");
    let bound =
        socket.set_reuseaddr(true).and_then(|()| socket.set_reuseport(true)).and_then(|()| socket.bind(address));
    bound.expect("a port");
    socket
}
