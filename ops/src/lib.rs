//! The operators' command line: it finds problems and the users that they affect, and repairs them.
//!
//! | module | contents |
//! | --- | --- |
//! | [`arguments`] | the command line |
//! | [`options`] | the options of every command |
//! | [`commands`] | a file or a folder per command |
//! | [`access`] | the connection to AWS, or to the local engine |
//! | [`caller`] | the operator, as AWS names the caller |
//! | [`invoke`] | commands that a function runs |
//! | [`stack`] | one deployment: its outputs and resources, from CloudFormation |
//! | [`queue`] | the queues of a stack, with their dead-letter queues |
//! | [`logs`] | searches CloudWatch Logs |
//! | [`metrics`] | reads CloudWatch metrics |
//! | [`notice`] | names system messages |
//! | [`hints`] | commands that reports suggest, with the caller's options |
//! | [`output`] | prints tables for people, and one JSON document for programs |
//! | [`outcome`] | the outcome of a command |
//! | [`failure`] | errors: one sentence each, with the remedy |
//! | [`time`] | formats times |
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod access;
pub mod arguments;
pub mod caller;
pub mod commands;
pub mod failure;
pub mod hints;
pub mod invoke;
pub mod logs;
pub mod metrics;
pub mod notice;
pub mod options;
pub mod outcome;
pub mod output;
pub mod queue;
pub mod stack;
pub mod time;

use std::process::ExitCode;

pub use arguments::Arguments;
pub use failure::Failure;
pub use hints::CommandHints;
pub use outcome::Outcome;
pub use output::Output;
pub use stack::Stack;

/// Runs a command. Its report goes to stdout, its error to stderr.
pub async fn run(arguments: Arguments) -> ExitCode {
    let output = Output::new(&arguments.global);
    match commands::run(arguments, &output).await {
        Ok(Outcome::Good) => ExitCode::SUCCESS,
        Ok(Outcome::SomethingIsWrong) => ExitCode::from(1),
        Err(failure) => {
            output.print_failure(&failure);
            failure.exit_code()
        }
    }
}
