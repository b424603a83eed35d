//! The devices of the tests: each has the client at an address of its own, and a network of its own.

use std::path::Path;
use std::sync::Arc;

use paloma_local::Description;
use paloma_local::web::{Site, WebConfig, WebListener, WebPort, WebServer};
use serde::Serialize;

use crate::gate::Gate;

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

    /// The value of the template's parameter `AllowedOrigins`.
    pub fn allowed_origins(&self) -> String {
        self.0.iter().map(WebListener::url).collect::<Vec<_>>().join(",")
    }
}

/// A device.
pub struct Seat {
    server: WebServer,
    pub gate: Arc<Gate>,
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
    pub async fn all(ports: Ports, files: &Path, stack: &Description, stack_port: u16) -> Vec<Self> {
        let mut seats = Vec::new();
        for listener in ports.0 {
            let gate = Gate::open(stack_port).await;
            let through = |url: &str| url.replacen(&format!(":{stack_port}/"), &format!(":{}/", gate.port()), 1);
            let config = WebConfig {
                api_url: through(&stack.api_url),
                web_socket_url: through(&stack.web_socket_url),
                ..WebConfig::from(stack)
            };
            let site = Site { files: files.to_owned(), config, reloads: None };
            seats.push(Self { server: WebServer::start(listener, site).expect("a web server"), gate });
        }
        seats
    }

    pub fn describe(&self) -> SeatDescription {
        SeatDescription {
            url: self.server.url().to_owned(),
            network_url: format!("http://127.0.0.1:{}", self.gate.port()),
        }
    }
}
