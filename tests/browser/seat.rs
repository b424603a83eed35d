//! The devices of the tests: each has the client at an address of its own, and a network of its own.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use paloma_local::web::{Site, WebConfig, WebListener, WebPort, WebServer};
use paloma_local::{DemoUser, Description, NewUser, Options};
use paloma_tests::World;
use serde::{Deserialize, Serialize};

use crate::gate::{Gate, Network};

/// Tests that run at once. Each uses a browser, which keeps one core busy.
pub const WORKERS: usize = 2;
/// Devices of one test at most.
const PER_WORKER: usize = 4;

/// The reserved ports of the client. The stack must allow these origins before it starts.
pub struct Ports(Vec<WebListener>);

impl Ports {
    pub fn reserve() -> Self {
        Self((0..WORKERS * PER_WORKER).map(|_| WebListener::bind(WebPort::Any).expect("a port")).collect())
    }

    /// Options of a stack that answers the seats.
    pub fn options(&self) -> Options {
        let origins = self.0.iter().map(WebListener::url).collect::<Vec<_>>().join(",");
        let mut options = Options::default();
        options.parameters.insert("AllowedOrigins".to_owned(), origins);
        options
    }
}

/// The address of the API in the seat's `config.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Address {
    /// The seat's network.
    Network,
    /// The stack behind a certificate of another name.
    Untrusted,
}

/// The stack that all seats share, as they reach it.
pub struct SharedStack<'a> {
    pub description: &'a Description,
    pub port: u16,
    /// The port behind the certificate of another name.
    pub untrusted_port: u16,
    pub options: Options,
}

/// A device.
pub struct Seat {
    pub gate: Arc<Gate>,
    listener: WebListener,
    files: PathBuf,
    stack: u16,
    config: WebConfig,
    untrusted: WebConfig,
    server: Mutex<Option<WebServer>>,
    options: Options,
    /// The stack after a restart. The other seats keep the shared one.
    restarted: tokio::sync::Mutex<Option<World>>,
}

/// A seat, as the tests see it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SeatDescription {
    url: String,
    /// The prefix of the addresses that the client calls through its network.
    network_url: String,
}

impl Seat {
    /// Serves the built client at each reserved port.
    pub async fn all(ports: Ports, files: &Path, stack: &SharedStack<'_>) -> Vec<Self> {
        let mut seats = Vec::new();
        for listener in ports.0 {
            seats.push(Self::new(listener, files, stack).await);
        }
        seats
    }

    async fn new(listener: WebListener, files: &Path, stack: &SharedStack<'_>) -> Self {
        let gate = Gate::open(stack.port).await;
        let config = WebConfig::from(stack.description);
        let at = |url: &str, scheme: &str, port: u16| {
            let (_, path) = url.split_once(&format!("://127.0.0.1:{}/", stack.port)).expect("an address of the stack");
            format!("{scheme}://127.0.0.1:{port}/{path}")
        };
        let through = |[http, socket]: [&str; 2], port: u16| WebConfig {
            api_url: at(&config.api_url, http, port),
            web_socket_url: at(&config.web_socket_url, socket, port),
            ..config.clone()
        };
        let seat = Self {
            listener,
            files: files.to_owned(),
            stack: stack.port,
            config: through(["http", "ws"], gate.port()),
            untrusted: through(["https", "wss"], stack.untrusted_port),
            gate,
            server: Mutex::default(),
            options: stack.options.clone(),
            restarted: tokio::sync::Mutex::default(),
        };
        seat.serve(Address::Network);
        seat
    }

    pub fn describe(&self) -> SeatDescription {
        SeatDescription { url: self.listener.url(), network_url: format!("http://127.0.0.1:{}", self.gate.port()) }
    }

    /// Serves the client with this address of the API, from the next load of the page on.
    pub fn serve(&self, address: Address) {
        let config = match address {
            Address::Network => &self.config,
            Address::Untrusted => &self.untrusted,
        };
        let site = Site { files: self.files.clone(), config: config.clone(), reloads: None };
        let mut server = self.server.lock().expect("the web server");
        drop(server.take());
        let listener = self.listener.try_clone().expect("a listener");
        *server = Some(WebServer::start(listener, site).expect("a web server"));
    }

    /// Restarts the stack for this seat: its connections end, nothing answers, and then a new engine with empty tables
    /// has the same addresses. The users exist there again.
    pub async fn restart(&self, users: Vec<NewUser>) -> Vec<DemoUser> {
        self.gate.set(Network::Down).await;
        let world = World::start(Options { users, ..self.options.clone() }).await;
        let users = world.description().users.clone();
        self.gate.lead_to(world.stack.port());
        *self.restarted.lock().await = Some(world);
        self.gate.set(Network::Open).await;
        users
    }

    /// The seat as it was at the beginning, for the next test.
    pub async fn reset(&self) {
        if self.restarted.lock().await.take().is_some() {
            self.gate.cut();
            self.gate.lead_to(self.stack);
        }
        self.serve(Address::Network);
        self.gate.set(Network::Open).await;
    }
}
