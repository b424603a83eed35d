//! A file or a folder per command. Each has its `Arguments`, and a `run` that prints a report and returns the outcome.

pub mod chat;
pub mod completions;
pub mod dlq;
pub mod message;
pub mod reports;
pub mod status;
pub mod trace;
pub mod user;

use clap::CommandFactory;

use crate::arguments::{Arguments, Command};
use crate::{Failure, Outcome, Output, Stack};

pub async fn run(arguments: Arguments, output: &Output) -> Result<Outcome, Failure> {
    let global = &arguments.global;
    match arguments.command {
        Command::Status(_) => status::run(&Stack::find(global).await?, output).await,
        Command::Dlq(arguments) => dlq::run(&arguments, &Stack::find(global).await?, output).await,
        Command::Trace(arguments) => trace::run(&arguments, &Stack::find(global).await?, output).await,
        Command::User(arguments) => user::run(&arguments, &Stack::find(global).await?, output).await,
        Command::Chat(arguments) => chat::run(&arguments, &Stack::find(global).await?, output).await,
        Command::Message(arguments) => message::run(&arguments, &Stack::find(global).await?, output).await,
        Command::Reports(arguments) => reports::run(&arguments, &Stack::find(global).await?, output).await,
        Command::Completions(arguments) => completions::run(&arguments, &mut Arguments::command(), output),
    }
}
