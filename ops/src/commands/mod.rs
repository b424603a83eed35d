//! What can be done, a file per command. Each has its `Arguments`, and a `run` that finds out, prints and answers.

pub mod completions;
pub mod dlq;

use crate::arguments::{Arguments, Command};
use crate::{Failure, Outcome, Output};

/// Carries out a command.
///
/// # Errors
/// What kept it from being done.
pub async fn run(arguments: Arguments, output: &Output) -> Result<Outcome, Failure> {
    let global = &arguments.global;
    match arguments.command {
        Command::Dlq(arguments) => dlq::run(&arguments, global, output).await,
        Command::Completions(arguments) => completions::run(&arguments, output),
    }
}
