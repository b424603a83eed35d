//! The history of a chat: ChatMessagesIndex, which is sorted by time.

use std::time::Duration;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;

use super::Messages;
use super::gaps::{MAX_TRIES, PAUSE, is_past, retain_gapless};
use super::rows::{TABLE, message_of};
use crate::domain::{
    Bounds, ChatId, Head, HistoryBoundary, Message, PageLimit, Search, Seq, Span, Timestamp, Watermark, Windows,
};
use crate::store::{Row, StoreError, number, text};

/// Limit of queries in a search for a boundary. A search needs fewer, unless the index is inconsistent.
const MAX_PROBES: u32 = 200;

/// A page of a chat's history, in the order of seq.
#[derive(Debug)]
pub struct HistoryPage {
    /// The messages of the page.
    pub messages: Vec<Message>,
    /// Whether more messages follow in the direction of the page.
    pub has_more: bool,
    /// All messages up to this one are removed.
    pub removed: Watermark,
}

impl HistoryPage {
    /// Whether this page forwards has all messages up to this one that are not removed.
    fn reaches(&self, upto: Watermark) -> bool {
        !self.has_more || self.messages.last().is_some_and(|last| Watermark::from(last.seq) >= upto)
    }
}

impl Messages {
    /// A page of a chat's history within the windows of a member. It ends with the last message that the head knows, so
    /// that a member who is being removed gets no message after that.
    pub async fn page(
        &self,
        chat_id: ChatId,
        head: &Head,
        windows: &Windows,
        (bounds, limit): (Bounds, PageLimit),
    ) -> Result<HistoryPage, StoreError> {
        let (forwards, mut messages) = (matches!(bounds, Bounds::After(_)), Vec::new());
        let (mut has_later, mut removed) = (true, Watermark::START);
        for span in Span::of(windows.ranges(bounds, head.last_seq)) {
            let (after, upto) = (span.after, span.upto);
            let missing = limit.get() - messages.len();
            if missing == 0 {
                break;
            }
            let count = span.to_read(missing);
            if forwards {
                let found = self.after(chat_id, head, after, count.max(missing)).await?;
                has_later = found.has_more;
                let is_complete = found.reaches(upto);
                let found = found.messages.into_iter().filter(|message| upto.covers(message.seq));
                messages.extend(found.filter(|message| windows.shows(message.seq)));
                if !is_complete {
                    break;
                }
            } else {
                let boundary = self.end_of(chat_id, head, upto).await?;
                let mut found = self.backwards(chat_id, boundary, count).await?;
                if let Some(first) = found.first().filter(|first| found.len() < count && is_past(first.timestamp)) {
                    removed = Watermark::at(u64::from(first.seq) - 1);
                }
                found.retain(|message| !after.covers(message.seq) && windows.shows(message.seq));
                found.extend(messages);
                messages = found;
            }
        }
        let rest = match (bounds, messages.first(), messages.last()) {
            (Bounds::After(_), _, Some(last)) => Bounds::After(last.seq.into()),
            (Bounds::After(_), _, None) => bounds,
            (_, Some(first), _) => Bounds::Before(first.seq.into()),
            (_, None, _) => return Ok(HistoryPage { messages, has_more: false, removed }),
        };
        let rest = windows.ranges(rest, head.last_seq);
        let has_more = has_later && rest.iter().any(|(_, upto)| *upto > removed);
        Ok(HistoryPage { messages, has_more, removed })
    }

    /// The boundary after message `upto`. That after the last one follows from the head.
    async fn end_of(&self, chat_id: ChatId, head: &Head, upto: Watermark) -> Result<HistoryBoundary, StoreError> {
        if upto >= head.last_seq {
            return Ok(HistoryBoundary(head.last_timestamp.plus(Duration::from_millis(1))));
        }
        self.boundary(chat_id, head, upto.next()).await
    }

