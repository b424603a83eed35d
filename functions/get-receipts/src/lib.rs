//! `GET /messages/{messageId}/receipts`: who has a message, who has read it, and when they said so.

use std::collections::HashMap;

use paloma::domain::{Member, Message, MessageId, Permission, Status, Timestamp, UserId};
use paloma::edge::{Entry, LogFields, Problem, Request, Response, admit, enter};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, Chats, Messages, ReceiptRecord, Statuses};
use serde::Serialize;

/// What get-receipts works with.
#[derive(Debug, Clone)]
pub struct GetReceipts {
    accounts: Accounts,
    chats: Chats,
    messages: Messages,
    statuses: Statuses,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Receipts {
    message_id: MessageId,
    /// What the message is to all its recipients together.
    status: Status,
    receipts: Vec<Receipt>,
}

/// What the message is to one recipient. The times are there when they spoke of this very message; a receipt for a
/// later one covers it without.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Receipt {
    user_id: UserId,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivered_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    read_at: Option<Timestamp>,
}

impl GetReceipts {
    /// Takes what it works with from the environment.
    ///
    /// # Errors
    /// When a setting is missing.
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            accounts: environment.accounts()?,
            chats: environment.chats()?,
            messages: environment.messages()?,
            statuses: environment.statuses()?,
        })
    }

    /// Answers a REST request.
    ///
    /// # Errors
    /// What the client is told instead of 200.
    pub async fn answer(&self, request: Request) -> Result<Response, Problem> {
        let caller = request.session()?;
        let message_id = request.path("messageId", "message")?;
        let Some(message) = self.messages.message(message_id).await? else {
            admit(&self.accounts, caller).await?;
            return Err(Problem::not_found("message"));
        };
        let Entry { head, .. } =
            enter(&self.accounts, &self.chats, caller, message.chat_id, "message", Permission::Read).await?;
        let chat = self.chats.chat(message.chat_id).await?.ok_or_else(|| Problem::not_found("message"))?;
        let recipients = head.roster.recipients(&chat, message.sender_id);
        let (recipients, said) =
            tokio::try_join!(self.chats.members(message.chat_id, &recipients), self.statuses.of_message(message_id),)?;
        let receipts = Receipts {
            message_id,
            status: head.status_of(message.seq),
            receipts: receipts(&message, recipients, said),
        };
        Ok(Response::json(200, &receipts)?.about(LogFields::of(&message)))
    }
}

fn receipts(message: &Message, recipients: Vec<Member>, said: Vec<ReceiptRecord>) -> Vec<Receipt> {
    let said: HashMap<UserId, ReceiptRecord> = said.into_iter().map(|record| (record.user_id, record)).collect();
    let mut receipts: Vec<_> = recipients
        .into_iter()
        .map(|member| {
            let record = said.get(&member.user_id);
            Receipt {
                user_id: member.user_id,
                status: member.marks.status_of(message.seq),
                delivered_at: record.map(|record| record.delivered_at),
                read_at: record.and_then(|record| record.read_at),
            }
        })
        .collect();
    receipts.sort_by_key(|receipt| receipt.user_id);
    receipts
}

#[cfg(test)]
mod tests {
    use paloma::domain::{Body, ChatId, ClientMessageId, Content, MAX_PARTICIPANTS, Marks, Seq, Watermark};
    use paloma::edge::{MAX_PAGE_BYTES, fitting};

    use super::*;

    /// So that the answer needs no pages.
    #[test]
    fn the_receipts_of_the_largest_group_fit_in_a_twentieth_of_an_answer() {
        let (chat_id, sender_id, now) = (ChatId::random(), UserId::random(), Timestamp::now());
        let client_message_id = ClientMessageId::try_from("m1".to_owned()).unwrap();
        let message = Message {
            message_id: MessageId::derive(chat_id, sender_id, &client_message_id),
            chat_id,
            sender_id,
            client_message_id,
            body: Body::Content(Content::try_from("hello".to_owned()).unwrap()),
            seq: Seq::try_from(1).unwrap(),
            timestamp: now,
            status: Status::Sent,
            created_at: now,
        };
        let marks = Marks { delivered: Watermark::at(1), read: Watermark::at(1) };
        let members: Vec<_> =
            (1..MAX_PARTICIPANTS).map(|_| Member { marks, ..Member::new(UserId::random(), now) }).collect();
        let said = members.iter().map(|member| ReceiptRecord {
            message_id: message.message_id,
            user_id: member.user_id,
            status: paloma::domain::Receipt::Read,
            timestamp: now,
            delivered_at: now,
            read_at: Some(now),
            chat_id,
            seq: message.seq,
            sender_id,
            covers_after: Watermark::START,
            origin: None,
        });
        let said = said.collect();
        let receipts = receipts(&message, members, said);
        assert_eq!(receipts.len(), MAX_PARTICIPANTS - 1);
        let twenty: Vec<_> = std::iter::repeat_n(&receipts, 20).collect();
        assert_eq!(fitting(&twenty).unwrap(), 20, "each has more than {} bytes", MAX_PAGE_BYTES / 20);
    }
}
