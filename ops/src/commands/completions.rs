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
    output.script(&String::from_utf8_lossy(&script));
    Ok(Outcome::Good)
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;
    use paloma_printable::Printable;

    use super::*;

    #[test]
    fn scripts_are_printed_as_they_are() {
        for shell in Shell::value_variants() {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut crate::Arguments::command(), "paloma", &mut script);
            assert_eq!(Printable::lines(String::from_utf8_lossy(&script)).as_str().as_bytes(), script, "{shell}");
        }
    }
}
