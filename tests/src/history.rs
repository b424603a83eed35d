//! Long histories, written into the tables: sending ten thousand messages takes minutes.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use futures::{StreamExt, stream};
use paloma::domain::{
    Body, ChangeSeq, ChatId, ClientMessageId, Content, Message, MessageId, Status, Timestamp, UserId,
};

use crate::World;

/// DynamoDB's limit for the rows of one BatchWriteItem.
const BATCH: usize = 25;

/// Messages at the beginning of a chat that is empty so far.
#[derive(Debug, Clone)]
pub struct History {
    pub chat_id: ChatId,
    /// Each sends one message in turn.
    pub senders: Vec<UserId>,
    /// Each content is used in turn, with the seq instead of `{seq}`.
    pub contents: Vec<String>,
    pub count: u64,
    /// The time of the first message, and the time from each message to the next, in milliseconds.
    pub first_at: u64,
    pub interval: u64,
    /// The last message that a member has read, if it is not the last one. All members have received all messages.
    pub read: HashMap<UserId, u64>,
}

impl World {
    /// Stores a history as if it had been sent, without its summary: the next message that is sent adds the summary.
    pub async fn store_history(&self, history: &History) {
        let rows: Vec<_> = (1..=history.count).map(|seq| history.row(seq)).collect();
        let (dynamodb, table) = (self.dynamodb(), &self.description().tables["messages"]);
        let batches = rows.chunks(BATCH).map(|batch| {
            let put = |row: &Row| PutRequest::builder().set_item(Some(row.clone())).build().unwrap();
            let puts = batch.iter().map(|row| WriteRequest::builder().put_request(put(row)).build()).collect();
            dynamodb.batch_write_item().request_items(table, puts).send()
        });
        stream::iter(batches.collect::<Vec<_>>())
            .buffer_unordered(8)
            .for_each(async |stored| drop(stored.unwrap()))
            .await;
        self.store_marks(history).await;
    }

    async fn store_marks(&self, history: &History) {
        let last = history.count;
        let read = |user| history.read.get(user).copied().unwrap_or(last);
        for member in &history.senders {
            let marks = [("deliveredSeq", last), ("readSeq", read(member))];
            self.set_numbers(&format!("{}#{member}", history.chat_id), &marks).await;
        }
        let lowest = history.senders.iter().map(read).min().unwrap_or(last);
        let head =
            [("lastSeq", last), ("lastTimestamp", history.time_of(last)), ("deliveredSeq", last), ("readSeq", lowest)];
        self.set_numbers(&format!("{}#head", history.chat_id), &head).await;
    }

    async fn set_numbers(&self, chat_row: &str, numbers: &[(&str, u64)]) {
        let sets: Vec<_> = numbers.iter().map(|(name, _)| format!("{name} = :{name}")).collect();
        let mut update = self.dynamodb().update_item().table_name(&self.description().tables["chats"]);
        update = update.key("chatId", AttributeValue::S(chat_row.to_owned()));
        for (name, number) in numbers {
            update = update.expression_attribute_values(format!(":{name}"), AttributeValue::N(number.to_string()));
        }
        let update = update.update_expression(format!("SET {}", sets.join(", ")));
        update.condition_expression("attribute_exists(chatId)").send().await.unwrap();
    }
}

type Row = HashMap<String, AttributeValue>;

impl History {
    fn row(&self, seq: u64) -> Row {
        let index = usize::try_from(seq - 1).unwrap();
        let sender_id = self.senders[index % self.senders.len()];
        let client_message_id = ClientMessageId::try_from(format!("history-{seq}")).unwrap();
        let content = self.contents[index % self.contents.len()].replace("{seq}", &seq.to_string());
        let timestamp = Timestamp::from_millis(self.time_of(seq));
        let message = Message {
            message_id: MessageId::derive(self.chat_id, sender_id, &client_message_id),
            chat_id: self.chat_id,
            sender_id,
            client_message_id,
            body: Body::Content(Content::try_from(content).unwrap()),
            seq: seq.try_into().unwrap(),
            count: None,
            timestamp,
            status: Status::Delivered,
            created_at: timestamp,
            version: ChangeSeq::START,
            edited_at: None,
            reply_to: None,
            reactions: None,
        };
        serde_dynamo::to_item(&message).unwrap()
    }

    fn time_of(&self, seq: u64) -> u64 {
        self.first_at + (seq - 1) * self.interval
    }
}
