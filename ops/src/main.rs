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
        Err(error) => return usage_error(&error),
    };
    tokio::select! {
        code = paloma_ops::run(arguments) => code,
        // Every command can be interrupted at any point, and run again. `exit` does not wait for the thread that may
        // still read an answer from stdin.
        _ = tokio::signal::ctrl_c() => std::process::exit(130),
    }
}

/// Prints the requested help, or an error about the arguments. The error repeats arguments, which may be copied from a
/// chat, so it is printed without control characters.
fn usage_error(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        error.exit();
    }
    let _ = write!(io::stderr().lock(), "{}", Printable::lines(error.render()));
    ExitCode::from(2)
}
