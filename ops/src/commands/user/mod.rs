//! `paloma user`: shows users, ends their sessions, limits, erases and exports them.

mod command;
mod disconnect;
mod show;
mod user_ref;
mod workflow;

use clap::{Args, Subcommand};
use paloma::domain::SendLimit;

use self::command::UserCommand;
use self::user_ref::UserRef;
use crate::{Failure, Outcome, Output, Stack};

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Shows a user's profile, presence, sockets, devices, chats and unread counts
    Show {
        /// Email or id of the user
        user: UserRef,
    },
    /// Closes the sockets of a user; the user's apps may open new ones
    Disconnect {
        /// Email or id of the user
        user: UserRef,
    },
    /// Ends all sessions of a user: tokens, sockets, pushes; the user can log in again
    SignOut {
        /// Email or id of the user
        user: UserRef,
    },
    /// Ends all sessions of a user, and rejects logins until `restore`
    Suspend {
        /// Email or id of the user
        user: UserRef,
    },
    /// Undoes `suspend`
    Restore {
        /// Email or id of the user
        user: UserRef,
    },
    /// Disables the second factor of a user who has lost the phone and the recovery codes
    ResetMfa {
        /// Email or id of the user
        user: UserRef,
    },
    /// Sets a higher send limit for one user, such as a bot
    Grant {
        /// Email or id of the user
        user: UserRef,
        /// Messages at once; a message to a group of 1,000 counts as 20
        #[arg(long, requires = "per_second", value_parser = clap::value_parser!(u32).range(1..))]
        burst: Option<u32>,
        /// Messages per second after that
        #[arg(long, requires = "burst", value_parser = clap::value_parser!(u32).range(1..))]
        per_second: Option<u32>,
        /// Restores the deployment's default limit
        #[arg(long, conflicts_with_all = ["burst", "per_second"], required_unless_present = "burst")]
        none: bool,
    },
    /// Erases an account for good: sessions, sockets, devices, profile, messages
    Erase {
        /// Email or id of the user
        user: UserRef,
        /// Does not ask for confirmation
        #[arg(long)]
        yes: bool,
        /// Waits until the workflow has ended
        #[arg(long)]
        watch: bool,
    },
    /// Exports all data of a user; with --watch, prints a link to the file
    Export {
        /// Email or id of the user
        user: UserRef,
        /// Waits until the workflow has ended
        #[arg(long)]
        watch: bool,
    },
}

pub async fn run(arguments: &Arguments, stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    match &arguments.action {
        Action::Show { user } => show::run(user, stack, output).await,
        Action::Disconnect { user } => disconnect::run(user, stack, output).await,
        Action::SignOut { user } => command::run(UserCommand::SignOut, user, stack, output).await,
        Action::Suspend { user } => command::run(UserCommand::Suspend, user, stack, output).await,
        Action::Restore { user } => command::run(UserCommand::Restore, user, stack, output).await,
        Action::ResetMfa { user } => command::run(UserCommand::ResetMfa, user, stack, output).await,
        Action::Grant { user, burst, per_second, none: _ } => {
            let grant = burst.zip(*per_second).map(|(burst, per_second)| SendLimit { burst, per_second });
            command::run(UserCommand::Grant(grant), user, stack, output).await
        }
        Action::Erase { user, yes, watch } => workflow::erase(user, *yes, *watch, stack, output).await,
        Action::Export { user, watch } => workflow::export(user, *watch, stack, output).await,
    }
}
