//! The errors of starting and running a stack.

use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the local engine needs Python 3.10 or newer: {0}")]
    Python(String),

    #[error("{name} could not be installed from PyPI; check the network. pip printed: {cause}")]
    Install { name: &'static str, cause: String },

    #[error("port {0} is in use: choose another with --port, or omit --port to get a free one")]
    PortTaken(u16),

    /// Holds cargo's diagnostics.
    #[error("the functions do not compile:\n{0}")]
    Build(String),

    #[error("the local engine ended unexpectedly; the last lines of its log {log}:\n{last_lines}")]
    EngineEnded { last_lines: String, log: PathBuf },

    /// CloudFormation, or another call to the engine, failed. The text names the call and the cause.
    #[error("{0}")]
    Deployment(String),

    #[error("the web client needs Node {range}: {cause}")]
    Node { range: String, cause: String },

    #[error("the packages of the web client could not be installed; check the network. npm printed: {0}")]
    Packages(String),

    /// Holds the diagnostics of the build.
    #[error("the web client could not be built:\n{0}")]
    WebBuild(String),

    /// The web client cannot be served. The text names the cause.
    #[error("{0}")]
    Web(String),

    #[error("template.yaml has no output {0}, which the local stack needs")]
    MissingOutput(&'static str),

    #[error("{action}: {source}")]
    Io { action: String, source: io::Error },
}

/// Adds the action and the path to an error of the operating system.
pub(crate) trait IoContext<T> {
    fn context(self, action: &str, path: impl AsRef<Path>) -> Result<T, Error>;
}

impl<T> IoContext<T> for io::Result<T> {
    fn context(self, action: &str, path: impl AsRef<Path>) -> Result<T, Error> {
        self.map_err(|source| Error::Io { action: format!("could not {action} {}", path.as_ref().display()), source })
    }
}
