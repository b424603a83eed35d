//! `GET /messages/{messageId}/receipts`: the status of a message for each recipient, with times.

use std::collections::HashMap;

use paloma::domain::{Head, Member, Message, Permission, Status, Timestamp, UserId};
use paloma::edge::api::{ReceiptView, ReceiptsView};
use paloma::edge::{ChatAccess, LogFields, Problem, Request, Response, admit, enter};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, Chats, Messages, ReceiptRecord, Statuses};

#[derive(Debug, Clone)]
pub struct GetReceipts {
    accounts: Accounts,
    chats: Chats,
    messages: Messages,
    statuses: Statuses,
}

impl GetReceipts {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            accounts: environment.accounts()?,
            chats: environment.chats()?,
            messages: environment.messages()?,
            statuses: environment.statuses()?,
        })
    }

    pub async fn answer(&self, request: Request) -> Result<Response, Problem> {
        let caller = request.session()?;
        let message_id = request.path("messageId", "message")?;
        let Some(message) = self.messages.message(message_id).await? else {
            admit(&self.accounts, caller).await?;
            return Err(Problem::not_found("message"));
        };
        let ChatAccess { account, head, member } =
            enter(&self.accounts, &self.chats, caller, message.chat_id, "message", Permission::Read).await?;
        if !member.windows.shows(message.seq) {
            return Err(Problem::not_found("message"));
        }
        let chat = self.chats.chat(message.chat_id).await?.ok_or_else(|| Problem::not_found("message"))?;
        let mut recipients = head.roster.audience(&chat, message.seq);
        recipients.retain(|recipient| *recipient != message.sender_id);
        let (members, records, ticks) = tokio::try_join!(
            self.chats.members(message.chat_id, &recipients),
            self.statuses.of_message(message_id),
            self.chats.ticks(message.chat_id, &head, member.user_id),
        )?;
        let members = recipient_rows(recipients, members, (&head, &member));
        let status = ticks.status_of(message.seq, message.sender_id);
        let sees_reading = account.privacy.sees_receipts_of(message.timestamp);
        let mut receipts = receipts(&message, members, records);
        let of_others = receipts.iter_mut().filter(|receipt| receipt.user_id != member.user_id);
        of_others.filter(|_| !sees_reading).for_each(hide_reading);
        let is_shown = sees_reading || ticks.is_of_one_reader(message.sender_id, member.user_id);
        let status = if is_shown { status } else { status.min(Status::Delivered) };
        let view = ReceiptsView { message_id, status, receipts };
        Ok(Response::json(200, &view)?.with_log_fields(LogFields::of(&message)))
    }
}

/// The rows of the recipients, with the marks that the caller sees: after a block those of that moment.
fn recipient_rows(recipients: Vec<UserId>, rows: Vec<Member>, (head, caller): (&Head, &Member)) -> Vec<Member> {
    let mut rows: HashMap<_, _> = rows.into_iter().map(|row| (row.user_id, row)).collect();
    let seen = |row: Member| {
        let is_own = row.user_id == caller.user_id;
        let marks = if is_own { head.acknowledged_by(row.user_id, row.marks) } else { head.shared_marks(&row) };
        Member { marks: caller.block.map_or(marks, |block| marks.min(block.marks)), ..row }
    };
    // A user who had blocked the creator of a direct chat has no row, and looks like one who has received nothing.
    let without_row = |user| head.roster.is_direct().then(|| Member::new(user, head.last_timestamp));
    recipients.into_iter().filter_map(|user| rows.remove(&user).or_else(|| without_row(user))).map(seen).collect()
}

/// The time of a receipt that its reader did not share stays hidden, also if a later one is shared.
fn shared_read_at(record: &ReceiptRecord) -> Option<Timestamp> {
    record.read_at.filter(|_| record.hidden_after.is_none())
}

fn hide_reading(receipt: &mut ReceiptView) {
    receipt.status = receipt.status.min(Status::Delivered);
    receipt.read_at = None;
}

fn receipts(message: &Message, recipients: Vec<Member>, records: Vec<ReceiptRecord>) -> Vec<ReceiptView> {
    let records: HashMap<UserId, ReceiptRecord> = records.into_iter().map(|record| (record.user_id, record)).collect();
    let mut receipts: Vec<_> = recipients
        .into_iter()
        .map(|member| {
            let is_shown = member.windows.shows(message.seq);
            let status = if is_shown { member.marks.status_of(message.seq) } else { Status::Sent };
            let record = records.get(&member.user_id);
            ReceiptView {
                user_id: member.user_id,
                status,
                delivered_at: record.filter(|_| status >= Status::Delivered).map(|record| record.delivered_at),
                read_at: record.filter(|_| status >= Status::Read).and_then(shared_read_at),
            }
        })
        .collect();
    receipts.sort_by_key(|receipt| receipt.user_id);
    receipts
}

#[cfg(test)]
mod tests {
    use paloma::domain::{
        Body, ChangeSeq, ChatId, ClientMessageId, Content, MAX_PARTICIPANTS, Marks, MessageId, Receipt, Seq, Timestamp,
        Watermark,
    };
    use paloma::edge::{MAX_PAGE_BYTES, fitting};

    use super::*;

    /// The reason why this route needs no pages.
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
            count: None,
            timestamp: now,
            status: Status::Sent,
            created_at: now,
            version: ChangeSeq::START,
            edited_at: None,
            reply_to: None,
            reactions: None,
        };
        let marks = Marks { delivered: Watermark::at(1), read: Watermark::at(1) };
        let members: Vec<_> =
            (1..MAX_PARTICIPANTS).map(|_| Member { marks, ..Member::new(UserId::random(), now) }).collect();
        let records = members.iter().map(|member| ReceiptRecord {
            message_id: message.message_id,
            user_id: member.user_id,
            status: Receipt::Read,
            timestamp: now,
            delivered_at: now,
            read_at: Some(now),
            chat_id,
            seq: message.seq,
            count: None,
            sender_id,
            covers_after: Watermark::START,
            hidden_after: None,
            origin: None,
        });
        let records = records.collect();
        let receipts = receipts(&message, members, records);
        assert_eq!(receipts.len(), MAX_PARTICIPANTS - 1);
        let twenty: Vec<_> = std::iter::repeat_n(&receipts, 20).collect();
        assert_eq!(fitting(&twenty).unwrap(), 20, "each has more than {} bytes", MAX_PAGE_BYTES / 20);
    }
}
