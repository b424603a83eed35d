//! The web client of `cargo dev`: built while the stack starts, then served.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use paloma_local::web::{
    Build, Builds, Reloads, Site, WebClient, WebConfig, WebListener, WebPort, WebServer, start_detached,
};
use paloma_local::{Error, Options, Stack};
use tokio::sync::oneshot;

use crate::SERVE;
use crate::screen::Bars;

/// A client that is being built.
pub struct Building {
    listener: WebListener,
    files: oneshot::Receiver<Result<Files, Error>>,
}

enum Files {
    /// Built again after each change.
    Watched(Builds),
    Built(PathBuf),
}

/// A client that is built and served.
pub enum Served {
    Here { server: WebServer, builds: Builds },
    Detached { url: String },
}

impl Building {
    /// Starts to build, on a thread that ends with the process.
    pub fn start(detach: bool, bars: Arc<Bars>) -> Result<Self, Error> {
        let listener = WebListener::bind(WebPort::Preferred)?;
        let port = listener.port();
        let (sender, files) = oneshot::channel();
        std::thread::spawn(move || sender.send(build(port, detach, bars)).ok());
        Ok(Self { listener, files })
    }

    /// Lets the stack's API answer the client.
    pub fn allow(&self, options: &mut Options) {
        options.parameters.insert("AllowedOrigins".to_owned(), self.listener.allowed_origins());
    }

    /// Waits for the build, and serves it with the addresses of this stack.
    pub async fn serve(self, stack: &Stack) -> Result<Served, Error> {
        let interrupted = |_| Err(Error::WebBuild("the build was interrupted".to_owned()));
        match self.files.await.unwrap_or_else(interrupted)? {
            Files::Watched(builds) => {
                let reloads = Some(Reloads::watch(builds.files())?);
                let config = WebConfig::from(stack.description());
                let site = Site { files: builds.files().to_owned(), config, reloads };
                Ok(Served::Here { server: WebServer::start(self.listener, site)?, builds })
            }
            Files::Built(files) => {
                let program = std::env::current_exe().map_err(|error| Error::Web(error.to_string()))?;
                let mut serve = Command::new(program);
                serve.arg(SERVE);
                Ok(Served::Detached { url: start_detached(serve, self.listener, &files, stack)? })
            }
        }
    }
}

fn build(port: u16, detach: bool, bars: Arc<Bars>) -> Result<Files, Error> {
    let progress = move |progress| bars.show(progress);
    let client = WebClient::install(&progress)?;
    let folder = client.folder(port);
    if detach {
        client.build(Some(&folder), &progress).map(Files::Built)
    } else {
        client.watch(&folder, &progress).map(Files::Watched)
    }
}

impl Served {
    pub fn url(&self) -> &str {
        match self {
            Self::Here { server, .. } => server.url(),
            Self::Detached { url } => url,
        }
    }

    /// Waits for the result of the next build.
    pub async fn rebuilt(&mut self) -> Result<Build, Error> {
        match self {
            Self::Here { builds, .. } => builds.next().await,
            Self::Detached { .. } => std::future::pending().await,
        }
    }
}

/// Replaces this process by npm. Returns only if that fails.
pub fn npm(arguments: &[String]) -> Result<(), Error> {
    let bars = Bars::default();
    Err(WebClient::install(&move |progress| bars.show(progress))?.exec(arguments))
}
