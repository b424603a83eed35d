//! The history of a chat, in ChatMessagesIndex by time.

use std::time::Duration;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use serde::{Deserialize, Serialize};

use super::Messages;
use super::rows::{TABLE, message_of};
use crate::domain::{Bounds, ChatId, Head, HistoryBoundary, Message, PageLimit, Search, Seq, Timestamp, Watermark};
use crate::store::{Row, StoreError, number, text};

/// More probes than any search needs; beyond them the index is not what it should be.
const MOST_PROBES: u32 = 200;

/// How often the index is looked at when it is behind.
const MOST_LOOKS: u32 = 10;

/// The first pause between two looks; each is longer than the one before by as much: 4.5 s in all.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// A part of a chat's history, rising by seq.
#[derive(Debug)]
pub struct HistoryPage {
    /// The messages.
    pub messages: Vec<Message>,
    /// Whether more lies beyond, in the direction of the page.
    pub has_more: bool,
}

/// How far a walk through a chat's history has come: past this message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryPosition {
    /// Its place in the sequence.
    pub seq: Watermark,
    /// Its time, in epoch milliseconds.
    pub time: Timestamp,
}

impl HistoryPosition {
    /// Before the first message.
    pub const START: Self = Self { seq: Watermark::START, time: Timestamp::from_millis(0) };
}

impl From<&Message> for HistoryPosition {
    fn from(message: &Message) -> Self {
        Self { seq: message.seq.into(), time: message.timestamp }
    }
}

impl Messages {
    /// A page of a chat's history.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or a row is unreadable.
    pub async fn page(
        &self,
        chat_id: ChatId,
        head: &Head,
        bounds: Bounds,
        limit: PageLimit,
    ) -> Result<HistoryPage, StoreError> {
        match bounds {
            Bounds::Newest => self.backwards(chat_id, None, limit.get()).await,
            Bounds::Before(seq) if seq.place() > head.last_seq.place() => {
                self.backwards(chat_id, None, limit.get()).await
            }
            Bounds::Before(seq) => match Seq::try_from(seq.place()) {
                Ok(seq) => {
                    let cut = self.cut(chat_id, head, seq).await?;
                    self.backwards(chat_id, Some(cut), limit.get()).await
                }
                Err(_) => Ok(HistoryPage { messages: Vec::new(), has_more: false }),
            },
            Bounds::After(seq) => self.after(chat_id, head, seq, limit.get()).await,
        }
    }

    /// Every message after `after` up to `upto`, rising by seq.
    ///
    /// The sequence is gapless (invariant 1), so it shows when the index has not caught up with the table yet; that
    /// takes it milliseconds as a rule, and is waited for.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or [`StoreError::IndexBehind`] when a message is not in the index after
    /// some seconds.
    pub async fn between(
        &self,
        chat_id: ChatId,
        head: &Head,
        after: Watermark,
        upto: Watermark,
    ) -> Result<Vec<Message>, StoreError> {
        let count = usize::try_from(after.missing_to(upto)).unwrap_or(usize::MAX);
        if count == 0 {
            return Ok(Vec::new());
        }
        for looks in 0..MOST_LOOKS {
            tokio::time::sleep(LOOK_AGAIN * looks).await;
            let mut messages = self.after(chat_id, head, after, count).await?.messages;
            messages.retain(|message| upto.covers(message.seq));
            if messages.len() == count {
                return Ok(messages);
            }
        }
        Err(StoreError::IndexBehind { table: TABLE })
    }

    /// The next messages of a chat on a walk through all of it, whoever wrote them, rising by seq; none at its end.
    ///
    /// As in [`Messages::between`], the sequence shows when the index has not caught up, and that is waited for.
    ///
    /// # Errors
    /// When DynamoDB does not answer, a row is unreadable, or the index stays behind.
    pub async fn walk(&self, chat_id: ChatId, head: &Head, from: HistoryPosition) -> Result<Vec<Message>, StoreError> {
        if from.seq >= head.last_seq {
            return Ok(Vec::new());
        }
        for looks in 0..MOST_LOOKS {
            tokio::time::sleep(LOOK_AGAIN * looks).await;
            let query = self.query(chat_id, "#timestamp > :time");
            let query = query.expression_attribute_values(":time", number(from.time.as_millis()));
            let mut messages = self.rows(query, PageLimit::MOST.get()).await?;
            let mut last = from.seq;
            messages.retain(|message| {
                let follows = message.seq == last.next() && head.last_seq.covers(message.seq);
                if follows {
                    last = message.seq.into();
                }
                follows
            });
            if !messages.is_empty() {
                return Ok(messages);
            }
        }
        Err(StoreError::IndexBehind { table: TABLE })
    }

