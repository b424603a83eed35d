//! `paloma dlq`: lists, shows, replays and drops dead letters.

mod copy;
mod drop;
mod dropped_dead_letter;
mod job;
mod list;
mod peek;
mod replay;
mod restore;
pub(super) mod selection;
mod workflow;

use clap::{Args, Subcommand};

use crate::{Failure, Outcome, Output, Stack};

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Counts dead letters by queue and cause
    List(list::Arguments),
    /// Shows dead letters: jobs, causes, and the chats and users that they concern
    Peek(peek::Arguments),
    /// Moves dead letters to their source queues, or runs their stream functions again; safe to repeat and to interrupt
    Replay(replay::Arguments),
    /// Follows a replay by the workflow until it ends
    Watch(workflow::Arguments),
    /// Stops a replay by the workflow; dead letters that are not replayed yet stay in their queue
    Cancel(workflow::Arguments),
    /// Removes dead letters for good; saves a copy on this machine first
    Drop(drop::Arguments),
    /// Puts dropped dead letters back into their queues, from the copy
    Restore(restore::Arguments),
}

/// # Errors
/// No dead letter is lost by an error.
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
