//! Serves the built client on this machine, as CloudFront and S3 do on AWS.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, HOST};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::{Json, Router};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tower_http::compression::CompressionLayer;
use tower_http::services::ServeDir;

use super::cache::cache_control;
use super::config::WebConfig;
use super::headers::security_headers;
use super::listener::WebListener;
use super::reload::{EVENTS_PATH, Reloads, SCRIPT_PATH};
use crate::error::{Error, IoContext};

/// Shown until the first build has succeeded.
const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Paloma</title></head>\
    <body><p>The web client is not built yet. The terminal shows why.</p></body></html>";

/// The contents of a server.
#[derive(Debug, Clone)]
pub struct Site {
    /// The folder of the built client, with `index.html`.
    pub files: PathBuf,
    pub config: WebConfig,
    /// Lets open pages reload, for development.
    pub reloads: Option<Reloads>,
}

/// A running server. It ends when this value is dropped.
#[derive(Debug)]
pub struct WebServer {
    url: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl WebServer {
    /// Serves the site at the listener's port, on a thread of its own.
    pub fn start(listener: WebListener, site: Site) -> Result<Self, Error> {
        let url = listener.url();
        let headers = security_headers(&site.config.api_url, &site.config.web_socket_url)?;
        let router = Router::new().fallback(answer).layer(CompressionLayer::new()).with_state(Arc::new(Context {
            files: ServeDir::new(&site.files),
            site,
            headers,
        }));
        let runtime = Builder::new_current_thread().enable_all().build().context("start", "the web server")?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || serve(&runtime, listener, &router, stopped));
        Ok(Self { url, stop: Some(stop), thread: Some(thread) })
    }

    /// The address to open in a browser.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for WebServer {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Serves until the sender of `stopped` is dropped. Open connections end with the runtime.
fn serve(runtime: &Runtime, listener: WebListener, router: &Router, stopped: oneshot::Receiver<()>) {
    let _context = runtime.enter();
    for socket in listener.sockets {
        if let Ok(socket) = TcpListener::from_std(socket) {
            runtime.spawn(axum::serve(socket, router.clone()).into_future());
        }
    }
    let _ = runtime.block_on(stopped);
}

struct Context {
    site: Site,
    files: ServeDir,
    headers: HeaderMap,
}

async fn answer(State(context): State<Arc<Context>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let mut response = match &context.site.reloads {
        _ if !is_local(request.headers()) => StatusCode::MISDIRECTED_REQUEST.into_response(),
        Some(_) if path == SCRIPT_PATH => Reloads::script(),
        Some(reloads) if path == EVENTS_PATH => reloads.events(),
        _ if path == "/config.json" => Json(&context.site.config).into_response(),
        _ if is_page(&path) => page(&context.site).await,
        _ => file(&context.files, request).await,
    };
    response.headers_mut().extend(context.headers.clone());
    // A rebuilt file may have the same time of change, and then counts as unchanged.
    let rebuilds = context.site.reloads.is_some();
    let cache = if rebuilds { HeaderValue::from_static("no-store") } else { cache_control(&path) };
    response.headers_mut().insert(CACHE_CONTROL, cache);
    response
}

/// Rejects names that another site's DNS points to this machine: such a site could read the demo users' passwords.
fn is_local(headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    ["localhost", "127.0.0.1", "[::1]"].contains(&name)
}

/// The client's own addresses have no extension; CloudFront's function applies the same rule.
fn is_page(path: &str) -> bool {
    path == "/index.html" || path.rsplit('/').next().is_some_and(|name| !name.contains('.'))
}

async fn page(site: &Site) -> Response {
    let index = tokio::fs::read_to_string(site.files.join("index.html")).await;
    let status = if index.is_ok() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let index = index.unwrap_or_else(|_| NOT_BUILT.to_owned());
    let index = if site.reloads.is_some() { Reloads::add_to(&index) } else { index };
    (status, Html(index)).into_response()
}

async fn file(files: &ServeDir, request: Request) -> Response {
    match files.clone().try_call(request).await {
        Ok(response) => response.into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
