//! `paloma`: the operators' command line.
#![warn(clippy::print_stdout, clippy::print_stderr)]

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use paloma_ops::Arguments;
use paloma_printable::Printable;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return misunderstood(&error),
    };
    tokio::select! {
        code = paloma_ops::run(arguments) => code,
        // Nothing that a command does is half done when it is interrupted; it can be given again.
        // At once: a question may still wait for its answer.
        _ = tokio::signal::ctrl_c() => std::process::exit(130),
    }
}

/// Prints the help that was asked for, or why the command was not understood: that repeats the arguments, which may be
/// copied from a chat.
fn misunderstood(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        error.exit();
    }
    let _ = write!(io::stderr().lock(), "{}", Printable::lines(error.render()));
    ExitCode::from(2)
}
