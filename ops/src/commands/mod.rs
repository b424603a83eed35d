//! What can be done, a file per command. Each has its `Arguments`, and a `run` that finds out, prints and answers.

pub mod completions;

use crate::arguments::{Arguments, Command};
use crate::{Failure, Outcome, Output};

/// Carries out a command.
///
/// # Errors
/// What kept it from being done.
pub async fn run(arguments: Arguments, output: &Output) -> Result<Outcome, Failure> {
    match arguments.command {
        Command::Completions(arguments) => completions::run(&arguments, output),
    }
}
