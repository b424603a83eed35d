//! `paloma completions`: a script with which a shell completes commands and options.

use clap::Args;
use clap_complete::Shell;

use crate::{Failure, Outcome, Output};

#[derive(Debug, Args)]
pub struct Arguments {
    /// The shell: `paloma completions bash > ~/.local/share/bash-completion/completions/paloma`
    #[arg(value_enum)]
    shell: Shell,
}

pub fn run(arguments: &Arguments, command_line: &mut clap::Command, output: &Output) -> Result<Outcome, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, command_line, "paloma", &mut script);
    output.script(&String::from_utf8_lossy(&script));
    Ok(Outcome::Good)
}
