//! What can be done, a file per command. Each has its `Arguments`, and a `run` that finds out, prints and answers.

pub mod completions;
pub mod status;

use crate::arguments::{Arguments, Command};
use crate::{Failure, Outcome, Output, Stack};

/// Carries out a command.
///
/// # Errors
/// What kept it from being done.
pub async fn run(arguments: Arguments, output: &Output) -> Result<Outcome, Failure> {
    match arguments.command {
        Command::Completions(arguments) => completions::run(&arguments, output),
        Command::Status(_) => status::run(&Stack::find(&arguments.global).await?, output).await,
    }
}
