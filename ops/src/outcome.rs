//! The outcome of a command.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The command succeeded, and found no problem.
    Good,
    /// The command succeeded, and found a problem with the system.
    SomethingIsWrong,
}
