//! Accepts messages, over REST and over sockets.
//!
//! 1. One read: the sender's account and member row, and the chat's head.
//! 2. One transaction assigns the next seq and stores the message (`assign`).
//! 3. Two calls enqueue the delivery and then the summary. Then the sender gets the answer.
//!
//! The work does not grow with the size of the group. The consumers of the queues do the rest.

mod assign;

use paloma::domain::{Accepted, ConnectionId, Draft, Permission, Session, Timestamp};
use paloma::edge::api::{SendFrame, SendRequest};
use paloma::edge::{ChatAccess, Frame, Problem, Reply, Request, Response, enter};
use paloma::queue::{Audience, DeliveryJob, Queue, SummaryJob};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, Chats, MessageLog};

pub use crate::assign::SentMessage;
use crate::assign::assign_seq;

#[derive(Debug, Clone)]
pub struct SendMessage {
    accounts: Accounts,
    chats: Chats,
    log: MessageLog,
    summaries: Queue<SummaryJob>,
    deliveries: Queue<DeliveryJob>,
}

impl SendMessage {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            accounts: environment.accounts()?,
            chats: environment.chats()?,
            log: environment.message_log()?,
            summaries: environment.summaries()?,
            deliveries: environment.deliveries()?,
        })
    }

    pub async fn answer(&self, request: Request) -> Result<Response, Problem> {
        let session = request.session()?;
        let chat_id = request.path("chatId", "chat")?;
        let SendRequest { content, client_message_id } = request.body()?;
        let draft = Draft { chat_id, sender_id: session.user_id, client_message_id, content };
        let sent = self.send(session, draft, None).await?;
        Ok(Response::json(202, &Accepted::from(&sent.message))?.with_log_fields(sent.log_fields()))
    }

    pub async fn answer_frame(&self, frame: Frame) -> Result<Reply, Problem> {
        let session = frame.session()?;
        let SendFrame { chat_id, content, client_message_id } = frame.body()?;
        let draft = Draft { chat_id, sender_id: session.user_id, client_message_id, content };
        let sent = self.send(session, draft, Some(frame.connection.clone())).await?;
        Ok(frame.ack(&Accepted::from(&sent.message)).with_log_fields(sent.log_fields()))
    }

    /// Stores and enqueues a message, or finds it stored (invariant 2). A repetition enqueues both jobs again, since
    /// the first try may have died before; a job that runs twice changes nothing.
    ///
    /// # Errors
    /// 401 for an ended session, 404 for a chat without this member, 409 if the sender has used the `clientMessageId`
    /// for other content, 429 above the sender's limit, 503 if a table or queue does not answer or other messages were
    /// faster for 10 s. After a 503 the message may be stored, and the same request completes it.
    pub async fn send(
        &self,
        session: Session,
        draft: Draft,
        origin: Option<ConnectionId>,
    ) -> Result<SentMessage, Problem> {
        let now = Timestamp::now();
        let entry = enter(&self.accounts, &self.chats, session, draft.chat_id, "chat", Permission::Send).await?;
        entry.may_send(&self.accounts, now)?;
        let ChatAccess { account, head, member } = entry;
        let sent = assign_seq(&self.log, &draft, head.clone(), now).await?;
        let message = &sent.message;
        let summary = if sent.repeated {
            SummaryJob::of(message)
        } else {
            SummaryJob::of_new(message, head.sending_reads(&member, message.seq), account.send_charge())
        };
        let delivery = DeliveryJob::of_message(message, Audience::everyone_in(&head), origin);
        // In this order: the summary proves to the safety net that the delivery was enqueued.
        self.deliveries.enqueue(message.chat_id, &delivery).await?;
        self.summaries.enqueue(message.chat_id, &summary).await?;
        Ok(sent)
    }
}
