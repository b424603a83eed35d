//! `paloma user`: what there is about a person, and what can be done for them.

mod command;
mod disconnect;
mod person;
mod show;
mod workflow;

use clap::{Args, Subcommand};
use paloma::domain::SendLimit;

use self::command::UserCommand;
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
    /// Ends all sessions of a user: tokens, sockets, phones; the user may log in again
    SignOut {
        /// Email or id of the user
        who: Who,
    },
    /// Ends all sessions of a user and refuses logins, until `restore`
    Suspend {
        /// Email or id of the user
        who: Who,
    },
    /// Undoes `suspend`
    Restore {
        /// Email or id of the user
        who: Who,
    },
    /// Switches off the second factor of a user who has lost the phone and the recovery codes
    ResetMfa {
        /// Email or id of the user
        who: Who,
    },
    /// Lets a user, such as a bot, send more than the deployment's limit
    Grant {
        /// Email or id of the user
        who: Who,
        /// Messages at once; one to a group of 1,000 counts as 20
        #[arg(long, requires = "per_second", value_parser = clap::value_parser!(u32).range(1..))]
        burst: Option<u32>,
        /// Messages per second after that
        #[arg(long, requires = "burst", value_parser = clap::value_parser!(u32).range(1..))]
        per_second: Option<u32>,
        /// Takes the grant back
        #[arg(long, conflicts_with_all = ["burst", "per_second"], required_unless_present = "burst")]
        none: bool,
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
        Action::SignOut { who } => command::run(UserCommand::SignOut, who, stack, output).await,
        Action::Suspend { who } => command::run(UserCommand::Suspend, who, stack, output).await,
        Action::Restore { who } => command::run(UserCommand::Restore, who, stack, output).await,
        Action::ResetMfa { who } => command::run(UserCommand::ResetMfa, who, stack, output).await,
        Action::Grant { who, burst, per_second, none: _ } => {
            let grant = burst.zip(*per_second).map(|(burst, per_second)| SendLimit { burst, per_second });
            command::run(UserCommand::Grant(grant), who, stack, output).await
        }
        Action::Erase { who, yes, watch } => workflow::erase(who, *yes, *watch, stack, output).await,
        Action::Export { who, watch } => workflow::export(who, *watch, stack, output).await,
    }
}
