//! `GET /messages/{messageId}/receipts`: who has a message, who has read it, and when they said so.

use std::collections::HashMap;

use paloma::domain::{Member, Message, MessageId, Status, Timestamp, UserId};
use paloma::edge::{Entry, Facts, Problem, Request, Response, admit, enter};
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
        let Entry { head, .. } = enter(&self.accounts, &self.chats, caller, message.chat_id, "message").await?;
        let chat = self.chats.chat(message.chat_id).await?.ok_or_else(|| Problem::not_found("message"))?;
        let participants = head.still_in(&chat.participants);
        let (members, said) = tokio::try_join!(
            self.chats.members(message.chat_id, &participants),
            self.statuses.of_message(message_id),
        )?;
        let receipts =
            Receipts { message_id, status: head.status_of(message.seq), receipts: receipts(&message, members, said) };
        Ok(Response::json(200, &receipts)?.about(Facts::of(&message)))
    }
}

fn receipts(message: &Message, members: Vec<Member>, said: Vec<ReceiptRecord>) -> Vec<Receipt> {
    let said: HashMap<UserId, ReceiptRecord> = said.into_iter().map(|record| (record.user_id, record)).collect();
    let recipients = members.into_iter().filter(|member| member.user_id != message.sender_id);
    let mut receipts: Vec<_> = recipients
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
