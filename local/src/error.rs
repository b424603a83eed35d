//! What can go wrong on the way to a running stack: one sentence each, saying what to do.

use std::io;
use std::path::{Path, PathBuf};

/// Why the stack is not running, or not as it should be.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No usable Python on this machine.
    #[error("Python 3.10 or newer is needed for the local engine: {0}")]
    Python(String),

    /// The engine could not be fetched from PyPI.
    #[error("the local engine could not be installed from PyPI; is there a network? pip says: {0}")]
    Install(String),

    /// The port asked for is in use.
    #[error("port {0} is taken: choose another with --port, or leave it out to be given a free one")]
    PortTaken(u16),

    /// The functions do not compile; holds what cargo said.
    #[error("the functions do not compile:\n{0}")]
    Build(String),

    /// The engine's process ended; the log says why.
    #[error("the local engine ended unexpectedly; its last words, from {log}:\n{words}")]
    EngineEnded {
        /// The end of the log.
        words: String,
        /// The whole log.
        log: PathBuf,
    },

    /// CloudFormation, or another call to the engine, failed; says which and why.
    #[error("{0}")]
    Deployment(String),

    /// The deployment has an output less than the local stack needs.
    #[error("template.yaml has no output {0}, which the local stack needs")]
    MissingOutput(&'static str),

    /// A file or a program that should be there is not.
    #[error("{action}: {source}")]
    Io {
        /// What was being done.
        action: String,
        /// What the operating system answered.
        source: io::Error,
    },
}

/// Says what was being done when an operation of the operating system failed.
pub(crate) trait Doing<T> {
    /// `action`, then the path it concerns.
    fn doing(self, action: &str, path: impl AsRef<Path>) -> Result<T, Error>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, action: &str, path: impl AsRef<Path>) -> Result<T, Error> {
        self.map_err(|source| Error::Io { action: format!("could not {action} {}", path.as_ref().display()), source })
    }
}
