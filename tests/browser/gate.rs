//! The network between one device and the stack. A browser's own offline mode does not cut open sockets.

use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

use serde::Deserialize;
use tokio::io::{AsyncWriteExt, copy};
use tokio::net::tcp::WriteHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::port::Port;

/// The state of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Network {
    /// Everything passes.
    Open,
    /// Nothing listens at the stack's address: all connections are cut, and new ones are refused.
    Down,
    /// Requests and frames reach the stack, and its answers and frames are held until the network opens. When the
    /// connection is cut first, they are lost.
    Deaf,
}

/// Forwards all connections of one device to a stack.
#[derive(Debug)]
pub struct Gate {
    port: Port,
    stack: AtomicU16,
    network: watch::Sender<Network>,
    /// Connections end when their sender is replaced.
    connections: Mutex<watch::Sender<()>>,
    /// Accepts connections, unless the network is down.
    listening: tokio::sync::Mutex<Option<JoinHandle<()>>>,
}

impl Gate {
    /// A gate to the stack at this port of 127.0.0.1.
    pub async fn open(stack: u16) -> Arc<Self> {
        let gate = Arc::new(Self {
            port: Port::reserve(),
            stack: AtomicU16::new(stack),
            network: watch::Sender::new(Network::Down),
            connections: Mutex::default(),
            listening: tokio::sync::Mutex::default(),
        });
        gate.set(Network::Open).await;
        gate
    }

    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// Changes the network for all connections, the open ones too.
    pub async fn set(self: &Arc<Self>, network: Network) {
        self.network.send_replace(network);
        let mut listening = self.listening.lock().await;
        if network != Network::Down {
            listening.get_or_insert_with(|| tokio::spawn(Arc::clone(self).accept(self.port.listen())));
        } else if let Some(task) = listening.take() {
            task.abort();
            // Without its result, which says that it was aborted. The listener is closed then.
            let _ = task.await;
            self.cut();
        }
    }

    /// Ends all connections without a close frame.
    pub fn cut(&self) {
        *self.connections.lock().expect("the connections") = watch::Sender::default();
    }

    /// Leads new connections to another stack.
    pub fn lead_to(&self, stack: u16) {
        self.stack.store(stack, Ordering::Relaxed);
    }

    async fn accept(self: Arc<Self>, listener: TcpListener) {
        while let Ok((browser, _)) = listener.accept().await {
            let mut cut = self.connections.lock().expect("the connections").subscribe();
            let (stack, network) = (self.stack.load(Ordering::Relaxed), self.network.subscribe());
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

async fn write_all(to: &mut WriteHalf<'_>, bytes: &[u8]) -> bool {
    to.write_all(bytes).await.is_ok()
}
