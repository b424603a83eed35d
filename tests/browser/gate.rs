//! The network between one device and the stack. A browser's own offline mode does not cut open sockets.

use std::sync::{Arc, Mutex};

use serde::Deserialize;
use tokio::io::copy;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// The state of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Network {
    /// Everything passes.
    Open,
    /// All connections are cut, and no new one is answered.
    Down,
    /// Requests and frames reach the stack, and its answers and frames are held until the network opens. When the
    /// connection is cut first, they are lost.
    Deaf,
}

/// Forwards all connections of one device to the stack.
#[derive(Debug)]
pub struct Gate {
    port: u16,
    network: watch::Sender<Network>,
    /// Connections end when their sender is replaced.
    connections: Mutex<watch::Sender<()>>,
}

impl Gate {
    /// A gate to the stack at this port of 127.0.0.1.
    pub async fn open(stack: u16) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let gate = Arc::new(Self {
            port: listener.local_addr().expect("an address").port(),
            network: watch::Sender::new(Network::Open),
            connections: Mutex::default(),
        });
        tokio::spawn(Arc::clone(&gate).forward(listener, stack));
        gate
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Changes the network for all connections, the open ones too.
    pub fn set(&self, network: Network) {
        self.network.send_replace(network);
        if network == Network::Down {
            self.cut();
        }
    }

    /// Ends all connections without a close frame.
    pub fn cut(&self) {
        *self.connections.lock().expect("the connections") = watch::Sender::default();
    }

    async fn forward(self: Arc<Self>, listener: TcpListener, stack: u16) {
        while let Ok((browser, _)) = listener.accept().await {
            // Before the state is read: a network that goes down after it cuts this connection too.
            let mut cut = self.connections.lock().expect("the connections").subscribe();
            let network = self.network.subscribe();
            if *network.borrow() == Network::Down {
                continue;
            }
            tokio::spawn(async move {
                tokio::select! {
                    () = pass(browser, stack, network) => {}
                    _ = cut.changed() => {}
                }
            });
        }
    }
}

/// Copies bytes in both directions until either side ends.
async fn pass(mut browser: TcpStream, stack: u16, mut network: watch::Receiver<Network>) {
    let Ok(mut stack) = TcpStream::connect(("127.0.0.1", stack)).await else { return };
    let (mut from_browser, mut to_browser) = browser.split();
    let (from_stack, mut to_stack) = stack.split();
    let answers = async {
        loop {
            let _ = from_stack.readable().await;
            if network.wait_for(|network| *network != Network::Deaf).await.is_err() {
                return;
            }
            let mut bytes = [0; 16_384];
            match from_stack.try_read(&mut bytes) {
                Ok(0) => return,
                Ok(count) if write_all(&mut to_browser, &bytes[..count]).await => {}
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                _ => return,
            }
        }
    };
    tokio::select! {
        () = answers => {}
        _ = copy(&mut from_browser, &mut to_stack) => {}
    }
}

async fn write_all(to: &mut tokio::net::tcp::WriteHalf<'_>, bytes: &[u8]) -> bool {
    tokio::io::AsyncWriteExt::write_all(to, bytes).await.is_ok()
}
