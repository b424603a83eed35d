//! Runs the operators' command `paloma chat remove`: the removal of a group for all members, with the reason.

use paloma::domain::{ChatId, DraftNotice, GroupRequest, GroupRequestError, Message, Reason, Timestamp};
use paloma::edge::{OperatorCommand, Problem};
use paloma::group_changes::{GroupFailure, GroupState, GroupTask};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Members, problem_of};

/// The command. It is idempotent: after a crash the operator repeats it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ChatCommand {
    chat_id: ChatId,
    action: ChatAction,
    reason: Reason,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum ChatAction {
    RemoveChat,
}

impl Members {
    /// Carries out a command. `removed` is false if the group was removed before: then the first reason stays.
    ///
    /// # Errors
    /// 404 for an unknown chat, 409 for a direct chat, 503 if a table or a queue does not answer.
    pub async fn carry_out(&self, command: &OperatorCommand) -> Result<Value, Problem> {
        let ChatCommand { chat_id, action: ChatAction::RemoveChat, reason } = command.body()?;
        let draft = DraftNotice::of_chat_removal(chat_id);
        let task = GroupTask { draft, request: GroupRequest::RemoveChat(reason), charge: None };
        let state = self.groups.apply(&task, Timestamp::now()).await.map_err(|failure| match failure {
            GroupFailure::Rejected(GroupRequestError::Direct) => Problem::conflict(
                "This is a direct chat, and only groups can be removed: remove its messages with `paloma message \
                 remove`, or suspend the user with `paloma user suspend`.",
            ),
            other => problem_of(other),
        })?;
        Ok(answer(chat_id, &state))
    }
}

fn answer(chat_id: ChatId, GroupState { chat, message, has_changed }: &GroupState) -> Value {
    let (message_id, seq) = message.as_ref().map(|Message { message_id, seq, .. }| (*message_id, *seq)).unzip();
    let members = chat.membership.removal.as_ref().map_or(0, |removal| removal.members.len());
    json!({ "chatId": chat_id, "messageId": message_id, "seq": seq, "members": members, "removed": has_changed })
}
