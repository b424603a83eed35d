//! The step `Gather`. A round reads for about 20 s, or until the lines fill a part, and writes them to S3.

use std::time::{Duration, Instant};

use paloma::domain::{ChatId, Head, Member, Message, Timestamp};
use paloma::exports::MIN_PART_BYTES;
use paloma::store::HistoryPosition;

use crate::line::Line;
use crate::{CHATS, ExportAccount, ExportCursor, ExportProgress, Failure};

/// Time after which a round begins no new page. The function's timeout is 60 s.
const TIME_LIMIT: Duration = Duration::from_secs(20);

/// Size in bytes at which a part is written: above S3's minimum, and small in memory.
const PART_BYTES: usize = MIN_PART_BYTES + 1024 * 1024;

/// The lines that make the next part.
#[derive(Debug, Default)]
struct Lines {
    text: Vec<u8>,
    count: u64,
}

impl Lines {
    fn push(&mut self, line: &Line) -> Result<(), Failure> {
        serde_json::to_writer(&mut self.text, line).map_err(Failure::Unwritable)?;
        self.text.push(b'\n');
        self.count += 1;
        Ok(())
    }
}

impl ExportAccount {
    /// Runs one round.
    pub(crate) async fn gather(&self, mut progress: ExportProgress) -> Result<ExportProgress, Failure> {
        let started = Instant::now();
        let export = progress.export();
        let leftover = if progress.kept {
            self.exports.working_file(export, &leftover_name(progress.rounds)).await?
        } else {
            Vec::new()
        };
        let leftover_bytes = leftover.len() as u64;
        let mut lines = Lines { text: leftover, count: 0 };
        let chats = self.exports.working_file(export, CHATS).await?;
        let chats: Vec<ChatId> = serde_json::from_slice(&chats).map_err(Failure::Unwritable)?;
        let mut next = progress.next.take();
        while let Some(cursor) = next.take() {
            next = self.read(cursor, &progress, &chats, &mut lines).await?;
            if lines.text.len() >= PART_BYTES || started.elapsed() > TIME_LIMIT {
                break;
            }
        }
        progress.lines += lines.count;
        progress.bytes += lines.text.len() as u64 - leftover_bytes;
        progress.next = next;
        self.write(progress, lines.text).await
    }

    /// Reads the account, or a page of a chat. Returns the cursor of the next read, or `None` at the end.
    async fn read(
        &self,
        cursor: ExportCursor,
        progress: &ExportProgress,
        chats: &[ChatId],
        lines: &mut Lines,
    ) -> Result<Option<ExportCursor>, Failure> {
        let (number, past) = match cursor {
            ExportCursor::Account {} => {
                self.read_account(progress, lines).await?;
                (0, HistoryPosition::START)
            }
            ExportCursor::Chat { number, past } => {
                let Some(chat_id) = chats.get(number) else { return Ok(None) };
                let past = self.read_chat_page(progress, *chat_id, past, lines).await?;
                past.map_or((number + 1, HistoryPosition::START), |past| (number, past))
            }
        };
        Ok(Some(ExportCursor::Chat { number, past }))
    }

    /// Writes the lines as a part. Lines that are too few for a part are kept for the next round. A repeated round
    /// reads the same leftover and writes the same part again.
    async fn write(&self, mut progress: ExportProgress, text: Vec<u8>) -> Result<ExportProgress, Failure> {
        progress.rounds += 1;
        let is_last = progress.next.is_none();
        progress.kept = text.len() < MIN_PART_BYTES && !is_last;
        if progress.kept {
            self.exports.put_working_file(progress.export(), &leftover_name(progress.rounds), text).await?;
        } else if !text.is_empty() {
            progress.parts += 1;
            let upload = progress.upload.as_ref().ok_or(Failure::TooEarly)?;
            self.exports.write_part(progress.export(), upload, progress.parts, text).await?;
        }
        Ok(progress)
    }

    async fn read_account(&self, progress: &ExportProgress, lines: &mut Lines) -> Result<(), Failure> {
        let (user_id, now) = (progress.user_id, Timestamp::now());
        lines.push(&Line::first(user_id, progress.export_id, now))?;
        let (user, privacy) = self.users.with_privacy(user_id).await?.ok_or(Failure::NoSuchAccount)?;
        let (presence, _) = self.users.presence(user_id).await?.unwrap_or_default();
        lines.push(&Line::Profile { user, presence, privacy })?;
        let account = self.accounts.account(user_id).await?.ok_or(Failure::NoSuchAccount)?;
        lines.push(&Line::PinnedChats { chat_ids: account.pins })?;
        for device in self.devices.of_user(user_id).await? {
            lines.push(&device.into())?;
        }
        for blocked in self.blocks.of_user(user_id).await? {
            lines.push(&blocked.into())?;
        }
        for report in self.reports.by_user(user_id).await? {
            lines.push(&report.into())?;
        }
        for connection in self.connections.of_user(user_id, now).await? {
            lines.push(&connection.into())?;
        }
        Ok(())
    }

    /// Reads the user's messages of a page, the user's receipts for the other messages, and the user's reactions. The
    /// first page begins with the chat itself. Returns the position of the next page, or `None` at the end of the chat.
    async fn read_chat_page(
        &self,
        progress: &ExportProgress,
        chat_id: ChatId,
        past: HistoryPosition,
        lines: &mut Lines,
    ) -> Result<Option<HistoryPosition>, Failure> {
        let user_id = progress.user_id;
        // A user who is being erased has no view of the chat any more, and so nothing to export.
        let view = self.chats.views(&[chat_id], user_id).await?.pop();
        let Some((chat, head, member)) = view else { return Ok(None) };
        if past == HistoryPosition::START {
            lines.push(&Line::chat(chat, &head, &member))?;
        }
        let ticks = self.chats.ticks(chat_id, &head, user_id).await?;
        let mut page = self.messages.walk(chat_id, &head, past).await?;
        let end = page.last().map(HistoryPosition::from);
        page.retain(|message| self.messages.shows(message));
        let all: Vec<_> = page.iter().map(|message| message.message_id).collect();
        let (sent, received): (Vec<_>, Vec<_>) = page.into_iter().partition(|message| message.sender_id == user_id);
        let received: Vec<_> = received.iter().map(|message| message.message_id).collect();
        for message in sent {
            lines.push(&Line::message(as_left(message, &member), &ticks))?;
        }
        let mut receipts = self.statuses.of_user(user_id, &received).await?;
        receipts.sort_by_key(|receipt| receipt.seq);
        for receipt in receipts {
            lines.push(&receipt.into())?;
        }
        let mut reactions = self.reactions.of_user(user_id, &all).await?;
        reactions.sort_by_key(|reaction| (reaction.reacted_at, reaction.message_id));
        for reaction in reactions {
            lines.push(&reaction.into())?;
        }
        Ok(end.filter(|end| !is_end(&head, *end)))
    }
}

/// The user's own message without reactions of others since the user left or blocks the sender of them, and without
/// all of them in a removed group.
fn as_left(message: Message, member: &Member) -> Message {
    let is_later = member.sees_changes_upto().is_some_and(|last| message.version > last);
    if !is_later && member.windows.shows(message.seq) {
        return message;
    }
    let own = message.reactions.as_ref().and_then(|reactions| reactions.only_of(member.user_id));
    Message { reactions: own, ..message }
}

fn is_end(head: &Head, position: HistoryPosition) -> bool {
    position.seq >= head.last_seq
}

fn leftover_name(round: u32) -> String {
    format!("rest-{round}")
}
