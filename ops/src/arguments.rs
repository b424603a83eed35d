//! What can be said on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::commands::{chat, completions, dlq, status, trace, user};

/// The stack when neither an option nor the environment names one.
pub const DEFAULT_STACK: &str = "paloma-dev";

/// The variable of the environment that names the stack.
pub const STACK_VARIABLE: &str = "PALOMA_STACK";

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
    pub global: Global,
    /// What is to be done.
    #[command(subcommand)]
    pub command: Command,
}

/// What is said to every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Global {
    /// Name of the CloudFormation stack
    #[arg(long, global = true, env = STACK_VARIABLE, default_value = DEFAULT_STACK, value_name = "NAME")]
    pub stack: String,
    /// The stack that `cargo dev` runs on this machine: target/local/stack.json, here or further up
    #[arg(long, global = true, num_args = 0..=1, require_equals = true, value_name = "PATH")]
    pub local: Option<Option<PathBuf>>,
    /// AWS region, if not the one of the profile
    #[arg(long, global = true, conflicts_with = "local")]
    pub region: Option<String>,
    /// Profile of the AWS CLI's configuration
    #[arg(long, global = true, conflicts_with = "local")]
    pub profile: Option<String>,
    /// One JSON document instead of tables
    #[arg(long, global = true)]
    pub json: bool,
    /// Colours; `auto` means on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
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