    async fn after(
        &self,
        chat_id: ChatId,
        head: &Head,
        after: Watermark,
        limit: usize,
    ) -> Result<HistoryPage, StoreError> {
        let missed = usize::try_from(after.missing_to(head.last_seq)).unwrap_or(usize::MAX);
        if missed == 0 {
            return Ok(HistoryPage { messages: Vec::new(), has_more: false });
        }
        let mut messages = if missed <= limit {
            // Who missed less than a page gets the end of the history, as far as the head knows it: no search for
            // where it begins.
            let end = HistoryBoundary(head.last_timestamp.plus(Duration::from_millis(1)));
            self.backwards(chat_id, Some(end), missed).await?.messages
        } else {
            let HistoryBoundary(from) = self.cut(chat_id, head, after.next()).await?;
            let query = self.query(chat_id, "#timestamp >= :time");
            self.rows(query.expression_attribute_values(":time", number(from.as_millis())), limit).await?
        };
        // The index may have a message before it has the one before that: what follows a hole is left for the next
        // page, so that a client who goes on from the last it got misses nothing.
        let mut next = after.next();
        messages.retain(|message| {
            let follows = message.seq == next;
            if follows {
                next = Watermark::from(next).next();
            }
            follows
        });
        Ok(HistoryPage { has_more: Watermark::from(next).place() <= head.last_seq.place(), messages })
    }

    /// Up to `limit` messages that lie before the cut, or the newest ones.
    async fn backwards(
        &self,
        chat_id: ChatId,
        cut: Option<HistoryBoundary>,
        limit: usize,
    ) -> Result<HistoryPage, StoreError> {
        let query = match cut {
            Some(HistoryBoundary(time)) => {
                self.query(chat_id, "#timestamp < :time").expression_attribute_values(":time", number(time.as_millis()))
            }
            None => self.query(chat_id, "#timestamp > :time").expression_attribute_values(":time", number(0)),
        };
        let mut messages = self.rows(query.scan_index_forward(false), limit).await?;
        messages.reverse();
        let has_more = messages.first().is_some_and(|message| u64::from(message.seq) > 1);
        Ok(HistoryPage { messages, has_more })
    }

    /// Finds the moment at which `seq` begins: a few small queries.
    async fn cut(&self, chat_id: ChatId, head: &Head, seq: Seq) -> Result<HistoryBoundary, StoreError> {
        let mut search = Search::new(seq, Timestamp::from_millis(0), head.last_seq, head.last_timestamp);
        if let Some((first, at)) = self.first_from(chat_id, Timestamp::from_millis(0)).await? {
            search = Search::new(seq, at, head.last_seq, head.last_timestamp);
            if first >= seq {
                return Ok(HistoryBoundary(at));
            }
            search.observe(at, Some((first, at)));
        }
        for _ in 0..MOST_PROBES {
            if let Some(cut) = search.found() {
                return Ok(cut);
            }
            let guess = search.guess();
            search.observe(guess, self.first_from(chat_id, guess).await?);
        }
        Err(StoreError::IndexBehind { table: TABLE })
    }

    async fn first_from(&self, chat_id: ChatId, from: Timestamp) -> Result<Option<(Seq, Timestamp)>, StoreError> {
        let query =
            self.query(chat_id, "#timestamp >= :time").expression_attribute_values(":time", number(from.as_millis()));
        Ok(self.rows(query, 1).await?.first().map(|message| (message.seq, message.timestamp)))
    }

    fn query(&self, chat_id: ChatId, time_condition: &str) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.table)
            .index_name("ChatMessagesIndex")
            .key_condition_expression(format!("chatId = :chat AND {time_condition}"))
            .expression_attribute_names("#timestamp", "timestamp")
            .expression_attribute_values(":chat", text(chat_id))
    }

    /// Up to `limit` rows of a query, over as many answers of at most 1 MB (DynamoDB's limit) as that takes.
    async fn rows(&self, query: QueryFluentBuilder, limit: usize) -> Result<Vec<Message>, StoreError> {
        let mut messages = Vec::new();
        let mut start: Option<Row> = None;
        loop {
            let left = i32::try_from(limit - messages.len()).unwrap_or(i32::MAX);
            let answer = query
                .clone()
                .limit(left)
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(StoreError::call("Query of ChatMessagesIndex"))?;
            for row in answer.items.unwrap_or_default() {
                messages.push(message_of(row)?);
            }
            start = answer.last_evaluated_key;
            if start.is_none() || messages.len() >= limit {
                return Ok(messages);
            }
        }
    }
}
