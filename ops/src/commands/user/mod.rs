//! `paloma user`: what there is about a person, and what can be done for them.

mod disconnect;
mod person;
mod show;
mod workflow;

use clap::{Args, Subcommand};

use self::person::Who;
use crate::{Failure, Outcome, Output, Stack};

/// What to do.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Shows their profile, presence, sockets, devices, chats and what is unread there
    Show {
        /// Their email or id
        who: Who,
    },
    /// Closes their sockets; they may open new ones
    Disconnect {
        /// Their email or id
        who: Who,
    },
    /// Erases their account for good: sessions, sockets, devices, profile, what they wrote
    Erase {
        /// Their email or id
        who: Who,
        /// Do not ask
        #[arg(long)]
        yes: bool,
        /// Follow the workflow until it has ended
        #[arg(long)]
        watch: bool,
    },
    /// Exports everything about them; shows the link at the end
    Export {
        /// Their email or id
        who: Who,
        /// Follow the workflow until it has ended
        #[arg(long)]
        watch: bool,
    },
}

/// Does it.
///
/// # Errors
/// When there is nobody like that, or AWS does not answer.
pub async fn run(arguments: &Arguments, stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    match &arguments.action {
        Action::Show { who } => show::run(who, stack, output).await,
        Action::Disconnect { who } => disconnect::run(who, stack, output).await,
        Action::Erase { who, yes, watch } => workflow::erase(who, *yes, *watch, stack, output).await,
        Action::Export { who, watch } => workflow::export(who, *watch, stack, output).await,
    }
}
