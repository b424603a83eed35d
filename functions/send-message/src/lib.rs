//! Accepts messages, over REST and over sockets.
//!
//! 1. One read: the sender's account and member row, and the chat's head.
//! 2. One transaction: the next seq is allotted and the message stored (`allot`).
//! 3. Two enqueues: the delivery, and after it the summary. Then the sender has their answer.
//!
//! That is all, whatever the size of the group; everything else happens behind the queues.

mod allot;

use paloma::domain::{Accepted, ChatId, ClientMessageId, ConnectionId, Content, Draft, Permission, Session, Timestamp};
use paloma::edge::{Frame, Problem, Reply, Request, Response, enter};
use paloma::queue::{Audience, DeliveryJob, Queue, SummaryJob};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, Chats, MessageLog};
use serde::Deserialize;

pub use crate::allot::Allotted;

/// What send-message works with.
#[derive(Debug, Clone)]
pub struct SendMessage {
    accounts: Accounts,
    chats: Chats,
    log: MessageLog,
    summaries: Queue<SummaryJob>,
    deliveries: Queue<DeliveryJob>,
}

/// `POST /chats/{chatId}/messages`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    content: Content,
    client_message_id: ClientMessageId,
}

/// `{"action": "sendMessage", …}`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FrameBody {
    chat_id: ChatId,
    content: Content,
    client_message_id: ClientMessageId,
}

impl SendMessage {
    /// Takes what it works with from the environment.
    ///
    /// # Errors
    /// When a setting is missing.
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            accounts: environment.accounts()?,
            chats: environment.chats()?,
            log: environment.message_log()?,
            summaries: environment.summaries()?,
            deliveries: environment.deliveries()?,
        })
    }

    /// Answers a REST request.
    ///
    /// # Errors
    /// What the client is told instead of 202.
    pub async fn answer(&self, request: Request) -> Result<Response, Problem> {
        let session = request.session()?;
        let chat_id = request.path("chatId", "chat")?;
        let Body { content, client_message_id } = request.body()?;
        let draft = Draft { chat_id, sender_id: session.user_id, client_message_id, content };
        let sent = self.send(session, draft, None).await?;
        Ok(Response::json(202, &Accepted::from(&sent.message))?.with_log_fields(sent.facts()))
    }

    /// Answers a frame.
    ///
    /// # Errors
    /// What the client is told instead of an `ack`.
    pub async fn answer_frame(&self, frame: Frame) -> Result<Reply, Problem> {
        let session = frame.session()?;
        let FrameBody { chat_id, content, client_message_id } = frame.body()?;
        let draft = Draft { chat_id, sender_id: session.user_id, client_message_id, content };
        let sent = self.send(session, draft, Some(frame.connection.clone())).await?;
        Ok(frame.ack(&Accepted::from(&sent.message)).with_log_fields(sent.facts()))
    }

    /// Accepts a message, or finds it accepted (invariant 2). A repetition enqueues again what the first try may
    /// not have got to; the jobs change nothing when done twice.
    ///
    /// # Errors
    /// 401 when the session is not good, 404 for a chat that the sender is not in, 409 when they have sent other content
    /// with this `clientMessageId`, 429 above the sender's limit, 503 when a table or queue does not answer, or when the race for
    /// the next seq could not be won in time: then the message may be stored, and the same request finishes it.
    pub async fn send(
        &self,
        session: Session,
        draft: Draft,
        origin: Option<ConnectionId>,
    ) -> Result<Allotted, Problem> {
        let now = Timestamp::now();
        let entry = enter(&self.accounts, &self.chats, session, draft.chat_id, "chat", Permission::Send).await?;
        entry.may_send(&self.accounts, now)?;
        let audience = Audience::everyone_in(&entry.head);
        let sent = allot::allot(&self.log, &draft, entry.head, now).await?;
        let message = &sent.message;
        let summary = if sent.repeated { SummaryJob::of(message) } else { SummaryJob::of_new(message) };
        let delivery = DeliveryJob::of_message(message, audience, origin);
        // In this order: somebody waits for the delivery, and a summary proves to the safety net that it was enqueued.
        self.deliveries.enqueue(message.chat_id, &delivery).await?;
        self.summaries.enqueue(message.chat_id, &summary).await?;
        Ok(sent)
    }
}
