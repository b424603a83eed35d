//! The commands that the function `account` runs: `paloma user sign-out`, `suspend`, `restore`, `reset-mfa`, `grant`.
//! Operators invoke that function, so they need no permissions for Cognito and the tables.

use paloma::domain::{SendLimit, UserId};
use serde::Serialize;

use super::user_ref::UserRef;
use crate::invoke::invoke;
use crate::output::{Page, Report, Tone};
use crate::{CommandHints, Failure, Outcome, Output, Stack};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserCommand {
    /// Ends all sessions.
    SignOut,
    /// Ends all sessions, and rejects logins.
    Suspend,
    /// Undoes a suspension.
    Restore,
    /// Disables the second factor.
    ResetMfa,
    /// Sets the user's send limit; `None` restores the deployment's default.
    Grant(Option<SendLimit>),
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CommandReport {
    user_id: UserId,
    action: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    grant: Option<SendLimit>,
    #[serde(skip)]
    hints: CommandHints,
}

impl UserCommand {
    fn action(self) -> &'static str {
        match self {
            Self::SignOut => "signOut",
            Self::Suspend => "suspend",
            Self::Restore => "restore",
            Self::ResetMfa => "resetMfa",
            Self::Grant(_) => "grant",
        }
    }

    fn grant(self) -> Option<SendLimit> {
        if let Self::Grant(grant) = self { grant } else { None }
    }
}

pub async fn run(command: UserCommand, user_ref: &UserRef, stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    let user_id = user_ref.find(stack).await?.user_id;
    let done = CommandReport { user_id, action: command.action(), grant: command.grant(), hints: stack.hints.clone() };
    invoke(stack, "AccountFunction", &done).await?;
    output.print(&done)?;
    Ok(Outcome::Good)
}

impl Report for CommandReport {
    fn write(&self, page: &mut Page) {
        let user = self.user_id;
        match (self.action, self.grant) {
            ("signOut", _) => {
                page.line_in(
                    Tone::Good,
                    format!("All sessions of {user} have ended. Their sockets close within seconds."),
                );
            }
            ("suspend", _) => {
                page.line_in(
                    Tone::Good,
                    format!("{user} is suspended: all sessions have ended, and logins are rejected."),
                );
                page.line(format!("To undo it: {}", self.hints.paloma(format!("user restore {user}"))));
            }
            ("restore", _) => page.line_in(Tone::Good, format!("{user} can log in again.")),
            ("resetMfa", _) => {
                page.line_in(Tone::Good, format!("{user} logs in with the password alone, and can enrol a new phone."));
            }
            (_, Some(SendLimit { burst, per_second })) => {
                page.line_in(
                    Tone::Good,
                    format!("{user} can send {burst} messages at once, and {per_second} per second."),
                );
            }
            (_, None) => page.line_in(Tone::Good, format!("{user} has the deployment's default send limit again.")),
        }
    }
}
