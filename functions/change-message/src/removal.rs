//! Runs the operators' command `paloma message remove`: a deletion for all members, with the reason.

use std::time::Instant;

use paloma::domain::{Message, MessageChange, MessageId, Reason, Timestamp};
use paloma::edge::{OperatorCommand, Problem};
use paloma::store::ChangeOutcome;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{ChangeMessage, after_lost_race, problem_of};

/// The command. It is idempotent: after a crash the operator repeats it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MessageCommand {
    message_id: MessageId,
    action: MessageAction,
    reason: Reason,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum MessageAction {
    RemoveMessage,
}

impl ChangeMessage {
    /// Carries out a command, and returns the message. `removed` is false if it had no content before.
    ///
    /// # Errors
    /// 404 for an unknown message, 403 for a system message, 503 if a table does not answer or other changes were
    /// faster for 10 s.
    pub async fn carry_out(&self, command: &OperatorCommand) -> Result<Value, Problem> {
        let MessageCommand { message_id, action: MessageAction::RemoveMessage, reason } = command.body()?;
        let started = Instant::now();
        for tries in 1_u64.. {
            let found = self.messages.message(message_id).await?.ok_or_else(|| Problem::not_found("message"))?;
            let head = self.chats.head_and_member_rows(found.chat_id, &[]).await?;
            let (head, _) = head.ok_or_else(|| Problem::not_found("message"))?;
            let removal = MessageChange::removal(&head, &found, reason.clone(), Timestamp::now());
            let Some(removal) = removal.map_err(problem_of)? else { return Ok(answer(&found, false)) };
            if self.log.change(&removal).await? == ChangeOutcome::Changed {
                return Ok(answer(&removal.message, true));
            }
            after_lost_race(&found, started, tries).await?;
        }
        unreachable!("the loop ends by returning")
    }
}

fn answer(message: &Message, removed: bool) -> Value {
    json!({ "messageId": message.message_id, "chatId": message.chat_id, "seq": message.seq, "removed": removed })
}
