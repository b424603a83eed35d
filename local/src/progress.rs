//! The progress of a starting stack.

use std::time::{Duration, Instant};

use crate::error::Error;

/// The steps of starting a stack that take long enough to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Installs the engine into `target/`, once per set of pinned versions.
    Environment,
    Build,
    Engine,
    Deployment,
    /// Creates the users of the options.
    Users,
    /// Installs Node, once, if the machine has none that fits.
    Node,
    /// Installs the web client's packages, once per `package-lock.json`.
    Packages,
    Web,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    Started(Step),
    /// The text says how far the step is.
    Advanced(Step, String),
    Finished(Step, Duration),
    Failed(Step),
}

pub(crate) type ProgressSink = dyn Fn(Progress) + Send + Sync;

/// Runs a step, and reports its start and its duration.
pub(crate) fn step<T>(progress: &ProgressSink, step: Step, run: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    let started = Instant::now();
    progress(Progress::Started(step));
    let done = run();
    progress(if done.is_ok() { Progress::Finished(step, started.elapsed()) } else { Progress::Failed(step) });
    done
}
