//! The operators' command line: what is wrong, what it concerns, and how it is mended.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`access`] | the way to AWS, or to the local engine |
//! | [`arguments`] | what can be said on the command line |
//! | [`commands`] | a file per command |
//! | [`stack`] | where everything of one deployment is, as CloudFormation tells |
//! | [`queue`] | the queues of a stack, and where their dead letters lie |
//! | [`logs`] | what was logged about something |
//! | [`metrics`] | figures from CloudWatch |
//! | [`suggest`] | commands that reports suggest, with the caller's options |
//! | [`output`] | tables for people, one JSON document for programs |
//! | [`failure`] | what can go wrong, one sentence each |
//! | [`time`] | times as people read them |
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod access;
pub mod arguments;
pub mod commands;
pub mod failure;
pub mod logs;
pub mod metrics;
pub mod options;
pub mod outcome;
pub mod output;
pub mod queue;
pub mod stack;
pub mod suggest;
pub mod time;

use std::process::ExitCode;

pub use arguments::Arguments;
pub use failure::Failure;
pub use outcome::Outcome;
pub use output::Output;
pub use stack::Stack;
pub use suggest::Suggest;

/// Carries out a command: its report goes to stdout, what kept it from being done to stderr.
pub async fn run(arguments: Arguments) -> ExitCode {
    let output = Output::new(&arguments.global);
    match commands::run(arguments, &output).await {
        Ok(Outcome::Good) => ExitCode::SUCCESS,
        Ok(Outcome::SomethingIsWrong) => ExitCode::from(1),
        Err(failure) => {
            output.fail(&failure);
            failure.exit_code()
        }
    }
}
