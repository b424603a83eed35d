//! What a starting stack says of itself.

use std::time::Duration;

/// A part of starting that takes long enough to be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Fetching the engine into `target/`; once per set of pinned versions.
    Environment,
    /// Compiling the functions.
    Build,
    /// Starting the engine.
    Engine,
    /// Deploying `template.yaml`.
    Deployment,
    /// Making the users asked for.
    Users,
}

/// Something that happened while the stack was starting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// A step began.
    Started(Step),
    /// How far a step has come, in a few words.
    At(Step, String),
    /// A step ended well, after this long.
    Finished(Step, Duration),
}
