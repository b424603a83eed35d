//! The options of every command.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// The stack when neither an option nor the environment names one.
pub const DEFAULT_STACK: &str = "paloma-dev";

/// The environment variable that names the stack.
pub const STACK_VARIABLE: &str = "PALOMA_STACK";

#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct GlobalOptions {
    /// Name of the CloudFormation stack
    #[arg(long, global = true, env = STACK_VARIABLE, default_value = DEFAULT_STACK, value_name = "NAME")]
    pub stack: String,
    /// The stack that `cargo dev` runs on this machine; PATH is its stack.json, by default
    /// target/local/stack.json in this folder or above
    #[arg(long, global = true, num_args = 0..=1, require_equals = true, value_name = "PATH")]
    pub local: Option<Option<PathBuf>>,
    /// AWS region, if not the one of the profile
    #[arg(long, global = true, conflicts_with = "local")]
    pub region: Option<String>,
    /// Profile in the configuration of the AWS CLI
    #[arg(long, global = true, conflicts_with = "local")]
    pub profile: Option<String>,
    /// Prints one JSON document instead of tables
    #[arg(long, global = true)]
    pub json: bool,
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}
