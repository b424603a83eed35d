//! Groups the summaries of a batch by chat, since the newest message of a chat stands for all.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use paloma::domain::{ChatId, Circle, LastMessage, Notice, SendCharge, Seq, Timestamp, UserId};
use paloma::queue::{Job, SummaryJob, is_late};

/// Age from which the sender pays no tokens for a message. Jobs may run late or twice, and in doubt a limit lets a
/// call through.
const MAX_CHARGED_AGE: Duration = Duration::from_secs(60);

/// The summaries of one chat in a batch.
#[derive(Debug, Clone)]
pub struct ChatBatch {
    pub chat_id: ChatId,
    pub newest: LastMessage,
    /// The number of messages that each sender pays tokens for, and the bucket as the last of them found it.
    pub charges: BTreeMap<UserId, (u32, SendCharge)>,
    /// The newest message of each sender with marks that may have to move, its count, and the users who
    /// see what the sender has read, if the job tells.
    pub moves: BTreeMap<UserId, (Seq, Option<u64>, Option<Circle>)>,
    /// The users who left by these messages.
    pub leavers: BTreeSet<UserId>,
    /// Whether a job has been tried before.
    pub is_retry: bool,
    /// All messages, with the times at which they were accepted.
    pub messages: Vec<(LastMessage, Timestamp)>,
    pub job_ids: Vec<String>,
}

impl ChatBatch {
    /// Whether the newest message was accepted so long ago that its content may have been erased since.
    pub(crate) fn is_late(&self, now: Timestamp) -> bool {
        let newest = self.messages.iter().find(|(message, _)| message.seq == self.newest.seq);
        newest.is_none_or(|(_, accepted_at)| is_late(*accepted_at, now))
    }
}

/// The summaries among the jobs. Checks of the safety net are left out.
pub fn by_chat(jobs: &[Job<SummaryJob>], now: Timestamp) -> Vec<ChatBatch> {
    let mut chats: BTreeMap<ChatId, ChatBatch> = BTreeMap::new();
    for Job { work, id, tries, .. } in jobs {
        let SummaryJob::Summarise(summary) = work else { continue };
        let message = &summary.last_message;
        let batch = chats.entry(summary.chat_id).or_insert_with(|| ChatBatch {
            chat_id: summary.chat_id,
            newest: message.clone(),
            charges: BTreeMap::new(),
            moves: BTreeMap::new(),
            leavers: BTreeSet::new(),
            is_retry: false,
            messages: Vec::new(),
            job_ids: Vec::new(),
        });
        if message.seq > batch.newest.seq {
            batch.newest = message.clone();
        }
        if summary.moves_marks {
            let place = (message.seq, message.count, summary.charge.map(|charge| charge.receipts));
            let newest = batch.moves.entry(message.sender_id).or_insert(place);
            *newest = std::cmp::max_by_key(place, *newest, |(seq, ..)| *seq);
        }
        match message.body.notice() {
            Some(Notice::MemberRemoved { user_id }) => batch.leavers.extend([*user_id]),
            Some(Notice::MemberLeft { .. }) => batch.leavers.extend([message.sender_id]),
            _ => {}
        }
        batch.is_retry |= *tries > 1;
        if let Some(charge) = summary.charge.filter(|_| summary.accepted_at.plus(MAX_CHARGED_AGE) > now) {
            let (messages, bucket) = batch.charges.entry(message.sender_id).or_default();
            *messages += 1;
            bucket.full_at = charge.full_at.max(bucket.full_at);
            bucket.grant = charge.grant;
        }
        batch.messages.push((message.clone(), summary.accepted_at));
        batch.job_ids.push(id.clone());
    }
    chats.into_values().collect()
}
