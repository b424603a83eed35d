//! Stores receipts, over REST and over sockets.
//!
//! 1. Reads the chat's head, and the reader's account and member row; also the message, unless the head names it.
//! 2. Stores the receipt in MessageStatus. The table's stream invokes propagate-status.
//! 3. Moves the reader's own mark, so that the unread count is right at once. The same write moves the mark of the
//!    device, if the request names it: push leaves out phones that have acknowledged themselves (invariant 8).
//!
//! In this order: after a crash between the writes, the stream still moves the mark. If a second device acknowledges a
//! message, no receipt is stored again; that costs only the write of the device's mark.

use paloma::domain::{
    ChatId, ConnectionId, DeviceId, Head, Marks, Member, MessageId, MessageRef, Permission, Receipt, Seq, Session,
    Timestamp, Watermark,
};
use paloma::edge::api::{ReaderMarks, ReceiptFrame, ReceiptRequest};
use paloma::edge::{ChatAccess, Frame, LogFields, Problem, Reply, Request, Response, admit, enter};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, Chats, Messages, Sharing, Statuses};

#[derive(Debug, Clone)]
pub struct UpdateStatus {
    accounts: Accounts,
    chats: Chats,
    messages: Messages,
    statuses: Statuses,
}

/// The socket and the device that sent a receipt, if they are known.
#[derive(Debug, Clone, Default)]
struct ReceiptOrigin {
    connection: Option<ConnectionId>,
    device_id: Option<DeviceId>,
}

impl UpdateStatus {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            accounts: environment.accounts()?,
            chats: environment.chats()?,
            messages: environment.messages()?,
            statuses: environment.statuses()?,
        })
    }

    pub async fn answer(&self, request: Request) -> Result<Response, Problem> {
        let reader = request.session()?;
        let message_id = request.path("messageId", "message")?;
        let ReceiptRequest { status, device_id } = request.body()?;
        let (message, entry) = self.by_id(message_id, reader).await?;
        let origin = ReceiptOrigin { connection: None, device_id };
        let marks = self.store_receipt(message, &entry, status, origin).await?;
        Ok(Response::json(200, &marks)?
            .with_log_fields(LogFields { outcome: Some(marks.status.as_str()), ..LogFields::of_ref(message) }))
    }

    pub async fn answer_frame(&self, frame: Frame) -> Result<Reply, Problem> {
        let reader = frame.session()?;
        let body: ReceiptFrame = frame.body()?;
        let device_id = body.device_id.or(frame.device_id());
        let origin = ReceiptOrigin { connection: Some(frame.connection.clone()), device_id };
        let status = body.status;
        let (message, entry) = match body {
            ReceiptFrame { message_id: Some(message_id), .. } => self.by_id(message_id, reader).await?,
            ReceiptFrame { chat_id: Some(chat_id), seq: Some(seq), .. } => self.by_seq(chat_id, seq, reader).await?,
            ReceiptFrame { chat_id: Some(_), .. } => return Err(Problem::field("seq", "is missing")),
            ReceiptFrame { .. } => return Err(Problem::field("messageId", "is missing; or give chatId and seq")),
        };
        let marks = self.store_receipt(message, &entry, status, origin).await?;
        Ok(frame
            .ack(&marks)
            .with_log_fields(LogFields { outcome: Some(marks.status.as_str()), ..LogFields::of_ref(message) }))
    }

    async fn by_id(&self, message_id: MessageId, reader: Session) -> Result<(MessageRef, ChatAccess), Problem> {
        let Some(message) = self.messages.message(message_id).await? else {
            admit(&self.accounts, reader).await?;
            return Err(Problem::not_found("message"));
        };
        let entry =
            enter(&self.accounts, &self.chats, reader, message.chat_id, "message", Permission::Acknowledge).await?;
        if !entry.member.windows.shows(message.seq) {
            return Err(Problem::not_found("message"));
        }
        Ok((MessageRef::from(&message), entry))
    }

    async fn by_seq(&self, chat_id: ChatId, seq: Seq, reader: Session) -> Result<(MessageRef, ChatAccess), Problem> {
        let entry = enter(&self.accounts, &self.chats, reader, chat_id, "chat", Permission::Acknowledge).await?;
        let ChatAccess { head, member, .. } = &entry;
        if !head.last_seq.covers(seq) || !member.windows.shows(seq) {
            return Err(Problem::not_found("message"));
        }
        // Most receipts are about the newest message, which the head names.
        if let Some(last) = head.last_stored(chat_id).filter(|last| last.seq == seq) {
            return Ok((last, entry));
        }
        let before = Watermark::at(u64::from(seq) - 1);
        let found = self.messages.between(chat_id, head, before, seq.into()).await?;
        let message = found.into_iter().next().ok_or_else(|| Problem::not_found("message"))?;
        Ok((MessageRef::from(&message), entry))
    }

    /// A receipt that is older than the reader's mark, or a repetition, changes nothing. The privacy setting of the
    /// reader at this moment decides for good what other users see of it.
    async fn store_receipt(
        &self,
        message: MessageRef,
        entry: &ChatAccess,
        receipt: Receipt,
        origin: ReceiptOrigin,
    ) -> Result<ReaderMarks, Problem> {
        let ChatAccess { account, head, member } = entry;
        let sharing = Sharing::of(head.shares_receipts(member, account.privacy.receipts));
        if message.sender_id == member.user_id {
            return Err(Problem::forbidden("You sent this message: only its recipients can acknowledge it."));
        }
        if !member.marks.cover(receipt, message.seq) {
            let Marks { delivered, read } = member.marks;
            let ranges = match (receipt, sharing) {
                (Receipt::Delivered, _) => (delivered, None),
                (Receipt::Read, Sharing::Shared) => (member.shared_read(), None),
                (Receipt::Read, Sharing::Hidden) => (read, Some(delivered)),
            };
            let (reader, now) = (member.user_id, Timestamp::now());
            self.statuses.record(message, reader, receipt, ranges, origin.connection.as_ref(), now).await?;
        }
        let (chat_id, place) = (message.chat_id, (message.seq, message.count));
        let marks = match origin.device_id {
            Some(device_id) => self.chats.advance_on(device_id, chat_id, member, receipt, place, sharing).await?,
            None => self.chats.advance(chat_id, member.user_id, member, receipt, place, sharing).await?,
        };
        // If a later receipt was faster, its count is unknown: the answer then shows a few unread messages too many.
        let read_count = if marks.read > member.marks.read { message.count } else { member.read_count };
        let expired = head.expired(self.messages.retention().oldest_shown(Timestamp::now()));
        let member = Member { marks, read_count, ..member.clone() }.without_expired(expired);
        Ok(reader_marks(message, head, member))
    }
}

fn reader_marks(message: MessageRef, head: &Head, member: Member) -> ReaderMarks {
    let Marks { delivered, read } = head.marks_of(&member);
    ReaderMarks {
        chat_id: message.chat_id,
        message_id: message.message_id,
        seq: message.seq,
        status: member.marks.status_of(message.seq),
        delivered_seq: delivered,
        read_seq: read,
        unread_count: head.unread_of(&member),
    }
}
