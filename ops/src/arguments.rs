//! The command line.

use clap::{Parser, Subcommand};

use crate::commands::{chat, completions, dlq, message, reports, status, trace, user};
use crate::options::GlobalOptions;

const EXIT_CODES: &str = "\
Exit codes:
  0    the command succeeded, and it found no problem
  1    the command succeeded, and it found a problem with the system
  2    the arguments are invalid
  3    the command failed; stderr has the cause and the remedy
  130  interrupted

On AWS, credentials and region are those of the AWS CLI (profiles, environment, roles).";

/// Operates Paloma: finds problems and the users that they affect, and repairs them.
#[derive(Debug, Parser)]
#[command(name = "paloma", version, after_help = EXIT_CODES, max_term_width = 100)]
pub struct Arguments {
    #[command(flatten)]
    pub global: GlobalOptions,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Shows whether jobs are stuck, dead or failing: one verdict, and what to do first
    Status(status::Arguments),
    /// Dead letters: lists, shows, replays and drops them
    Dlq(dlq::Arguments),
    /// Shows the history of one message, and the steps that are missing in it
    Trace(trace::Arguments),
    /// Users: shows, disconnects, suspends, erases and exports them
    User(user::Arguments),
    /// Chats: shows the members of a chat, and how far each has received and read it
    Chat(chat::Arguments),
    /// Messages: removes them for everyone
    Message(message::Arguments),
    /// Reports of messages, users and chats: lists, shows and resolves them
    Reports(reports::Arguments),
    /// Prints a completion script for a shell
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
