//! `paloma dlq`: dead letters. What died and why, and how it is brought back or dropped.

mod copy;
mod drop;
mod job;
mod kept;
mod list;
mod peek;
mod replay;
mod restore;
pub(super) mod selection;
mod workflow;

use clap::{Args, Subcommand};

use crate::{Failure, Outcome, Output, Stack};

/// What to do with dead letters.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Counts dead letters by what they died of
    List(list::Arguments),
    /// Shows letters: what died, why, and whom it concerns
    Peek(peek::Arguments),
    /// Brings letters back to where they should go; safe to repeat and to interrupt
    Replay(replay::Arguments),
    /// Shows how a replay by the workflow stands, until it ends
    Watch(workflow::Arguments),
    /// Stops a replay by the workflow; what was not replayed yet stays where it is
    Cancel(workflow::Arguments),
    /// Removes letters for good, and keeps a copy on this machine
    Drop(drop::Arguments),
    /// Lays dropped letters back to where they lay, from the copy
    Restore(restore::Arguments),
}

/// Deals with dead letters.
///
/// # Errors
/// What kept it from being done. No letter is lost by it.
pub async fn run(arguments: &Arguments, stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    match &arguments.action {
        Action::List(arguments) => list::run(arguments, stack, output).await,
        Action::Peek(arguments) => peek::run(arguments, stack, output).await,
        Action::Replay(arguments) => replay::run(arguments, stack, output).await,
        Action::Watch(arguments) => workflow::watch(arguments, stack, output).await,
        Action::Cancel(arguments) => workflow::cancel(arguments, stack, output).await,
        Action::Drop(arguments) => drop::run(arguments, stack, output).await,
        Action::Restore(arguments) => restore::run(arguments, stack, output).await,
    }
}
