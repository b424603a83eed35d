//! The web client: builds it, and serves it as CloudFront does on AWS.

mod builds;
mod cache;
mod client;
mod config;
mod detached;
mod headers;
mod listener;
mod node;
mod reload;
mod server;

pub use builds::{Build, Builds};
pub use client::WebClient;
pub use config::WebConfig;
pub use detached::{serve_detached, start_detached};
pub use listener::{WebListener, WebPort};
pub use reload::Reloads;
pub use server::{Site, WebServer};
