//! `paloma`: the operators' command line.

use std::process::ExitCode;

use clap::Parser;
use paloma_ops::Arguments;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    tokio::select! {
        code = paloma_ops::run(arguments) => code,
        // Nothing that a command does is half done when it is interrupted; it can be given again.
        // At once: a question may still wait for its answer.
        _ = tokio::signal::ctrl_c() => std::process::exit(130),
    }
}
