//! Gathering: a round reads for some 20 s, or until there is enough for a part, and writes what it has read.

use std::time::{Duration, Instant};

use paloma::domain::{ChatId, Head, Timestamp};
use paloma::exports::SMALLEST_PART;
use paloma::store::HistoryPosition;

use crate::line::Line;
use crate::{CHATS, ExportAccount, Failure, Next, Progress};

/// How long a round goes on; it has 60 s.
const PATIENCE: Duration = Duration::from_secs(20);

/// When a part is written, in bytes: more than the smallest that S3 takes, and little in memory.
const ENOUGH: usize = SMALLEST_PART + 1024 * 1024;

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
    /// A round.
    pub(crate) async fn gather(&self, mut progress: Progress) -> Result<Progress, Failure> {
        let started = Instant::now();
        let before = if progress.kept {
            self.exports.kept(progress.export(), &rest(progress.rounds)).await?
        } else {
            Vec::new()
        };
        let had = before.len() as u64;
        let mut lines = Lines { text: before, count: 0 };
        let chats: Vec<ChatId> =
            serde_json::from_slice(&self.exports.kept(progress.export(), CHATS).await?).map_err(Failure::Unwritable)?;
        let mut next = progress.next.take();
        while let Some(place) = next.take() {
            next = match place {
                Next::Account {} => {
                    self.account(&progress, &mut lines).await?;
                    Some(Next::Chat { number: 0, past: HistoryPosition::START })
                }
                Next::Chat { number, past } => match chats.get(number) {
                    Some(chat) => {
                        let past = self.page_of_chat(&progress, *chat, past, &mut lines).await?;
                        let (number, past) = past.map_or((number + 1, HistoryPosition::START), |past| (number, past));
                        Some(Next::Chat { number, past })
                    }
                    None => None,
                },
            };
            if lines.text.len() >= ENOUGH || started.elapsed() > PATIENCE {
                break;
            }
        }
        progress.lines += lines.count;
        progress.bytes += lines.text.len() as u64 - had;
        progress.next = next;
        self.write(progress, lines.text).await
    }

    /// Writes what was read as a part; what is too little for one is kept for the next round. A round that is done again
    /// writes the same part again, and reads what the round before has kept.
    async fn write(&self, mut progress: Progress, text: Vec<u8>) -> Result<Progress, Failure> {
        progress.rounds += 1;
        let is_last = progress.next.is_none();
        progress.kept = text.len() < SMALLEST_PART && !is_last;
        if progress.kept {
            self.exports.keep(progress.export(), &rest(progress.rounds), text).await?;
        } else if !text.is_empty() {
            progress.parts += 1;
            let upload = progress.upload.as_ref().ok_or(Failure::TooEarly)?;
            self.exports.write_part(progress.export(), upload, progress.parts, text).await?;
        }
        Ok(progress)
    }

    async fn account(&self, progress: &Progress, lines: &mut Lines) -> Result<(), Failure> {
        let (user_id, now) = (progress.user_id, Timestamp::now());
        lines.push(&Line::first(user_id, progress.export_id, now))?;
        let user = self.users.user(user_id).await?.ok_or(Failure::NoSuchAccount)?;
        let presence = self.users.presence(user_id).await?.unwrap_or_default();
        lines.push(&Line::Profile { user, presence })?;
        for device in self.devices.of_user(user_id).await? {
            lines.push(&device.into())?;
        }
        for connection in self.connections.of_user(user_id, now).await? {
            lines.push(&connection.into())?;
        }
        Ok(())
    }

    /// A page of a chat: what they wrote there, and what they said of the rest; first of all the chat itself. Answers how
    /// far it has come, or nothing at its end.
    async fn page_of_chat(
        &self,
        progress: &Progress,
        chat_id: ChatId,
        past: HistoryPosition,
        lines: &mut Lines,
    ) -> Result<Option<HistoryPosition>, Failure> {
        let user_id = progress.user_id;
        // Whoever is being erased is in no chat any more: then there is nothing to export either.
        let view = self.chats.views(&[chat_id], user_id).await?.pop();
        let Some((chat, head, member)) = view else { return Ok(None) };
        if past == HistoryPosition::START {
            lines.push(&Line::chat(chat, &head, &member))?;
        }
        let page = self.messages.walk(chat_id, &head, past).await?;
        let end = page.last().map(HistoryPosition::from);
        let (theirs, others): (Vec<_>, Vec<_>) = page.into_iter().partition(|message| message.sender_id == user_id);
        let others: Vec<_> = others.iter().map(|message| message.message_id).collect();
        for message in theirs {
            lines.push(&Line::message(message, &head))?;
        }
        let mut receipts = self.statuses.of_user(user_id, &others).await?;
        receipts.sort_by_key(|receipt| receipt.seq);
        for receipt in receipts {
            lines.push(&receipt.into())?;
        }
        Ok(end.filter(|end| !is_end(&head, *end)))
    }
}

fn is_end(head: &Head, place: HistoryPosition) -> bool {
    place.seq >= head.last_seq
}

fn rest(round: u32) -> String {
    format!("rest-{round}")
}
