//! Writes receipts, over REST and over sockets.
//!
//! 1. The message, and the reader's place in its chat.
//! 2. The fact (MessageStatus), whose stream does the rest: see propagate-status.
//! 3. The reader's own mark, so that their unread count is right at once, and in the same write that of the device that
//!    speaks, if it names itself: push passes over phones that have acknowledged themselves (invariant 8).
//!
//! In that order: a crash in between leaves the fact, and the stream moves the mark. A further device that acknowledges
//! what another has acknowledged before is no fact for anybody else: it costs the write of its own mark, and no more.

use paloma::domain::{
    ChatId, ConnectionId, DeviceId, Head, Marks, Member, Message, MessageId, Permission, Receipt, Seq, Session, Status,
    Timestamp, Watermark,
};
use paloma::edge::{ChatAccess, Frame, LogFields, Problem, Reply, Request, Response, admit, enter};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, Chats, Messages, Statuses};
use serde::{Deserialize, Serialize};

/// What update-status works with.
#[derive(Debug, Clone)]
pub struct UpdateStatus {
    accounts: Accounts,
    chats: Chats,
    messages: Messages,
    statuses: Statuses,
}

/// `PUT /messages/{messageId}/status`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    status: Receipt,
    #[serde(default)]
    device_id: Option<DeviceId>,
}

/// `{"action": "updateStatus", …}`: the message by its id, or by its place.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FrameBody {
    status: Receipt,
    #[serde(default)]
    message_id: Option<MessageId>,
    #[serde(default)]
    chat_id: Option<ChatId>,
    #[serde(default)]
    seq: Option<Seq>,
    #[serde(default)]
    device_id: Option<DeviceId>,
}

/// Where a receipt comes from, as far as it says.
#[derive(Debug, Clone, Default)]
struct Source {
    socket: Option<ConnectionId>,
    device: Option<DeviceId>,
}

/// Where the reader stands now.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Standing {
    chat_id: ChatId,
    message_id: MessageId,
    seq: Seq,
    status: Status,
    delivered_seq: Watermark,
    read_seq: Watermark,
    unread_count: u64,
}

impl UpdateStatus {
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
        let reader = request.session()?;
        let message_id = request.path("messageId", "message")?;
        let Body { status, device_id: device } = request.body()?;
        let (message, head, member) = self.by_id(message_id, reader).await?;
        let source = Source { socket: None, device };
        let standing = self.receive(&message, &head, &member, status, source).await?;
        Ok(Response::json(200, &standing)?
            .with_log_fields(LogFields { outcome: Some(standing.status.as_str()), ..LogFields::of(&message) }))
    }

    /// Answers a frame.
    ///
    /// # Errors
    /// What the client is told instead of an `ack`.
    pub async fn answer_frame(&self, frame: Frame) -> Result<Reply, Problem> {
        let reader = frame.session()?;
        let body: FrameBody = frame.body()?;
        let source = Source { socket: Some(frame.connection.clone()), device: body.device_id.or(frame.device_id()) };
        let status = body.status;
        let (message, head, member) = match body {
            FrameBody { message_id: Some(message_id), .. } => self.by_id(message_id, reader).await?,
            FrameBody { chat_id: Some(chat_id), seq: Some(seq), .. } => self.by_place(chat_id, seq, reader).await?,
            FrameBody { chat_id: Some(_), .. } => return Err(Problem::field("seq", "is missing")),
            FrameBody { .. } => return Err(Problem::field("messageId", "is missing; or give chatId and seq")),
        };
        let standing = self.receive(&message, &head, &member, status, source).await?;
        Ok(frame
            .ack(&standing)
            .with_log_fields(LogFields { outcome: Some(standing.status.as_str()), ..LogFields::of(&message) }))
    }

    async fn by_id(&self, message_id: MessageId, reader: Session) -> Result<(Message, Head, Member), Problem> {
        let Some(message) = self.messages.message(message_id).await? else {
            admit(&self.accounts, reader).await?;
            return Err(Problem::not_found("message"));
        };
        let entry =
            enter(&self.accounts, &self.chats, reader, message.chat_id, "message", Permission::Acknowledge).await?;
        Ok((message, entry.head, entry.member))
    }

    async fn by_place(&self, chat_id: ChatId, seq: Seq, reader: Session) -> Result<(Message, Head, Member), Problem> {
        let ChatAccess { head, member, .. } =
            enter(&self.accounts, &self.chats, reader, chat_id, "chat", Permission::Acknowledge).await?;
        if !head.last_seq.covers(seq) {
            return Err(Problem::not_found("message"));
        }
        // Receipts mostly speak of the newest message, whose id the head knows.
        if let Some(last) = head.last_message.as_ref().filter(|last| last.seq == seq) {
            let message = self.messages.message(last.message_id).await?.ok_or_else(|| Problem::not_found("message"))?;
            return Ok((message, head, member));
        }
        let before = Watermark::at(u64::from(seq) - 1);
        let found = self.messages.between(chat_id, &head, before, seq.into()).await?;
        let message = found.into_iter().next().ok_or_else(|| Problem::not_found("message"))?;
        Ok((message, head, member))
    }

    /// Takes a receipt. One that goes backwards, or says what was said, changes nothing.
    async fn receive(
        &self,
        message: &Message,
        head: &Head,
        member: &Member,
        receipt: Receipt,
        source: Source,
    ) -> Result<Standing, Problem> {
        if message.sender_id == member.user_id {
            return Err(Problem::forbidden("You wrote this message: only those who receive it can say so."));
        }
        if !member.marks.cover(receipt, message.seq) {
            let covers_after = match receipt {
                Receipt::Delivered => member.marks.delivered,
                Receipt::Read => member.marks.read,
            };
            let (reader, now) = (member.user_id, Timestamp::now());
            self.statuses.record(message, reader, receipt, covers_after, source.socket.as_ref(), now).await?;
        }
        let (chat_id, seq) = (message.chat_id, message.seq);
        let marks = match source.device {
            Some(device) => self.chats.advance_on(device, chat_id, member, receipt, seq).await?,
            None => self.chats.advance(chat_id, member.user_id, member.marks, receipt, seq).await?,
        };
        Ok(standing(message, head, Member { marks, ..member.clone() }))
    }
}

fn standing(message: &Message, head: &Head, member: Member) -> Standing {
    let Marks { delivered, read } = head.marks_of(&member);
    Standing {
        chat_id: message.chat_id,
        message_id: message.message_id,
        seq: message.seq,
        status: member.marks.status_of(message.seq),
        delivered_seq: delivered,
        read_seq: read,
        unread_count: read.missing_to(head.last_seq),
    }
}