    /// All messages after `after` up to `upto`, in the order of seq, also those that are too old to be shown, as far as
    /// they are not removed.
    ///
    /// The sequence is gapless (invariant 1), so a missing message shows that the index is behind its table, usually
    /// for milliseconds. Then the call waits and tries again.
    ///
    /// # Errors
    /// Also [`StoreError::IndexBehind`], when the index is still behind after 4.5 s.
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
        let mut after = after;
        for tries in 0..MAX_TRIES {
            tokio::time::sleep(PAUSE * tries).await;
            if after >= upto {
                return Ok(Vec::new());
            }
            let found = self.after(chat_id, head, after, count).await?;
            if found.reaches(upto) {
                return Ok(found.messages.into_iter().filter(|message| upto.covers(message.seq)).collect());
            }
            after = after.max(self.expired(chat_id).await?);
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
        let missing = usize::try_from(after.missing_to(head.last_seq)).unwrap_or(usize::MAX);
        if missing == 0 {
            return Ok(HistoryPage { messages: Vec::new(), has_more: false, removed: Watermark::START });
        }
        let mut messages = if missing <= limit {
            // Less than a page is missing: the last messages, as far as the head knows, need no search for a boundary.
            let end = HistoryBoundary(head.last_timestamp.plus(Duration::from_millis(1)));
            self.backwards(chat_id, end, missing).await?
        } else {
            let HistoryBoundary(from) = self.boundary(chat_id, head, after.next()).await?;
            let query = self.query(chat_id, "#timestamp >= :time");
            self.rows(query.expression_attribute_values(":time", number(from.as_millis())), limit).await?
        };
        // No message follows those of a short answer, and if the last one is that old, it is removed.
        let is_end = is_past(head.last_timestamp) && (missing <= limit || messages.len() < limit);
        let next = retain_gapless(&mut messages, after.next());
        let has_more = !is_end && Watermark::from(next) <= head.last_seq;
        Ok(HistoryPage { has_more, messages, removed: Watermark::START })
    }

    /// Up to `limit` messages before a boundary.
    async fn backwards(
        &self,
        chat_id: ChatId,
        HistoryBoundary(time): HistoryBoundary,
        limit: usize,
    ) -> Result<Vec<Message>, StoreError> {
        let query = self.query(chat_id, "#timestamp < :time");
        let query = query.expression_attribute_values(":time", number(time.as_millis()));
        let mut messages = self.rows(query.scan_index_forward(false), limit).await?;
        messages.reverse();
        Ok(messages)
    }

    /// Finds the boundary before `seq`: a few small queries.
    async fn boundary(&self, chat_id: ChatId, head: &Head, seq: Seq) -> Result<HistoryBoundary, StoreError> {
        let mut search = Search::new(seq, Timestamp::from_millis(0), head.last_seq, head.last_timestamp);
        if let Some((first, at)) = self.first_from(chat_id, Timestamp::from_millis(0)).await? {
            search = Search::new(seq, at, head.last_seq, head.last_timestamp);
            if first >= seq {
                return Ok(HistoryBoundary(at));
            }
            search.observe(at, Some((first, at)));
        }
        for _ in 0..MAX_PROBES {
            if let Some(boundary) = search.found() {
                return Ok(boundary);
            }
            let guess = search.guess();
            search.observe(guess, self.first_from(chat_id, guess).await?);
        }
        Err(StoreError::IndexBehind { table: TABLE })
    }

    async fn first_from(&self, chat_id: ChatId, from: Timestamp) -> Result<Option<(Seq, Timestamp)>, StoreError> {
        Ok(self.first_message_from(chat_id, from).await?.map(|message| (message.seq, message.timestamp)))
    }

    pub(super) async fn first_message_from(
        &self,
        chat_id: ChatId,
        from: Timestamp,
    ) -> Result<Option<Message>, StoreError> {
        let query =
            self.query(chat_id, "#timestamp >= :time").expression_attribute_values(":time", number(from.as_millis()));
        Ok(self.rows(query, 1).await?.pop())
    }

    pub(super) fn query(&self, chat_id: ChatId, time_condition: &str) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.table)
            .index_name("ChatMessagesIndex")
            .key_condition_expression(format!("chatId = :chat AND {time_condition}"))
            .expression_attribute_names("#timestamp", "timestamp")
            .expression_attribute_values(":chat", text(chat_id))
    }

    /// Up to `limit` rows of a query. It takes one call per 1 MB (DynamoDB's limit).
    pub(super) async fn rows(&self, query: QueryFluentBuilder, limit: usize) -> Result<Vec<Message>, StoreError> {
        let mut messages = Vec::new();
        let mut start: Option<Row> = None;
        loop {
            let missing = i32::try_from(limit - messages.len()).unwrap_or(i32::MAX);
            let answer = query
                .clone()
                .limit(missing)
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
