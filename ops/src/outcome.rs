//! The outcome of a command.

/// What a command came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It did what it was asked for, and found nothing wrong.
    Good,
    /// It did what it was asked for, and found something wrong with the system.
    SomethingIsWrong,
}
