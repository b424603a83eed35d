//! The commands that the function `account` runs: `paloma user sign-out`, `suspend`, `restore`, `reset-mfa`, `grant`.
//! Operators invoke that function, so they need no permissions for Cognito and the tables.

use std::time::Duration;

use aws_sdk_lambda::Client;
use aws_sdk_lambda::config::timeout::TimeoutConfig;
use aws_sdk_lambda::primitives::Blob;
use paloma::domain::{SendLimit, UserId};
use serde::Serialize;
use serde_json::{Value, json};

use super::user_ref::UserRef;
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
    invoke(stack, &json!({ "operator": done })).await?;
    output.print(&done)?;
    Ok(Outcome::Good)
}

async fn invoke(stack: &Stack, event: &Value) -> Result<(), Failure> {
    let function = stack.output("AccountFunction")?;
    // The function may take 10 s, and a cold start comes on top.
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(Duration::from_secs(20)).build();
    let config = aws_sdk_lambda::config::Builder::from(&stack.aws).timeout_config(timeouts).build();
    let call = Client::from_conf(config).invoke().function_name(function).payload(Blob::new(event.to_string()));
    let answer = call.send().await.map_err(stack.target.failed("lambda:InvokeFunction", function))?;
    let body = answer.payload.map(Blob::into_inner).unwrap_or_default();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    if body.get("result").is_some() {
        return Ok(());
    }
    let cause = ["/problem/detail", "/errorMessage"].iter().find_map(|path| body.pointer(path)?.as_str());
    let cause = cause.unwrap_or("the function returned no cause").to_owned();
    Err(Failure::Call { action: format!("lambda:InvokeFunction of {function}"), cause })
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
