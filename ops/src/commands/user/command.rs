//! The commands that the function `account` carries out: `paloma user sign-out`, `suspend`, `restore`, `reset-mfa` and
//! `grant`. Operators may invoke that function; they need no permission on Cognito or on the tables for it.

use std::time::Duration;

use aws_sdk_lambda::Client;
use aws_sdk_lambda::config::timeout::TimeoutConfig;
use aws_sdk_lambda::primitives::Blob;
use paloma::domain::{SendLimit, UserId};
use serde::Serialize;
use serde_json::{Value, json};

use super::person::Who;
use crate::output::{Page, Report, Tone};
use crate::{Failure, Outcome, Output, Stack, Suggest};

/// A command about one user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserCommand {
    /// Ends all sessions.
    SignOut,
    /// Ends all sessions, and refuses logins.
    Suspend,
    /// Undoes a suspension.
    Restore,
    /// Switches the second factor off.
    ResetMfa,
    /// Sets the limit for sending; `None` is the deployment's default.
    Grant(Option<SendLimit>),
}

/// A command that was carried out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Done {
    user_id: UserId,
    action: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    grant: Option<SendLimit>,
    #[serde(skip)]
    suggest: Suggest,
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

/// Carries out a command.
pub async fn run(command: UserCommand, who: &Who, stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    let user_id = who.find(stack).await?.user_id;
    let done = Done { user_id, action: command.action(), grant: command.grant(), suggest: stack.suggest.clone() };
    invoke(stack, &json!({ "operator": done })).await?;
    output.print(&done)?;
    Ok(Outcome::Good)
}

async fn invoke(stack: &Stack, event: &Value) -> Result<(), Failure> {
    let function = stack.output("AccountFunction")?;
    // The function may take 10 s, after a cold start.
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
    let cause = cause.unwrap_or("the function gave no reason").to_owned();
    Err(Failure::Call { action: format!("lambda:InvokeFunction of {function}"), cause })
}

impl Report for Done {
    fn write(&self, page: &mut Page) {
        let user = self.user_id;
        match (self.action, self.grant) {
            ("signOut", _) => {
                page.tell(
                    Tone::Good,
                    format!("All sessions of {user} have ended. Their sockets close within seconds."),
                );
            }
            ("suspend", _) => {
                page.tell(Tone::Good, format!("{user} is suspended: all sessions have ended, and logins are refused."));
                page.line(format!("To undo it: {}", self.suggest.paloma(format!("user restore {user}"))));
            }
            ("restore", _) => page.tell(Tone::Good, format!("{user} may log in again.")),
            ("resetMfa", _) => {
                page.tell(Tone::Good, format!("{user} logs in with the password alone, and can enrol a new phone."));
            }
            (_, Some(SendLimit { burst, per_second })) => {
                page.tell(Tone::Good, format!("{user} may send {burst} at once, and {per_second} a second."));
            }
            (_, None) => page.tell(Tone::Good, format!("{user} has the deployment's own limit for sending again.")),
        }
    }
}
