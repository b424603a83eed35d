//! The data about one message: rows of tables, log lines, dead letters.

use std::time::Duration;

use futures::future::try_join_all;
use futures::try_join;
use paloma::dead_letters::{DeadLetter, QueueName};
use paloma::domain::{ChangeRecord, Device, Head, Member, Message, MessageId, Timestamp, UserId};
use paloma::store::ReceiptRecord;
use serde_json::Value;

use crate::commands::dlq::selection;
use crate::logs::{self, LogLine, SearchResult};
use crate::{Failure, Stack};

/// The logs are read from this long before the message was accepted, because clocks differ.
const SKEW: Duration = Duration::from_secs(5);

/// Largest group in which the devices are read of the members who have not acknowledged.
const MAX_MEMBERS_FOR_DEVICES: usize = 32;

#[derive(Debug)]
pub struct Evidence {
    pub message: Message,
    /// Whether its chat's row exists.
    pub has_chat: bool,
    pub head: Head,
    /// The members who were in the chat at the message, and still are.
    pub members: Vec<Member>,
    /// The receipts for this message, not those for later messages that cover it.
    pub receipts: Vec<ReceiptRecord>,
    /// The edits and the deletion of the message within the last 90 days.
    pub changes: Vec<ChangeRecord>,
    /// The devices of recipients who have not acknowledged it. Empty in groups of more than
    /// [`MAX_MEMBERS_FOR_DEVICES`].
    pub devices: Vec<(UserId, Vec<Device>)>,
    /// The log lines that name it, ordered by time.
    pub lines: Vec<LogLine>,
    /// Whether the logs had more lines than were read.
    pub logs_are_truncated: bool,
    /// The dead letters about it, with their queues.
    pub dead_letters: Vec<(QueueName, DeadLetter)>,
    /// Dead letters that could not be read, because another command held them.
    pub unread_dead_letters: u64,
    /// The time of reading, in epoch milliseconds.
    pub now: Timestamp,
}

impl Evidence {
    pub async fn read(stack: &Stack, message_id: MessageId, hours: u64) -> Result<Self, Failure> {
        let environment = stack.environment();
        let store = |error| stack.target.store_failed(error);
        let Some(message) = environment.messages_of_any_age()?.message(message_id).await.map_err(store)? else {
            return Err(Failure::NotFound(format!(
                "there is no message {message_id} in the stack {}: check the id, and name another stack with --stack. \
                 A send that was answered with 4xx or 5xx stored no message",
                stack.name
            )));
        };
        let (chats, chat_id) = (environment.chats()?, message.chat_id);
        let statuses = environment.statuses()?;
        let (chat, head, receipts) =
            try_join!(chats.chat(chat_id), chats.head(chat_id), statuses.of_message(message_id)).map_err(store)?;
        let Some(head) = head else {
            return Err(Failure::NotFound(format!(
                "the chat {chat_id} of this message has no head row: it was deleted"
            )));
        };
        let changes = match message.version.is_start() {
            true => Vec::new(),
            false => environment.changes()?.of_message(&message).await.map_err(store)?,
        };
        // Without the chat's row, the members are known from the pair of a direct chat, or from receipts.
        let participants = chat.as_ref().map(|chat| match &chat.membership.removal {
            Some(removal) => removal.members.clone(),
            None => head.roster.audience(chat, message.seq),
        });
        let known_members =
            || head.roster.pair().map(Vec::from).unwrap_or_else(|| receipts.iter().map(|of| of.user_id).collect());
        let members = chats.members(chat_id, &participants.unwrap_or_else(known_members)).await.map_err(store)?;
        // Before the logs: reading dead letters takes a second, and the failure of each was logged before it arrived.
        let (dead_letters, unread_dead_letters) = dead_letters(stack, message_id).await?;
        let now = Timestamp::now();
        let window = window(&message, hours, now);
        let (found, devices) = try_join!(lines(stack, message_id, window), devices(stack, &message, &head, &members))?;
        let SearchResult { lines, is_truncated: logs_are_truncated } = found;
        Ok(Self {
            has_chat: chat.is_some(),
            message,
            head,
            members,
            receipts,
            changes,
            devices,
            lines,
            logs_are_truncated,
            dead_letters,
            unread_dead_letters,
            now,
        })
    }

    /// The time since it was accepted.
    pub fn age_millis(&self) -> u64 {
        self.message.created_at.millis_until(self.now)
    }

    pub fn content(&self) -> Value {
        let message = serde_json::to_value(&self.message).unwrap_or_default();
        message.get("content").cloned().unwrap_or_default()
    }

    pub fn of_stage(&self, stage: &str) -> impl Iterator<Item = &LogLine> {
        self.lines.iter().filter(move |line| line.text("stage") == Some(stage))
    }
}

fn window(message: &Message, hours: u64, now: Timestamp) -> (Timestamp, Timestamp) {
    let accepted = message.created_at.as_millis();
    let skew = u64::try_from(SKEW.as_millis()).unwrap_or_default();
    let end = message.created_at.plus(Duration::from_secs(hours * 3_600));
    (Timestamp::from_millis(accepted.saturating_sub(skew)), end.min(now.plus(SKEW)))
}

/// The log lines of every function, because any may have failed, and of the event bus, which logs each push.
async fn lines(stack: &Stack, message_id: MessageId, window: (Timestamp, Timestamp)) -> Result<SearchResult, Failure> {
    let functions = stack.functions().await?;
    let groups = functions.iter().map(crate::stack::Function::log_group);
    let events = stack.resources("AWS::Logs::LogGroup").await?.into_values().filter(|name| name.contains("/events/"));
    logs::search(stack, groups.chain(events).collect(), &message_id.to_string(), window).await
}

/// The dead letters about a message, and the number of those that could not be read.
async fn dead_letters(stack: &Stack, message_id: MessageId) -> Result<(Vec<(QueueName, DeadLetter)>, u64), Failure> {
    let scans = try_join_all(QueueName::ALL.into_iter().map(async |name| {
        let (queue, mut found) = (selection::queue(name, stack)?, Vec::new());
        let about = |dead_letter: DeadLetter| {
            if dead_letter.subject.message_id == Some(message_id) {
                found.push((name, dead_letter));
            }
        };
        let unread = selection::scan(&queue, stack, about).await?;
        Ok::<_, Failure>((found, unread))
    }));
    let (dead_letters, unread): (Vec<_>, Vec<_>) = scans.await?.into_iter().unzip();
    Ok((dead_letters.into_iter().flatten().collect(), unread.into_iter().sum()))
}

async fn devices(
    stack: &Stack,
    message: &Message,
    head: &Head,
    members: &[Member],
) -> Result<Vec<(UserId, Vec<Device>)>, Failure> {
    if members.len() > MAX_MEMBERS_FOR_DEVICES {
        return Ok(Vec::new());
    }
    let devices = stack.environment().devices()?;
    let silent = members
        .iter()
        .filter(|member| member.user_id != message.sender_id && !head.marks_of(member).delivered.covers(message.seq));
    try_join_all(silent.map(async |member| {
        let of_user = devices.of_user(member.user_id).await;
        Ok((member.user_id, of_user.map_err(|error| stack.target.store_failed(error))?))
    }))
    .await
}
