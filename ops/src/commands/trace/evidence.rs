//! What is known of a message: its rows, the lines in the logs, the dead letters.

use std::time::Duration;

use futures::future::try_join_all;
use futures::try_join;
use paloma::dead_letters::{DeadLetter, QueueName};
use paloma::domain::{Device, Head, Member, Message, MessageId, Timestamp, UserId};
use paloma::store::ReceiptRecord;
use serde_json::Value;

use crate::commands::dlq::selection;
use crate::logs::{self, Found, Line};
use crate::{Failure, Stack};

/// Clocks of machines differ: the logs are read from so long before the message was accepted.
const SKEW: Duration = Duration::from_secs(5);

/// In groups of up to so many people the devices of those who have not acknowledged are looked up.
const MOST_LOOKED_UP: usize = 32;

/// What is known of a message.
#[derive(Debug)]
pub struct Evidence {
    /// The message.
    pub message: Message,
    /// Whether its chat has a row.
    pub has_chat: bool,
    /// Where its chat stands.
    pub head: Head,
    /// Where the people in it stand.
    pub members: Vec<Member>,
    /// What recipients said of just this message.
    pub receipts: Vec<ReceiptRecord>,
    /// The phones of recipients who have not acknowledged it; nobody's in large groups.
    pub devices: Vec<(UserId, Vec<Device>)>,
    /// What was logged about it, in the order of time.
    pub lines: Vec<Line>,
    /// Whether more was logged than could be read.
    pub logs_are_cut: bool,
    /// The jobs about it that died, with the queues that they died in.
    pub dead_letters: Vec<(QueueName, DeadLetter)>,
    /// How many dead letters somebody else held meanwhile, so that they were not read.
    pub unread_letters: u64,
    /// When it was looked, in epoch milliseconds.
    pub now: Timestamp,
}

impl Evidence {
    /// Gathers what there is.
    pub async fn gather(stack: &Stack, message_id: MessageId, hours: u64) -> Result<Self, Failure> {
        let environment = stack.environment();
        let store = |error| stack.target.store_failed(error);
        let Some(message) = environment.messages()?.message(message_id).await.map_err(store)? else {
            return Err(Failure::NotFound(format!(
                "there is no message {message_id} in the stack {}: is it the right stack? What was refused (4xx, 5xx) \
                 was never stored",
                stack.name
            )));
        };
        let (chats, chat_id) = (environment.chats()?, message.chat_id);
        let statuses = environment.statuses()?;
        let (chat, head, receipts) =
            try_join!(chats.chat(chat_id), chats.head(chat_id), statuses.of_message(message_id)).map_err(store)?;
        let Some(head) = head else {
            return Err(Failure::NotFound(format!("the chat {chat_id} of this message has no head any more")));
        };
        // Without the chat's row nobody knows who is in it, but for who has said something.
        let participants = chat.as_ref().map(|chat| chat.participants.clone());
        let known =
            || head.roster.pair().map(Vec::from).unwrap_or_else(|| receipts.iter().map(|of| of.user_id).collect());
        let members = chats.members(chat_id, &participants.unwrap_or_else(known)).await.map_err(store)?;
        // Before the logs: looking takes a second, and a letter that comes in it was logged by the time it is over.
        let (dead_letters, unread_letters) = dead_letters(stack, message_id).await?;
        let now = Timestamp::now();
        let window = window(&message, hours, now);
        let (found, devices) = try_join!(lines(stack, message_id, window), devices(stack, &message, &head, &members))?;
        let Found { lines, is_cut: logs_are_cut } = found;
        Ok(Self {
            has_chat: chat.is_some(),
            message,
            head,
            members,
            receipts,
            devices,
            lines,
            logs_are_cut,
            dead_letters,
            unread_letters,
            now,
        })
    }

    /// How long ago it was accepted, in milliseconds.
    pub fn age(&self) -> u64 {
        self.message.created_at.millis_until(self.now)
    }

    /// What it says.
    pub fn content(&self) -> Value {
        let message = serde_json::to_value(&self.message).unwrap_or_default();
        message.get("content").cloned().unwrap_or_default()
    }

    /// The lines of one stage.
    pub fn of_stage(&self, stage: &str) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(move |line| line.text("stage") == Some(stage))
    }
}

fn window(message: &Message, hours: u64, now: Timestamp) -> (Timestamp, Timestamp) {
    let accepted = message.created_at.as_millis();
    let skew = u64::try_from(SKEW.as_millis()).unwrap_or_default();
    let end = message.created_at.plus(Duration::from_secs(hours * 3_600));
    (Timestamp::from_millis(accepted.saturating_sub(skew)), end.min(now.plus(SKEW)))
}

/// Of every function, since any may be the one that went wrong, and of the bus, which tells who was pushed to.
async fn lines(stack: &Stack, message_id: MessageId, window: (Timestamp, Timestamp)) -> Result<Found, Failure> {
    let functions = stack.functions().await?;
    let groups = functions.iter().map(crate::stack::Function::log_group);
    let events = stack.resources("AWS::Logs::LogGroup").await?.into_values().filter(|name| name.contains("/events/"));
    logs::search(stack, groups.chain(events).collect(), &message_id.to_string(), window).await
}

/// The dead letters about a message, and how many could not be read.
async fn dead_letters(stack: &Stack, message_id: MessageId) -> Result<(Vec<(QueueName, DeadLetter)>, u64), Failure> {
    let looks = try_join_all(QueueName::ALL.into_iter().map(async |name| {
        let (queue, mut found) = (selection::queue(name, stack)?, Vec::new());
        let about = |dead_letter: DeadLetter| {
            if dead_letter.subject.message_id == Some(message_id) {
                found.push((name, dead_letter));
            }
        };
        let unread = selection::look(&queue, stack, about).await?;
        Ok::<_, Failure>((found, unread))
    }));
    let (dead_letters, unread): (Vec<_>, Vec<_>) = looks.await?.into_iter().unzip();
    Ok((dead_letters.into_iter().flatten().collect(), unread.into_iter().sum()))
}

async fn devices(
    stack: &Stack,
    message: &Message,
    head: &Head,
    members: &[Member],
) -> Result<Vec<(UserId, Vec<Device>)>, Failure> {
    if members.len() > MOST_LOOKED_UP {
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
