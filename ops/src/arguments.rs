//! What can be said on the command line.

use clap::{Parser, Subcommand};

use crate::commands::{chat, completions, dlq, status, trace, user};
use crate::options::GlobalOptions;

/// What exit codes mean.
const EXIT_CODES: &str = "\
Exit codes:
  0    done, and nothing is wrong
  1    done, and something is wrong with the system
  2    the command was not understood
  3    it could not be done; stderr says why and what to do
  130  interrupted

On AWS the credentials and the region are those of the AWS CLI (profiles, environment, roles).";

/// Operates Paloma: shows what is wrong, whom it concerns, and mends it.
#[derive(Debug, Parser)]
#[command(name = "paloma", version, after_help = EXIT_CODES, max_term_width = 100)]
pub struct Arguments {
    /// What is said to every command.
    #[command(flatten)]
    pub global: GlobalOptions,
    /// What is to be done.
    #[command(subcommand)]
    pub command: Command,
}

/// What is to be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Shows what is stuck, dead or failing, with one verdict and the first thing to do
    Status(status::Arguments),
    /// Dead letters: lists, shows, replays and drops them
    Dlq(dlq::Arguments),
    /// Shows the life of one message, and what is missing in it
    Trace(trace::Arguments),
    /// People: shows, disconnects, erases and exports them
    User(user::Arguments),
    /// Chats: shows who is in one, and how far everybody has come
    Chat(chat::Arguments),
    /// Writes a completion script for a shell
    Completions(completions::Arguments),
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, ValueEnum};
    use clap_complete::Shell;
    use paloma_printable::Printable;

    use super::*;

    #[test]
    fn completion_scripts_are_printed_unchanged() {
        for shell in Shell::value_variants() {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Arguments::command(), "paloma", &mut script);
            assert_eq!(Printable::lines(String::from_utf8_lossy(&script)).as_str().as_bytes(), script, "{shell}");
        }
    }
}
