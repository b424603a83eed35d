//! `paloma completions`: a script that has a shell complete what one types.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::{Failure, Outcome, Output};

/// For which shell.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The shell: `paloma completions bash > ~/.local/share/bash-completion/completions/paloma`
    #[arg(value_enum)]
    shell: Shell,
}

/// Writes the script.
///
/// # Errors
/// Never by itself.
pub fn run(arguments: &Arguments, output: &Output) -> Result<Outcome, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut crate::Arguments::command(), "paloma", &mut script);
    output.raw(&script);
    Ok(Outcome::Good)
}
