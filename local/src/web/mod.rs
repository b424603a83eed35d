//! The web client: builds it, and serves it as CloudFront does on AWS.

mod cache;
mod config;
mod headers;
mod listener;
mod reload;
mod server;

pub use config::WebConfig;
pub use listener::{WebListener, WebPort};
pub use reload::Reloads;
pub use server::{Site, WebServer};
