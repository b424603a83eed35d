//! Carries out the steps of `statemachines/erase-account.asl.json`, which erases an account:
//!
//! 1. It cuts the user off: blocks the login (`login`), deletes the profile, so that tokens are rejected (`profile`),
//!    leaves the chats and removes the blocks (`chats`), closes connections (`connections`), and removes devices
//!    (`devices`) and exports (`exports`).
//! 2. After a pause, in which calls that were under way end, it cuts the user off again.
//! 3. It removes the content of messages and the receipts, chat by chat (`messages`).
//! 4. It deletes the login (`login`).
//!
//! A step may run at any time, again, and concurrently: it removes the rows that it finds. In each chat, the head is
//! changed first and the user's member row is deleted last, so that a retry after a crash finds the chat again.

mod chats;
mod cognito;
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
use paloma::group_changes::GroupChanges;
use paloma::metrics::elapsed_ms;
use paloma::phones::Registrations;
use paloma::queue::{DeliveryJob, Queue};
use paloma::runtime::{Environment, MissingVariable};
use paloma::settlement::{Settlement, TickDelivery};
use paloma::socket::Sockets;
use paloma::store::{Accounts, Blocks, Chats, Connections, Messages, Statuses, StoredReactions, Users};
use serde_json::Value;

use crate::cognito::Logins;
pub use crate::erasure::{Erasure, ErasureCursor, ErasureTask, RemovedCounts, Step};
pub use crate::failure::Failure;

#[derive(Debug, Clone)]
pub struct EraseAccount {
    logins: Logins,
    accounts: Accounts,
    users: Users,
    chats: Chats,
    blocks: Blocks,
    messages: Messages,
    statuses: Statuses,
    reactions: StoredReactions,
    connections: Connections,
    sockets: Sockets,
    registrations: Registrations,
    exports: Exports,
    deliveries: Queue<DeliveryJob>,
    groups: GroupChanges,
    settlement: Settlement,
}

impl EraseAccount {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        let (chats, messages) = (environment.chats()?, environment.messages()?);
        let deliveries = environment.deliveries()?;
        Ok(Self {
            logins: Logins::new(environment)?,
            accounts: environment.accounts()?,
            users: environment.users()?,
            blocks: environment.blocks()?,
            statuses: environment.statuses()?,
            reactions: environment.reactions()?,
            connections: environment.connections()?,
            sockets: environment.sockets()?,
            registrations: environment.registrations()?,
            exports: environment.exports()?,
            groups: environment.group_changes()?,
            settlement: Settlement {
                chats: chats.clone(),
                messages: messages.clone(),
                ticks: TickDelivery::Queued(deliveries.clone()),
            },
            chats,
            messages,
            deliveries,
        })
    }

    /// Runs the step that the state machine asks for, and logs it.
    pub async fn handle(&self, event: LambdaEvent<Value>) -> Result<Erasure, Failure> {
        let task: ErasureTask = serde_json::from_value(event.payload).map_err(Failure::Malformed)?;
        let (step, user_id, started) = (task.step, task.erasure.user_id, Instant::now());
        let done = self.step(task).await;
        let outcome = match &done {
            Ok(Erasure { next: None, .. }) => "done",
            Ok(_) => "continues",
            Err(_) => "failed",
        };
        tracing::info!(
            stage = "erase-account",
            step = ?step,
            outcome,
            userId = %user_id,
            cause = done.as_ref().err().map(tracing::field::display),
            causeKind = done.as_ref().err().and_then(Failure::kind),
            requestId = event.context.request_id,
            durationMs = elapsed_ms(started),
        );
        done
    }

    /// Runs a step, or as much of it as one invocation can do. Then `next` holds the position at which to continue.
    ///
    /// # Errors
    /// If the step failed. Retry the same task: it continues with the rows that are left.
    pub async fn step(&self, ErasureTask { step, erasure }: ErasureTask) -> Result<Erasure, Failure> {
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
