//! The steps of erasing somebody's account, as `statemachines/erase-account.asl.json` puts them together:
//!
//! 1. they are cut off: nobody logs in (`login`), a token that still lives opens nothing (`profile`), they are in no
//!    chat (`chats`), on no socket (`connections`), on no device (`devices`), and a link to an export leads to nothing
//!    (`exports`);
//! 2. a while later, when everything that was under way has ended, they are cut off once more;
//! 3. what they left is removed: what they wrote and read (`messages`), chat by chat;
//! 4. the login goes last (`login`).
//!
//! Each step may be done at any time, twice, and by two at once: it removes what it finds. The head of a chat knows
//! first that somebody has left, and their own row there goes last, so that whoever dies in between finds the chat again.

mod chats;
mod connections;
mod devices;
mod erasure;
mod exports;
mod failure;
mod login;
mod messages;
mod profile;

use std::time::Instant;

use lambda_runtime::LambdaEvent;
use paloma::exports::Exports;
use paloma::metrics::elapsed_ms;
use paloma::phones::Registrations;
use paloma::queue::{DeliveryJob, Queue};
use paloma::runtime::{Environment, MissingVariable};
use paloma::settlement::Settlement;
use paloma::socket::Sockets;
use paloma::store::{Accounts, Chats, Connections, Messages, Statuses, Users};
use serde_json::Value;

pub use crate::erasure::{Erasure, Next, Removed, Step, Task};
pub use crate::failure::Failure;
use crate::login::Logins;

/// What erase-account works with.
#[derive(Debug, Clone)]
pub struct EraseAccount {
    logins: Logins,
    accounts: Accounts,
    users: Users,
    chats: Chats,
    messages: Messages,
    statuses: Statuses,
    connections: Connections,
    sockets: Sockets,
    registrations: Registrations,
    exports: Exports,
    deliveries: Queue<DeliveryJob>,
    settlement: Settlement,
}

impl EraseAccount {
    /// Takes what it works with from the environment.
    ///
    /// # Errors
    /// When a setting is missing.
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        let (chats, messages) = (environment.chats()?, environment.messages()?);
        let deliveries = environment.deliveries()?;
        Ok(Self {
            logins: Logins::new(environment)?,
            accounts: environment.accounts()?,
            users: environment.users()?,
            statuses: environment.statuses()?,
            connections: environment.connections()?,
            sockets: environment.sockets()?,
            registrations: environment.registrations()?,
            exports: environment.exports()?,
            settlement: Settlement { chats: chats.clone(), messages: messages.clone(), deliveries: deliveries.clone() },
            chats,
            messages,
            deliveries,
        })
    }

    /// Does what the state machine asks for.
    ///
    /// # Errors
    /// When the input is no task, or the step failed.
    pub async fn handle(&self, event: LambdaEvent<Value>) -> Result<Erasure, Failure> {
        let task: Task = serde_json::from_value(event.payload).map_err(Failure::Malformed)?;
        let (step, user_id, started) = (task.step, task.erasure.user_id, Instant::now());
        let done = self.step(task).await;
        let outcome = match &done {
            Ok(Erasure { next: None, .. }) => "done",
            Ok(_) => "goes on",
            Err(_) => "failed",
        };
        tracing::info!(
            stage = "erase-account",
            step = ?step,
            outcome,
            userId = %user_id,
            cause = done.as_ref().err().map(tracing::field::display),
            requestId = event.context.request_id,
            durationMs = elapsed_ms(started),
        );
        done
    }

    /// Does a step, or as much of it as one invocation does: then the erasure says where it goes on.
    ///
    /// # Errors
    /// When a service does not answer: what was done stays done, and the same task goes on from there.
    pub async fn step(&self, Task { step, erasure }: Task) -> Result<Erasure, Failure> {
        match step {
            Step::BlockLogin => self.block_login(erasure).await,
            Step::ForgetProfile => self.forget_profile(erasure).await,
            Step::LeaveChats => self.leave_chats(erasure).await,
            Step::CloseConnections => self.close_connections(erasure).await,
            Step::RemoveDevices => self.remove_devices(erasure).await,
            Step::RemoveExports => self.remove_exports(erasure).await,
            Step::RedactMessages => self.redact_messages(erasure).await,
            Step::DeleteLogin => self.delete_login(erasure).await,
        }
    }
}
