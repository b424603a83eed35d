//! Accepts messages, over REST and over sockets.
//!
//! 1. One read: the sender's account and member row, and the chat's head. Beside it, a reply reads its message.
//! 2. One transaction assigns the next seq and stores the message (`assign`).
//! 3. Two calls enqueue the delivery and then the summary. Then the sender gets the answer.
//!
//! The work does not grow with the size of the group. The consumers of the queues do the rest.

mod assign;

use paloma::domain::{Accepted, Circle, ConnectionId, Draft, Member, Message, Permission, Session, Timestamp};
use paloma::edge::api::{SendFrame, SendRequest};
use paloma::edge::{ChatAccess, Frame, Problem, Reply, Request, Response, enter};
use paloma::queue::{DeliveryJob, Queue, SummaryJob};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, Chats, MessageLog, Messages, Sharing};

pub use crate::assign::SentMessage;
use crate::assign::assign_seq;

#[derive(Debug, Clone)]
pub struct SendMessage {
    accounts: Accounts,
    chats: Chats,
    messages: Messages,
    log: MessageLog,
    summaries: Queue<SummaryJob>,
    deliveries: Queue<DeliveryJob>,
}

impl SendMessage {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            accounts: environment.accounts()?,
            chats: environment.chats()?,
            messages: environment.messages()?,
            log: environment.message_log()?,
            summaries: environment.summaries()?,
            deliveries: environment.deliveries()?,
        })
    }

    pub async fn answer(&self, request: Request) -> Result<Response, Problem> {
        let session = request.session()?;
        let chat_id = request.path("chatId", "chat")?;
        let SendRequest { content, client_message_id, reply_to } = request.body()?;
        let draft = Draft { chat_id, sender_id: session.user_id, client_message_id, content, reply_to };
        let sent = self.send(session, draft, None).await?;
        Ok(Response::json(202, &Accepted::from(&sent.message))?.with_log_fields(sent.log_fields()))
    }

    pub async fn answer_frame(&self, frame: Frame) -> Result<Reply, Problem> {
        let session = frame.session()?;
        let SendFrame { chat_id, content, client_message_id, reply_to } = frame.body()?;
        let draft = Draft { chat_id, sender_id: session.user_id, client_message_id, content, reply_to };
        let sent = self.send(session, draft, Some(frame.connection.clone())).await?;
        Ok(frame.ack(&Accepted::from(&sent.message)).with_log_fields(sent.log_fields()))
    }

    /// Stores and enqueues a message, or finds it stored (invariant 2). A repetition enqueues both jobs again, since
    /// the first try may have died before; a job that runs twice changes nothing.
    ///
    /// # Errors
    /// 400 for a reply to a message that the sender may not see, 401 for an ended session, 404 for a chat that the
    /// sender never was in, 403 for one that they have left or where only admins may write, 409 if the sender has used
    /// the `clientMessageId` for other content, 429 above the sender's limit, 503 if a table or queue does not answer
    /// or other messages were faster for 10 s. After a 503 the message may be stored, and the same request completes
    /// it.
    pub async fn send(
        &self,
        session: Session,
        draft: Draft,
        origin: Option<ConnectionId>,
    ) -> Result<SentMessage, Problem> {
        let now = Timestamp::now();
        let (entry, answered) = tokio::try_join!(
            enter(&self.accounts, &self.chats, session, draft.chat_id, "chat", Permission::Send),
            self.answered(&draft),
        )?;
        entry.may_send(&self.accounts, now)?;
        if let Some(answered) = answered {
            may_answer(answered.as_ref(), &draft, &entry.member)?;
        }
        let ChatAccess { account, head, member } = entry;
        // The recipient of a message is a contact of its sender, so `contacts` shares here.
        let sharing = Sharing::of(account.privacy.receipts != Circle::Nobody || !head.roster.is_direct());
        let sent = assign_seq((&self.log, &self.chats), &draft, (head.clone(), member.clone(), sharing), now).await?;
        let message = &sent.message;
        let summary = if sent.repeated {
            SummaryJob::of(message)
        } else {
            SummaryJob::of_new(
                message,
                head.sending_reads(&member, message.seq, sharing == Sharing::Shared),
                account.send_charge(),
            )
        };
        let delivery = DeliveryJob::of_message(message, sent.audience.clone(), origin);
        // In this order: the summary proves to the safety net that the delivery was enqueued.
        self.deliveries.enqueue(message.chat_id, &delivery).await?;
        self.summaries.enqueue(message.chat_id, &summary).await?;
        Ok(sent)
    }

    /// The message that a draft answers, if any: the only call that a reply costs more than another message.
    async fn answered(&self, draft: &Draft) -> Result<Option<Option<Message>>, Problem> {
        let Some(message_id) = draft.reply_to else { return Ok(None) };
        Ok(Some(self.messages.message(message_id).await?))
    }
}

/// A reply is to a message that its sender may see. It may have been deleted since the sender saw it.
fn may_answer(answered: Option<&Message>, draft: &Draft, sender: &Member) -> Result<(), Problem> {
    let is_visible = |message: &&Message| message.chat_id == draft.chat_id && sender.windows.shows(message.seq);
    match answered.filter(is_visible) {
        Some(message) if message.body.notice().is_none() => Ok(()),
        _ => Err(Problem::field("replyTo", "must be the messageId of a message of this chat that you may see")),
    }
}
