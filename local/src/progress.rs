//! The progress of a starting stack.

use std::time::Duration;

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
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    Started(Step),
    /// The text says how far the step is.
    Advanced(Step, String),
    Finished(Step, Duration),
}
